/**
 * moto beside the strict AWS: what `policy` writes is made in both, and what IAM then tells is the same, so that
 * neither `verify` nor the strict AWS goes by a form that only we know.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import {
  GetAccountAuthorizationDetailsCommand,
  IAMClient,
  type RoleDetail,
} from '@aws-sdk/client-iam'
import type { Credentials } from '@aws-sdk/client-sts'
import { readIam } from '../../cli/aws/read-iam.ts'
import { toPlan } from '../../cli/core/policy/formats/plan.ts'
import { readDocument } from '../../cli/core/verify/dumps.ts'
import type { IamDocuments } from '../../cli/core/verify/iam-documents.ts'
import { verifyChain } from '../../cli/core/verify/verify.ts'
import { startStage, toIdentity, type Stage } from '../stand-ins/aws/stage.ts'
import { toPolicy } from '../stand-ins/aws/world.ts'
import { startMoto, type Moto } from './moto.ts'
import { ASSOCIATED_SUBJECT, GOLDEN_SUBJECTS, makeSubjects, type Subject } from './plans.ts'

const PROVIDER_URL = 'https://oidc.cluster.example'

const folder = mkdtempSync(join(tmpdir(), 'rolechain-moto-'))
let moto: Moto
before(async () => {
  moto = await startMoto()
  process.env['AWS_CONFIG_FILE'] = '/dev/null'
})
after(async () => {
  await moto.stop()
  rmSync(folder, { recursive: true })
})
beforeEach(() => moto.empty())

/** An IAM that has the roles of a subject. */
interface Iam {
  readonly url: string
  readonly credentialsOf: (accountId: string) => Promise<Credentials>
}

/** Whoever may read IAM, in an AWS account of the strict AWS. */
function auditor(accountId: string): object {
  return {
    trustPolicy: toPolicy({
      Effect: 'Allow',
      Principal: { Federated: `arn:aws:iam::${accountId}:oidc-provider/oidc.cluster.example` },
      Action: 'sts:AssumeRoleWithWebIdentity',
    }),
    permissionPolicies: [
      toPolicy({ Effect: 'Allow', Action: ['iam:Get*', 'iam:List*'], Resource: '*' }),
    ],
  }
}

/** The strict AWS with the same roles. */
function startStrict({ plan }: Subject): Promise<Stage> {
  const awsAccounts = plan.accounts.map(({ accountId, providers, roles }) => [
    accountId,
    {
      oidcProviders:
        providers.length > 0
          ? providers.map(({ url, clientIds }) => ({ url, clientIds }))
          : [{ url: PROVIDER_URL, clientIds: ['sts.amazonaws.com'] }],
      roles: {
        ...Object.fromEntries(
          roles.map(({ name, path, trust, permissions, maxSessionDurationSeconds }) => [
            name,
            {
              path,
              trustPolicy: trust,
              permissionPolicies: permissions === undefined ? [] : [permissions],
              ...(maxSessionDurationSeconds !== undefined && { maxSessionDurationSeconds }),
            },
          ]),
        ),
        auditor: auditor(accountId),
      },
    },
  ])
  return startStage({ awsAccounts: Object.fromEntries(awsAccounts) as object })
}

function ofStrict(stage: Stage): Iam {
  return {
    url: stage.aws.url,
    credentialsOf: (accountId) =>
      stage.assumeBase({ RoleArn: `arn:aws:iam::${accountId}:role/auditor` }),
  }
}

let files = 0

/** What `verify` reads, by profiles as a person has them; in a file of its own, since the SDK reads each once. */
async function read({ chains, plan }: Subject, iam: Iam): Promise<IamDocuments> {
  const profiles: string[] = []
  const file = join(folder, String((files += 1)))
  for (const { accountId } of plan.accounts) {
    const { accessKeyId, secretAccessKey, sessionToken } = toIdentity(
      await iam.credentialsOf(accountId),
    )
    profiles.push(
      `[${accountId}]`,
      `aws_access_key_id = ${accessKeyId}`,
      `aws_secret_access_key = ${secretAccessKey}`,
      `aws_session_token = ${sessionToken}`,
    )
  }
  writeFileSync(file, profiles.join('\n'))
  process.env['AWS_SHARED_CREDENTIALS_FILE'] = file
  process.env['AWS_ENDPOINT_URL'] = iam.url
  const names = plan.accounts.map(({ accountId }) => [accountId, accountId] as const)
  const { documents, notes } = await readIam(chains.flat(), new Map(names))
  assert.deepEqual(notes, [])
  return documents
}

