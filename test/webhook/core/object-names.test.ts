/**
 * Laws of names that every object has (`constructor`, `__proto__`, …): wherever people name something, such a name is
 * judged as any other of its form would be, or refused in a sentence that says it.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { parseSettings } from '../../../webhook/core/configuration/settings-schema.ts'
import { createConfiguration } from '../../../webhook/core/configuration/configuration.ts'
import { describeRoles } from '../../../webhook/core/parity/known-roles.ts'
import { mutate } from '../../../webhook/core/mutate.ts'
import { parsePodIdentities } from '../../../webhook/core/configuration/pod-identities.ts'
import { parseRoleMapping } from '../../../webhook/core/configuration/role-mapping.ts'
import { readTemplatePod } from '../../../webhook/core/pod/workload-template.ts'
import { OBJECT_NAMES, toOrdinaryName } from '../../object-names.ts'
import { BASE_ROLE, givenSchema, TARGET_ROLE, toConfiguration } from './fixture.ts'

const CHAIN = `[{"roleArn":"${TARGET_ROLE}"}]`
const ASKED = `"rolechain.io/target-role-arn":"${TARGET_ROLE}"`
const APP = '{"name":"app","image":"localhost/app:1"}'

/**
 * What a place of a name makes different; texts of JSON, in which NAME stands for the name, as only a parser can set
 * `__proto__`.
 */
interface Place {
  readonly annotations?: string
  readonly labels?: string
  readonly containers?: string
  readonly spec?: string
  readonly serviceAccount?: string
  readonly serviceAccountName?: string
  readonly namespace?: string
  readonly settings?: string
  readonly roleMapping?: string
}

const targets = (text: string) => ({
  annotations: `"rolechain.io/targets":${JSON.stringify(text)}`,
})
const reports = (chain: string, users = '"namespaces":["*"]') =>
  `{"chains":{"reports":{${users},"chain":${chain}}}}`

const PLACES: Readonly<Record<string, Place>> = {
  'a target in JSON': targets(`{"NAME":{"chain":${CHAIN}}}`),
  'a target in YAML': targets(`NAME:\n  chain:\n  - roleArn: ${TARGET_ROLE}\n`),
  'a target beside another': targets(
    `{"NAME":{"chain":${CHAIN},"containers":["app"]},"other":{"chain":${CHAIN},"containers":["NAME"]}}`,
  ),
  'a field of a target': targets(`{"a":{"chain":${CHAIN},"NAME":"x"}}`),
  'a field of a hop': targets(`{"a":{"chain":[{"roleArn":"${TARGET_ROLE}","NAME":"x"}]}}`),
  'a session tag in targets': targets(
    `{"a":{"chain":[{"roleArn":"${TARGET_ROLE}","sessionTags":{"NAME":"x"}}]}}`,
  ),
  'a session tag': { annotations: `${ASKED},"rolechain.io/session-tags":"NAME=x"` },
  'a placeholder': { annotations: `${ASKED},"rolechain.io/session-name":"{NAME}"` },
  'a chain that is not defined': { annotations: '"rolechain.io/target":"NAME"' },
  'a chain that is defined': {
    annotations: '"rolechain.io/target":"NAME"',
    settings: `{"chains":{"NAME":{"namespaces":["*"],"chain":${CHAIN}}}}`,
  },
  'a session tag of a chain': {
    annotations: '"rolechain.io/target":"reports"',
    settings: reports(`[{"roleArn":"${TARGET_ROLE}","sessionTags":{"NAME":"x"}}]`),
  },
  'who may use a chain': {
    annotations: '"rolechain.io/target":"reports"',
    namespace: 'NAME',
    serviceAccountName: 'NAME',
    settings: reports(CHAIN, '"namespaces":["NAME"],"serviceAccounts":["NAME"]'),
  },
  'an unknown annotation': { annotations: `${ASKED},"rolechain.io/NAME":"x"` },
  'an unknown annotation without a target': { annotations: '"rolechain.io/NAME":"x"' },
  "somebody else's annotation": { annotations: `${ASKED},"NAME":"x"` },
  'an annotation of the service account': {
    annotations: ASKED,
    serviceAccount: '"NAME":"x","rolechain.io/NAME":"x"',
  },
  'a label': { annotations: ASKED, labels: '"NAME":"x"' },
  'a container': {
    annotations: `${ASKED},"rolechain.io/containers":"NAME"`,
    containers: `${APP},{"name":"NAME","image":"localhost/app:1"}`,
  },
  'a container that is skipped': {
    annotations: `${ASKED},"rolechain.io/skip-containers":"NAME"`,
    containers: `${APP},{"name":"NAME","image":"localhost/app:1"}`,
  },
  'a variable': {
    annotations: ASKED,
    containers: '{"name":"app","image":"i","env":[{"name":"NAME","value":"x"}]}',
  },
  'a volume': {
    annotations: ASKED,
    containers:
      '{"name":"app","image":"i","volumeMounts":[{"name":"NAME","mountPath":"/NAME"}],"NAME":{}}',
    spec: ',"volumes":[{"name":"NAME","emptyDir":{},"NAME":{}}],"NAME":[]',
  },
  'a service account in parity mode': { serviceAccountName: 'NAME' },
  'a namespace and service account of the ConfigMap': {
    namespace: 'NAME',
    serviceAccountName: 'NAME',
    serviceAccount: '',
    roleMapping: `{"NAME/NAME":{"RoleARN":"${BASE_ROLE}","NAME":{}}}`,
  },
}

