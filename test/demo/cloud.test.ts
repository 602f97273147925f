/** The AWS of a manifest has what the manifest names, and trusts nobody else. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stringify } from 'yaml'
import { readRoles, toCloud } from '../../demo/cloud.ts'
import { parseManifest } from '../../demo/manifest.ts'
import { toWorld } from '../../stand-ins/aws/configuration.ts'

const base = 'arn:aws:iam::111111111111:role/cluster-base'
const reader = 'arn:aws:iam::222222222222:role/path/reports-reader'
const strange = 'arn:aws:iam::333333333333:role/a,b'

function rolesOf(annotations: Record<string, string>, baseRole?: string) {
  const metadata = { name: 'web', namespace: 'team-a', annotations }
  const spec = { serviceAccountName: 'reports', containers: [{ name: 'app' }] }
  const onServiceAccount = baseRole === undefined ? {} : { 'eks.amazonaws.com/role-arn': baseRole }
  const serviceAccount = { name: 'reports', namespace: 'team-a', annotations: onServiceAccount }
  return readRoles(
    parseManifest(
      `${stringify({ kind: 'Pod', metadata, spec })}---\n${stringify({ kind: 'ServiceAccount', metadata: serviceAccount })}`,
    ),
  )
}

function arnsOf(annotations: Record<string, string>) {
  return rolesOf(annotations).map(({ arn }) => arn)
}

const targetKey = 'rolechain.io/target-role-arn'

test('the base role trusts the service account, the target role trusts the base role', () => {
  const roles = rolesOf({ [targetKey]: reader, 'rolechain.io/external-id': 'x-1' }, base)
  assert.deepEqual(
    roles.map(({ arn, subject, callers, externalId, isTarget }) => ({
      arn,
      subject,
      callers,
      externalId,
      isTarget,
    })),
    [
      {
        arn: base,
        subject: 'system:serviceaccount:team-a:reports',
        callers: [],
        externalId: undefined,
        isTarget: false,
      },
      { arn: reader, subject: undefined, callers: [base], externalId: 'x-1', isTarget: true },
    ],
  )
})

test('without a base role web identity is trusted by the roles themselves', () => {
  const [role] = rolesOf({ [targetKey]: reader })
  assert.equal(role?.subject, 'system:serviceaccount:team-a:reports')
})

test('a service account with a role and a pod without a target end as the base role', () => {
  const [role, ...others] = rolesOf({}, base)
  assert.deepEqual([role?.arn, role?.isTarget, others], [base, true, []])
})

test('each role of a chain lets in the one before it and nobody else', () => {
  const roles = rolesOf({ [targetKey]: `${reader},${strange}` }, base)
  assert.deepEqual(
    roles.map(({ callers, reaches, isTarget }) => [callers, reaches, isTarget]),
    [
      [[], [reader], false],
      [[base], [strange], false],
      [[reader], [], true],
    ],
  )
})

test('several targets may be made of all roles but the base role', () => {
  const roles = rolesOf({ 'rolechain.io/targets': `[${reader}, ${strange}]` }, base)
  assert.deepEqual(
    roles.map(({ callers, isTarget }) => [callers, isTarget]),
    [
      [[], false],
      [[base, strange], true],
      [[base, reader], true],
    ],
  )
})

test('finds the roles of lists, of commas in names, and of YAML', () => {
  assert.deepEqual(arnsOf({ [targetKey]: `${strange}, ${reader}` }), [strange, reader])
  assert.deepEqual(arnsOf({ [targetKey]: `${strange},${reader}` }), [strange, reader])
  const targets = `{ one: { chain: [{ roleArn: ${reader}, externalId: x }] } }`
  assert.deepEqual(arnsOf({ 'rolechain.io/targets': targets }), [reader])
})

test('makes an AWS that the strict one takes', () => {
  const roles = rolesOf({ [targetKey]: `${reader},${strange}` }, base)
  const world = toWorld(toCloud(roles, { issuer: 'https://oidc.example', region: 'eu-west-1' }))
  assert.deepEqual([...world.accounts.keys()], ['111111111111', '222222222222', '333333333333'])
  assert.deepEqual([...world.buckets.keys()], ['reports-333333333333'])
})
