/** The formats in which documents are written: whole files, and that each says what the documents say. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, test } from 'node:test'
import { parse } from 'yaml'
import type { RoleDocuments } from '../../../../cli/core/policy/documents.ts'
import { toAwsCli } from '../../../../cli/core/policy/formats/aws-cli.ts'
import { toCloudFormation } from '../../../../cli/core/policy/formats/cloudformation.ts'
import { beyondEksctl, toEksctl } from '../../../../cli/core/policy/formats/eksctl.ts'
import { toPlan } from '../../../../cli/core/policy/formats/plan.ts'
import { toTerraform } from '../../../../cli/core/policy/formats/terraform.ts'
import { makeTemporaryFolder } from '../../../temporary-folder.ts'
import { BASE, READER, stepsOf } from '../chains.ts'
import { GOLDEN_FILES, GOLDEN_FOLDER, GOLDEN_PLAN } from './golden.ts'

test('the files are those that people have read (node test/cli/core/policy/golden.ts writes them anew)', () => {
  assert.deepEqual(readdirSync(GOLDEN_FOLDER).toSorted(), Object.keys(GOLDEN_FILES).toSorted())
  for (const [name, content] of Object.entries(GOLDEN_FILES))
    assert.equal(content, readFileSync(`${GOLDEN_FOLDER}/${name}`, 'utf8'), name)
})

const [first, second] = GOLDEN_PLAN.accounts
const [step] = GOLDEN_PLAN.steps
assert.ok(step)
assert.ok(first)
assert.ok(second)

function toWritten({ name, trust, permissions }: RoleDocuments) {
  return { name, trust, policies: [{ PolicyName: 'rolechain', PolicyDocument: permissions }] }
}

/** Runs it with an `aws` that writes down its arguments, and that is in the given AWS account. */
function runScript(script: string, accountId: string, hasProvider = false) {
  const folder = makeTemporaryFolder()
  const aws = join(folder, 'aws')
  writeFileSync(
    aws,
    [
      '#!/bin/sh',
      'case "$1 $2" in',
      `  'sts get-caller-identity') echo ${accountId} ;;`,
      `  'iam get-open-id-connect-provider') ${hasProvider} ;;`,
      "  *) printf '%s\\0' \"$@\" '' ;;",
      'esac\n',
    ].join('\n'),
  )
  chmodSync(aws, 0o755)
  const { status, stdout, stderr } = spawnSync('sh', {
    input: script,
    env: { PATH: `${folder}:/usr/bin:/bin` },
    encoding: 'utf8',
  })
  const calls = stdout.split('\0\0').map((call) => call.split('\0').filter((word) => word !== ''))
  return { status, stderr, calls: calls.filter((call) => call.length > 0) }
}

interface Resource {
  readonly Type: string
  readonly DependsOn?: readonly string[]
  readonly Properties: Readonly<Record<string, unknown>>
}

describe('a template of CloudFormation', () => {
  it('has the documents as they are, and who is trusted before whoever trusts', () => {
    const template = parse(toCloudFormation(step)) as { Resources: Record<string, Resource> }
    const roles = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::IAM::Role')
    const written = roles.map(({ Properties }) => ({
      name: Properties['RoleName'],
      trust: Properties['AssumeRolePolicyDocument'],
      policies: Properties['Policies'],
    }))
    assert.deepEqual(written, first.roles.map(toWritten))
    assert.deepEqual(roles[1]?.DependsOn, ['RoleClusterBase'])
  })

  it('has names of its own for roles whose names differ in signs only', () => {
    const hops = [{ roleArn: BASE }, { roleArn: `${BASE}.` }, { roleArn: `${BASE}_` }]
    const [only] = toPlan([stepsOf(hops)]).steps
    assert.ok(only)
    const template = parse(toCloudFormation(only)) as {
      Resources: Record<string, Resource>
    }
    assert.deepEqual(Object.keys(template.Resources).slice(1), [
      'RoleClusterBase',
      'RoleClusterBase2',
      'RoleClusterBase3',
    ])
  })
})