const parse = (text: string): unknown => JSON.parse(text)

const defaults = z.strictObject(givenSchema).parse({})

const EMPTY: Required<Place> = {
  annotations: '',
  labels: '',
  containers: APP,
  spec: '',
  serviceAccount: `"eks.amazonaws.com/role-arn":"${BASE_ROLE}"`,
  serviceAccountName: 'reports',
  namespace: 'team-a',
  settings: '{}',
  roleMapping: '{}',
}

function judgeIn(place: Place, name: string): unknown {
  const text = { ...EMPTY, ...place }
  const named = (part: keyof Place) => text[part].replaceAll('NAME', name)
  const pod = parse(
    `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"nightly","annotations":{${named('annotations')}},"labels":{${named('labels')}}},` +
      `"spec":{"serviceAccountName":"${named('serviceAccountName')}","containers":[${named('containers')}]${named('spec')}}}`,
  )
  const serviceAccount = {
    namespace: named('namespace'),
    name: named('serviceAccountName'),
    annotations: parse(`{${named('serviceAccount')}}`) as Record<string, string>,
  }
  const parsed = parseSettings(parse(named('settings')))
  if (parsed.kind === 'problems') return parsed
  const { mapping } = readMapping(named('roleMapping'))
  const settings = { ...parsed.settings, region: 'eu-west-1' }
  const configuration = createConfiguration(
    { ...toConfiguration(defaults), settings, roleMapping: mapping },
    () => '0',
  )
  const admission = { namespace: serviceAccount.namespace, pod }
  return mutate(admission, { kind: 'found', serviceAccount }, configuration)
}

function readMapping(text: string) {
  const parsed = parseRoleMapping(text)
  assert.ok(parsed.kind === 'mapping')
  return parsed
}

/** As with an ordinary name in its place, but for what a map of ours cannot hold: that is told. */
function assertOrdinary(outcomeOf: (name: string) => unknown, name: string): void {
  const text = JSON.stringify(outcomeOf(name))
  if (text.includes(`${name}: cannot be a name here`)) return
  const ordinary = toOrdinaryName(name)
  assert.equal(text.replaceAll(name, ordinary), JSON.stringify(outcomeOf(ordinary)), name)
}

const problemsOf = (own: string) => [
  parseRoleMapping(`{"${own}":{},"a/${own}":null}`),
  parseRoleMapping(`{"a/b":{"${own}":1}}`).problems,
  parsePodIdentities(`{"${own}":1,"identities":[{"${own}":1}]}`),
  readTemplatePod(own, { spec: { template: { spec: {} } } }) ?? null,
]

describe('a name that every object has', () => {
  for (const [where, place] of Object.entries(PLACES)) {
    it(`is judged as any other where it names ${where}`, () => {
      for (const name of OBJECT_NAMES) assertOrdinary((own) => judgeIn(place, own), name)
    })
  }

  it('is judged as any other in the configuration file', () => {
    const user = `"namespaces":["NAME"],"serviceAccounts":["NAME"]`
    for (const text of [
      '{"NAME":1}',
      '{"sidecar":{"NAME":1}}',
      `{"chains":{"NAME":{${user},"chain":${CHAIN}}}}`,
      `{"chains":{"reports":{${user},"chain":${CHAIN},"NAME":1}}}`,
      `{"policy":{"rules":[{${user},"roleArns":["NAME"],"NAME":1}]}}`,
    ]) {
      for (const name of OBJECT_NAMES) {
        assertOrdinary((own) => parseSettings(parse(text.replaceAll('NAME', own))), name)
      }
    }
  })

  it('is judged as any other in what upstream reads beside annotations', () => {
    for (const name of OBJECT_NAMES) {
      assertOrdinary(problemsOf, name)
    }
  })

  it('is listed with its role as any other', () => {
    const configuration = toConfiguration(defaults)
    for (const name of OBJECT_NAMES) {
      const annotations = { 'eks.amazonaws.com/role-arn': BASE_ROLE }
      const roles = describeRoles([{ namespace: name, name, annotations }], configuration)
      assert.match(JSON.stringify(roles), new RegExp(`"${name}/${name}":{"RoleARN":"${BASE_ROLE}`))
    }
  })
})
