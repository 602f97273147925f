/** Modules of Terraform as python-hcl2 reads them: each says what the documents say, and refers to what it has. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import type { StepPlan } from '../../cli/core/policy/formats/format.ts'
import { toTerraform } from '../../cli/core/policy/formats/terraform.ts'
import { installPython } from './install.ts'
import { ASSOCIATED_SUBJECT, GOLDEN_SUBJECTS, makeSubjects } from './plans.ts'

const bin = await installPython()

type Block = Readonly<Record<string, unknown>>

interface Answer {
  readonly module?: { readonly resource: readonly Record<string, Record<string, Block>>[] }
  readonly error?: string
}

const READER = fileURLToPath(new URL('read-terraform.py', import.meta.url))

function read(texts: readonly string[]): readonly Answer[] {
  const { stdout, stderr, status } = spawnSync(join(bin, 'python'), [READER], {
    input: JSON.stringify(texts),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  assert.equal(status, 0, stderr)
  return JSON.parse(stdout) as readonly Answer[]
}

/** Each resource with its type and name. */
function toResources({ module, error }: Answer) {
  assert.equal(error, undefined)
  return (module?.resource ?? []).flatMap((one) =>
    Object.entries(one).flatMap(([type, named]) =>
      Object.entries(named).map(([name, block]) => ({ type, name, block })),
    ),
  )
}

/** What a module has to say, in the same form but for the names of its resources. */
function toExpected({ after }: StepPlan) {
  return {
    providers: after.providers.map(({ url, clientIds }) => ({ url, client_id_list: clientIds })),
    roles: after.roles.map(({ name, path, trust, permissions, maxSessionDurationSeconds }) => ({
      name,
      path,
      trust,
      permissions,
      maxSessionDurationSeconds,
    })),
    associations: after.associations.map(({ clusterName, namespace, name, hasTags }) => ({
      cluster_name: clusterName,
      namespace,
      service_account: name,
      disable_session_tags: hasTags ? undefined : true,
    })),
    access: after.eksAccess.map(({ clusterName, groups }) => ({ clusterName, groups })),
  }
}

function toSaid(resources: ReturnType<typeof toResources>): ReturnType<typeof toExpected> {
  const ofType = (type: string) => resources.filter((one) => one.type === type)
  const blocks = (type: string) => ofType(type).map(({ block }) => block as Record<string, never>)
  const permissionsOf = (name: string) =>
    blocks('aws_iam_role_policy').find(({ role }) => role === `\${aws_iam_role.${name}.name}`)
  return {
    providers: blocks('aws_iam_openid_connect_provider') as never,
    roles: ofType('aws_iam_role').map(({ name, block }) => ({
      name: block['name'] as string,
      path: (block['path'] ?? '/') as string,
      trust: block['assume_role_policy'] as never,
      permissions: permissionsOf(name)?.['policy'],
      maxSessionDurationSeconds: block['max_session_duration'] as never,
    })),
    associations: blocks('aws_eks_pod_identity_association').map((block) => ({
      cluster_name: block['cluster_name'] ?? '',
      namespace: block['namespace'] ?? '',
      service_account: block['service_account'] ?? '',
      disable_session_tags: block['disable_session_tags'],
    })),
    access: blocks('aws_eks_access_entry').map((block) => ({
      clusterName: block['cluster_name'] ?? '',
      groups: block['kubernetes_groups'] ?? [],
    })),
  }
}

const steps = [...GOLDEN_SUBJECTS, ASSOCIATED_SUBJECT, ...makeSubjects(25)].flatMap(
  ({ plan }) => plan.steps,
)
const modules = steps.map(toTerraform)
const [golden = ''] = modules

/** A text that is no module any more. */
const BROKEN: Readonly<Record<string, readonly [from: string | RegExp, to: string]>> = {
  'a brace that is missing': [/\}\n$/, '\n'],
  'a text without its end': ['"cluster-base"\n', '"cluster-base\n'],
  'a sign that is missing': [' = jsonencode', ' jsonencode'],
}
const broken = Object.values(BROKEN).map(([from, to]) => golden.replace(from, to))

const answers = read([...modules, ...broken, golden.replace('Allow', 'Deny')])

test('each module says what the documents say', () => {
  assert.ok(modules.length > 50)
  for (const [index, step] of steps.entries()) {
    const said = toSaid(toResources(answers[index] ?? {}))
    assert.deepEqual(said, toExpected(step), modules[index])
  }
})

test('each reference is to a resource of the module', () => {
  let count = 0
  for (const [index, text] of modules.entries()) {
    const known = toResources(answers[index] ?? {}).map(({ type, name }) => `${type}.${name}`)
    const named = text.match(/(?<![\w"])aws_iam_role\.[\w-]+/g) ?? []
    count += named.length
    for (const one of named) assert.ok(known.includes(one), text)
  }
  assert.ok(count > 50)
})

for (const [index, name] of Object.keys(BROKEN).entries())
  test(`python-hcl2 would find ${name}`, () => {
    assert.notEqual(broken[index], golden)
    assert.match(answers[modules.length + index]?.error ?? '', /^Unexpected/)
  })

test('another effect would be found', () => {
  const [step] = steps
  assert.ok(step)
  assert.notDeepEqual(toSaid(toResources(answers.at(-1) ?? {})), toExpected(step))
})