test('text in Terraform begins no template', () => {
  const hops = [{ roleArn: BASE }, { roleArn: READER, externalId: '${a}%{b}$c' }]
  const other = toPlan([stepsOf(hops)]).steps[1]
  assert.ok(other)
  assert.match(toTerraform(other), /"sts:ExternalId" = "\$\$\{a\}%%\{b\}\$c"\n/)
})

describe('a script of the AWS CLI', () => {
  it('makes each thing with the documents as they are', () => {
    const { status, calls } = runScript(toAwsCli(step), '111111111111')
    assert.equal(status, 0)
    const created = calls.filter(([, call]) => call === 'create-role')
    assert.deepEqual(
      created.map((call) => JSON.parse(call.at(-1) ?? '') as unknown),
      first.roles.map(({ trust }) => trust),
    )
    assert.deepEqual(
      calls.map(([service, call]) => `${service} ${call}`),
      [
        'iam create-open-id-connect-provider',
        'iam create-role',
        'iam wait',
        'iam put-role-policy',
        'iam create-role',
        'iam wait',
        'iam put-role-policy',
      ],
    )
  })

  it('adds the audience to an OIDC provider that is there', () => {
    const { status, calls } = runScript(toAwsCli(step), '111111111111', true)
    assert.equal(status, 0)
    const arn = 'arn:aws:iam::111111111111:oidc-provider/oidc.cluster.example'
    assert.equal(
      calls[0]?.join(' '),
      `iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn ${arn} --client-id sts.amazonaws.com`,
    )
    assert.deepEqual(calls[1]?.slice(0, 2), ['iam', 'create-role'])
  })

  it('does nothing in another AWS account', () => {
    const { status, stderr, calls } = runScript(toAwsCli(step), '333333333333')
    assert.deepEqual([status, calls], [1, []])
    assert.match(stderr, /credentials of AWS account 333333333333, and this is for 111111111111/)
  })

  it('is a script to the shell whatever a name has in it', () => {
    const hops = [{ roleArn: BASE }, { roleArn: READER, externalId: "it's $(x) `y`" }]
    const other = toPlan([stepsOf(hops)]).steps[1]
    assert.ok(other)
    const script = toAwsCli(other)
    execFileSync('sh', ['-n'], { input: script })
    const [create] = runScript(script, '222222222222').calls
    assert.deepEqual(JSON.parse(create?.at(-1) ?? ''), other.after.roles[0]?.trust)
  })
})

describe('eksctl', () => {
  it('is given the roles of service accounts, and told apart from the roles that it cannot make', () => {
    const [file, ...rest] = toEksctl(first, { name: 'kit', region: 'eu-west-1' })
    assert.deepEqual(rest, [])
    const { iam } = parse(file?.text ?? '') as {
      iam: { serviceAccounts: readonly { metadata: object; roleName: string }[] }
    }
    assert.deepEqual(
      iam.serviceAccounts.map(({ metadata, roleName }) => ({ metadata, roleName })),
      [{ metadata: { name: 'reporter', namespace: 'reports' }, roleName: 'cluster-base' }],
    )
    assert.deepEqual(beyondEksctl(first), ['arn:aws:iam::111111111111:role/teams/1-reports'])
    assert.deepEqual(beyondEksctl(second), [READER])
  })
})

test('the ConfigMap aws-auth gets ARNs without a path', () => {
  const roleArn = 'arn:aws:iam::222222222222:role/a/b/reader'
  const access = [{ clusterName: 'prod', roleArn, groups: [] }]
  const other = toPlan([stepsOf([{ roleArn: BASE }, { roleArn }])], access).steps[1]
  assert.ok(other)
  const text = toCloudFormation(other)
  assert.match(text, /#   - rolearn: arn:aws:iam::222222222222:role\/reader\n/)
  assert.match(text, /PrincipalArn: arn:aws:iam::222222222222:role\/a\/b\/reader\n/)
})