/** Inline policies have no names in the strict AWS's own file. */
function withoutNames({ roles, ...documents }: IamDocuments) {
  const plain = [...roles].map(([arn, role]) => [
    arn,
    { ...role, permissions: role.permissions.map(({ document }) => document) },
  ])
  return { ...documents, roles: Object.fromEntries(plain) as object }
}

function assertAllowed({ chains }: Subject, documents: IamDocuments): void {
  for (const steps of chains) assert.equal(verifyChain(steps, documents).outcome, 'allowed')
}

describe('the scripts of the AWS CLI', () => {
  // moto knows no access entries of EKS.
  const subjects = GOLDEN_SUBJECTS.map(({ chains }) => ({ chains, plan: toPlan(chains) }))
  for (const [index, subject] of subjects.entries())
    it(`make what verify wants, step by step, and nothing twice (${index + 1})`, async () => {
      const { steps, accounts } = subject.plan
      for (const step of steps) await moto.runScript(step)
      const documents = await read(subject, moto)
      assertAllowed(subject, documents)
      const roles = accounts.flatMap((account) => account.roles)
      assert.deepEqual(
        roles.map(({ roleArn }) => documents.roles.get(roleArn)?.trust),
        roles.map(({ trust }) => trust),
      )
      // Not the first: moto knows no AddClientIDToOpenIDConnectProvider.
      const last = steps.at(-1)
      assert.ok(last !== undefined && last.number > 1)
      await assert.rejects(moto.runScript(last), /EntityAlreadyExists/)
    })
})

/** What one role is told as; what only moto or AWS knows is left out. */
function toDetail(detail: RoleDetail): object {
  const { RoleLastUsed: _used, RoleId, CreateDate, ...rest } = detail
  assert.match(RoleId ?? '', /^AROA[0-9A-Z]{16,17}$/)
  assert.ok(CreateDate instanceof Date)
  return {
    ...rest,
    AssumeRolePolicyDocument: readDocument(rest.AssumeRolePolicyDocument),
    RolePolicyList: rest.RolePolicyList?.map(({ PolicyDocument }) => readDocument(PolicyDocument)),
  }
}

async function readDetails({ plan }: Subject, iam: Iam): Promise<readonly object[]> {
  const all: RoleDetail[] = []
  for (const { accountId } of plan.accounts) {
    const client = new IAMClient({
      region: 'us-east-1',
      endpoint: iam.url,
      maxAttempts: 1,
      credentials: toIdentity(await iam.credentialsOf(accountId)),
    })
    const { RoleDetailList = [] } = await client.send(
      new GetAccountAuthorizationDetailsCommand({ Filter: ['Role'] }),
    )
    client.destroy()
    all.push(...RoleDetailList.filter(({ RoleName }) => RoleName !== 'auditor'))
  }
  return all.toSorted((one, other) => (one.Arn ?? '').localeCompare(other.Arn ?? '')).map(toDetail)
}

describe('moto and the strict AWS', () => {
  const subjects = [...GOLDEN_SUBJECTS, ASSOCIATED_SUBJECT, ...makeSubjects(20)]
  it(`tell the same of ${subjects.length} plans, whole and role by role`, async () => {
    for (const subject of subjects) {
      await moto.empty()
      for (const step of subject.plan.steps) await moto.make(step)
      const strict = await startStrict(subject)
      try {
        const told = await read(subject, moto)
        assertAllowed(subject, told)
        assert.deepEqual(withoutNames(told), withoutNames(await read(subject, ofStrict(strict))))
        const details = await readDetails(subject, moto)
        assert.ok(details.length > 0)
        assert.deepEqual(details, await readDetails(subject, ofStrict(strict)))
      } finally {
        await strict.stop()
      }
    }
  })

  it('both tell of a role that is not there', async () => {
    const [subject] = GOLDEN_SUBJECTS
    assert.ok(subject)
    const told = await read(subject, moto)
    assert.equal(told.roles.size, 0)
    assert.equal(verifyChain(subject.chains[0] ?? [], told).outcome, 'refused')
  })
})
