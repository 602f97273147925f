/** The quick start of the README, run as it stands: what it makes in AWS lets in its own pod, and nobody else. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { refusalOf, startStage, type Stage } from '../stand-ins/aws/stage.ts'
import { at, judge, toConfiguration } from '../webhook/core/fixture.ts'
import { optionOf, type Call } from './page.ts'
import { ARCHIVE, AWS_ACCOUNTS, calls, find, givenOf, stdout, toObjects } from './quick-start.ts'

const BASE = 'arn:aws:iam::111111111111:role/cluster-base'
const TARGET = 'arn:aws:iam::222222222222:role/reports-reader'

/** By `AWS_PROFILE` or by the option. */
function profileOf(call: Call): string {
  return call.profile ?? optionOf(call, '--profile')
}

function documentOf(call: Call, option: string): unknown {
  const value = optionOf(call, option)
  return JSON.parse(call.files[value.replace('file://', '')] ?? value)
}

function readText(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
}

/** What the calls of `aws iam` make of one AWS account; `without` leaves out a role's permissions. */
function awsAccountOf(profile: string, without?: string): object {
  const own = (verb: string) =>
    find('aws', 'iam', verb).filter((call) => profileOf(call) === profile)
  const roles = own('create-role').map((call) => {
    const name = optionOf(call, '--role-name')
    const policies = own('put-role-policy').filter(
      (policy) => optionOf(policy, '--role-name') === name && name !== without,
    )
    return [
      name,
      {
        trustPolicy: documentOf(call, '--assume-role-policy-document'),
        permissionPolicies: policies.map((policy) => documentOf(policy, '--policy-document')),
      },
    ]
  })
  const oidcProviders = own('create-open-id-connect-provider').map((call) => ({
    url: optionOf(call, '--url'),
    clientIds: [optionOf(call, '--client-id-list')],
  }))
  return { oidcProviders, roles: Object.fromEntries(roles) as object }
}

function toAws(without?: string): object {
  return {
    awsAccounts: Object.fromEntries(
      Object.entries(AWS_ACCOUNTS).map(([profile, id]) => [id, awsAccountOf(profile, without)]),
    ),
  }
}

let stage: Stage
before(async () => {
  stage = await startStage(toAws())
})
after(() => stage.stop())

/** Objects that `kubectl apply` gets, by kind. */
const objects = new Map(
  find('kubectl', 'apply')
    .flatMap(toObjects)
    .map((object) => [object.kind, object]),
)

/** The chart's values that `helm install` sets. */
function settingsOf(all: readonly Call[]): ReadonlyMap<string, string> {
  const pairs = all
    .filter(({ program, parameters }) => program === 'helm' && parameters[0] === 'install')
    .flatMap(({ parameters }) => parameters.filter((_, index) => parameters[index - 1] === '--set'))
    .map((pair) => pair.split('=') as [string, string])
  return new Map(pairs)
}
const settings = settingsOf(calls)

const WHO = { namespace: 'team-a', serviceAccount: 'reports' }
const SESSION_NAME = 'team-a.who-am-i'

test('the pod walks its chain to the role that the page says it prints', async () => {
  const base = await stage.assumeBase({
    RoleArn: BASE,
    RoleSessionName: SESSION_NAME,
    WebIdentityToken: await stage.mint(WHO),
  })
  await stage.assume(base, { RoleArn: TARGET, RoleSessionName: SESSION_NAME })
  const [, printed] = /`"Arn": "(arn:aws:sts:[^"]+)"`/.exec(readText('README.md')) ?? []
  const answer = stage.aws.trail().at(-1)?.responseElements
  assert.equal(at(answer, '/assumedRoleUser/arn'), printed)
})

test('another service account is let in by neither role', async () => {
  const token = await stage.mint({ ...WHO, serviceAccount: 'default' })
  for (const RoleArn of [BASE, TARGET]) {
    const refusal = await refusalOf(stage.assumeBase({ RoleArn, WebIdentityToken: token }))
    assert.match(refusal.name, /AccessDenied|InvalidIdentityToken/)
  }
})

test('without the permissions of the base role the second hop is refused, so no document is there for nothing', async () => {
  const poorer = await startStage(toAws('cluster-base'))
  try {
    const base = await poorer.assumeBase({
      RoleArn: BASE,
      WebIdentityToken: await poorer.mint(WHO),
    })
    assert.equal((await refusalOf(poorer.assume(base, { RoleArn: TARGET }))).name, 'AccessDenied')
  } finally {
    await poorer.stop()
  }
})

test('the webhook gives the pod of the page that chain', () => {
  const given = {
    ...givenOf(objects.get('ServiceAccount')),
    settings: {
      region: settings.get('configuration.region'),
      sidecar: { image: settings.get('configuration.sidecar.image') },
    },
  }
  const { verdict } = judge(objects.get('Pod'), given, toConfiguration(given))
  assert.equal(verdict.auditAnnotations['targets'], `default: ${BASE} -> ${TARGET}`)
  assert.deepEqual(verdict.warnings, [])
})

test('the command is built and installed as it is packed, and finds nothing wrong', () => {
  const [ci, build, install] = find('npm').map(({ parameters }) => parameters.join(' '))
  assert.deepEqual([ci, build], ['ci', 'run build'])
  assert.equal(install, `install --global ./dist/${ARCHIVE}`)
  assert.equal(stdout.match(/^The result is √$/gm)?.length, 2)
})

test('explain says who the pod is, by which roles', () => {
  const [, explained = ''] = stdout.split('The result is √').slice(1)
  assert.match(explained, /who-am-i/)
  for (const arn of [BASE, TARGET]) assert.ok(explained.includes(arn), explained)
  assert.doesNotMatch(stdout, /^[‼×] /m)
})

test('the chart is given the images that were pushed, and values that it has', () => {
  const pushed = find('docker', 'push').map(({ parameters }) => parameters[1])
  const built = find('docker', 'build').map((call) => optionOf(call, '--tag'))
  assert.deepEqual(pushed, built)
  const webhook = `${String(settings.get('image.repository'))}:${String(settings.get('image.tag'))}`
  assert.deepEqual(pushed, [webhook, settings.get('configuration.sidecar.image')])
  const table = readText('charts/rolechain/README.md')
  for (const path of settings.keys()) assert.ok(table.includes(`| \`${path}\` `), path)
})
