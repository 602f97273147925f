/**
 * moto, an IAM of other people: started, emptied, and filled with the roles of a plan, by the scripts of `policy` or by
 * the same calls of the SDK. Its AWS accounts are those of the credentials that its STS gives.
 */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import {
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam'
import { AssumeRoleCommand, STSClient, type Credentials } from '@aws-sdk/client-sts'
import type { RoleDocuments } from '../../cli/core/policy/documents.ts'
import { toAwsCli } from '../../cli/core/policy/formats/aws-cli.ts'
import type { StepPlan } from '../../cli/core/policy/formats/format.ts'
import { toIdentity } from '../stand-ins/aws/stage.ts'
import { installPython } from './install.ts'

const REGION = 'us-east-1'

/** A running moto. */
export interface Moto {
  readonly url: string
  /** Forgets all roles. */
  readonly empty: () => Promise<void>
  readonly credentialsOf: (accountId: string) => Promise<Credentials>
  /** Makes what the script of a step makes, by running it with the AWS CLI. */
  readonly runScript: (step: StepPlan) => Promise<void>
  /** Makes the same by the SDK, which is quicker. */
  readonly make: (step: StepPlan) => Promise<void>
  readonly stop: () => Promise<void>
}

async function makeRole(iam: IAMClient, role: RoleDocuments): Promise<void> {
  const { name, path, trust, permissions, maxSessionDurationSeconds } = role
  await iam.send(
    new CreateRoleCommand({
      RoleName: name,
      Path: path,
      AssumeRolePolicyDocument: JSON.stringify(trust),
      MaxSessionDuration: maxSessionDurationSeconds,
    }),
  )
  if (permissions === undefined) return
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: name,
      PolicyName: 'rolechain',
      PolicyDocument: JSON.stringify(permissions),
    }),
  )
}

async function makeStep(
  iam: IAMClient,
  { after, made, completed, before }: StepPlan,
): Promise<void> {
  for (const { url, clientIds } of before === undefined ? after.providers : [])
    await iam.send(
      new CreateOpenIDConnectProviderCommand({ Url: url, ClientIDList: [...clientIds] }),
    )
  for (const role of after.roles) {
    if (made.includes(role.roleArn)) await makeRole(iam, role)
    if (completed.includes(role.roleArn))
      await iam.send(
        new UpdateAssumeRolePolicyCommand({
          RoleName: role.name,
          PolicyDocument: JSON.stringify(role.trust),
        }),
      )
  }
}

/** Starts it; the caller stops it. */
export async function startMoto(): Promise<Moto> {
  const bin = await installPython()
  const file = fileURLToPath(new URL('serve-moto.py', import.meta.url))
  const child = spawn(join(bin, 'python'), [file], { stdio: ['pipe', 'pipe', 'inherit'] })
  let url = ''
  for await (const line of createInterface(child.stdout)) {
    url = line
    if (url.startsWith('http://')) break
  }
  const client = { region: REGION, endpoint: url, maxAttempts: 1 }
  const anybody = { accessKeyId: 'anybody', secretAccessKey: 'anybody' }
  const credentialsOf = async (accountId: string) => {
    const sts = new STSClient({ ...client, credentials: anybody })
    const RoleArn = `arn:aws:iam::${accountId}:role/auditor`
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({ RoleArn, RoleSessionName: 'auditor' }),
    )
    assert.ok(Credentials)
    return Credentials
  }
  return {
    url,
    credentialsOf,
    empty: async () => {
      const { status } = await fetch(`${url}/moto-api/reset`, { method: 'POST' })
      assert.equal(status, 200)
    },
    runScript: async (step) => {
      const { accessKeyId, secretAccessKey, sessionToken } = toIdentity(
        await credentialsOf(step.after.accountId),
      )
      const { status, stderr } = spawnSync('sh', {
        input: toAwsCli(step),
        encoding: 'utf8',
        env: {
          PATH: `${bin}:${process.env['PATH'] ?? ''}`,
          AWS_ENDPOINT_URL: url,
          AWS_DEFAULT_REGION: REGION,
          AWS_ACCESS_KEY_ID: accessKeyId,
          AWS_SECRET_ACCESS_KEY: secretAccessKey,
          AWS_SESSION_TOKEN: sessionToken,
        },
      })
      assert.equal(status, 0, stderr)
    },
    make: async (step) => {
      const credentials = toIdentity(await credentialsOf(step.after.accountId))
      const iam = new IAMClient({ ...client, credentials })
      await makeStep(iam, step)
      iam.destroy()
    },
    stop: async () => {
      child.stdin.end()
      await once(child, 'close')
    },
  }
}
