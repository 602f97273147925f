/**
 * What a run on AWS makes, as others read it: cfn-lint, which knows the schemas of CloudFormation's resources, and
 * moto, a CloudFormation of other people, which carries it out.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { CloudFormationClient, ListStacksCommand } from '@aws-sdk/client-cloudformation'
import { IAMClient, ListRolesCommand } from '@aws-sdk/client-iam'
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3'
import { toIdentity } from '../stand-ins/aws/stage.ts'
import { emptyBucket, fillBucket } from '../workflows/real/account.ts'
import { toPlan } from '../workflows/real/plan.ts'
import { createStack, deleteStack } from '../workflows/real/stacks.ts'
import { readPageTexts } from '../workflows/pages.ts'
import { installPython } from './install.ts'
import { startMoto, type Moto } from './moto.ts'

const { accounts } = toPlan(readPageTexts(), {
  prefix: 'rolechain-try-1a2b3c-',
  accounts: { a: '555555555555', b: '666666666666' },
  issuer: 'https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF',
  region: 'us-east-1',
  context: 'mine',
  toolsImage: 'tools:1',
})

let moto: Moto
let folder: string

before(async () => {
  moto = await startMoto()
  folder = await mkdtemp(join(tmpdir(), 'rolechain-try-'))
})

after(async () => {
  await moto.stop()
  await rm(folder, { recursive: true })
})

for (const [side, { toTemplate }] of Object.entries(accounts))
  test(`cfn-lint finds nothing in the template of AWS account ${side}`, async () => {
    const file = join(folder, `${side}.template.json`)
    const template = toTemplate(true)
    assert.ok(template)
    await writeFile(file, JSON.stringify(template))
    const lint = join(await installPython(), 'cfn-lint')
    const { stdout, status } = spawnSync(lint, ['--regions', 'us-east-1', '--', file], {
      encoding: 'utf8',
    })
    assert.equal(status, 0, stdout)
    const broken = JSON.stringify(template).replace('"RoleName"', '"RolName"')
    await writeFile(file, broken)
    assert.notEqual(spawnSync(lint, ['--', file]).status, 0)
  })

// It knows no OIDC providers.
test('moto makes all of it, and deletes it', async () => {
  const credentials = toIdentity(await moto.credentialsOf('666666666666'))
  const settings = { region: 'us-east-1', endpoint: moto.url, credentials, forcePathStyle: true }
  const place = {
    client: new CloudFormationClient(settings),
    pace: { minDelay: 0.05, maxDelay: 0.1, maxWaitTime: 30 },
  }
  const s3 = new S3Client(settings)
  const look = async () => {
    const { Roles = [] } = await new IAMClient(settings).send(new ListRolesCommand({}))
    const { Buckets = [] } = await s3.send(new ListBucketsCommand({}))
    return new Set([...Roles.map(({ RoleName }) => RoleName), ...Buckets.map(({ Name }) => Name)])
  }
  const template = accounts.b.toTemplate(false)
  assert.ok(template)
  const tags = { 'rolechain-try': '1a2b3c' }
  const { signal } = new AbortController()
  await createStack(place, { name: 'rolechain-try-1a2b3c', template, tags }, signal)
  const made = Object.values(template.Resources).map(
    ({ Properties: all }) => all['RoleName'] ?? all['BucketName'],
  )
  assert.deepEqual(await look(), new Set(made))
  for (const { name, objects } of accounts.b.buckets) await fillBucket({ s3 }, name, objects)
  for (const { name } of accounts.b.buckets) await emptyBucket({ s3 }, name)
  await deleteStack(place, 'rolechain-try-1a2b3c')
  assert.deepEqual(await look(), new Set())
  const { StackSummaries = [] } = await place.client.send(new ListStacksCommand({}))
  assert.ok(StackSummaries.every(({ StackStatus }) => StackStatus === 'DELETE_COMPLETE'))
})
