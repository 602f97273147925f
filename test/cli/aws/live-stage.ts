/**
 * Two AWS accounts with somebody in each who may read IAM, the credentials of both as profiles, and the command in a
 * process of its own: the SDK reads its environment.
 */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Credentials } from '@aws-sdk/client-sts'
import { makeTemporaryFolder } from '../../temporary-folder.ts'
import { startStage, type Stage } from '../../stand-ins/aws/stage.ts'
import { toPolicy } from '../../stand-ins/aws/world.ts'

export const BASE = 'arn:aws:iam::111111111111:role/base'
export const READER = 'arn:aws:iam::222222222222:role/team/reader'
const PROVIDER = 'arn:aws:iam::111111111111:oidc-provider/oidc.cluster.example'

/** Whoever may read IAM; trusted by web identity, or by the one in the other AWS account. */
function auditor(principal: object, action: string): object {
  return {
    trustPolicy: toPolicy({ Effect: 'Allow', Principal: principal, Action: action }),
    permissionPolicies: [
      toPolicy({ Effect: 'Allow', Action: ['iam:Get*', 'iam:List*'], Resource: '*' }),
      toPolicy({ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' }),
    ],
  }
}

const AUDITOR = 'arn:aws:iam::111111111111:role/auditor'
const OTHER_AUDITOR = 'arn:aws:iam::222222222222:role/auditor'
/** Somebody who may not read IAM. */
export const NOBODY = 'arn:aws:iam::111111111111:role/nobody'

const allowed = { Effect: 'Allow', Action: 'sts:*', Resource: '*' }

/** Base role and target; the base role has what it needs by a managed policy, and a boundary. */
export function toConfiguration(external: string): unknown {
  const web = { Federated: PROVIDER }
  return {
    awsAccounts: {
      '111111111111': {
        oidcProviders: [{ url: 'https://oidc.cluster.example', clientIds: ['sts.amazonaws.com'] }],
        managedPolicies: {
          assume: toPolicy(allowed),
          boundary: toPolicy({ ...allowed, Sid: 'Edge' }),
        },
        roles: {
          auditor: auditor(web, 'sts:AssumeRoleWithWebIdentity'),
          nobody: {
            trustPolicy: toPolicy({
              Effect: 'Allow',
              Principal: web,
              Action: 'sts:AssumeRoleWithWebIdentity',
            }),
          },
          base: {
            trustPolicy: toPolicy({
              Sid: 'Cluster',
              Effect: 'Allow',
              Principal: web,
              Action: 'sts:AssumeRoleWithWebIdentity',
              Condition: {
                StringEquals: {
                  'oidc.cluster.example:sub': 'system:serviceaccount:reports:reporter',
                },
              },
            }),
            attachedPolicies: ['assume'],
            permissionsBoundary: 'boundary',
          },
        },
      },
      '222222222222': {
        roles: {
          auditor: auditor({ AWS: AUDITOR }, 'sts:AssumeRole'),
          reader: {
            path: '/team/',
            trustPolicy: toPolicy({
              Sid: 'CrossAccount',
              Effect: 'Allow',
              Principal: { AWS: BASE },
              Action: 'sts:AssumeRole',
              Condition: { StringEquals: { 'sts:ExternalId': external } },
            }),
          },
        },
      },
    },
  }
}

function toProfile(name: string, credentials: Credentials): string {
  return [
    `[${name}]`,
    `aws_access_key_id = ${credentials.AccessKeyId}`,
    `aws_secret_access_key = ${credentials.SecretAccessKey}`,
    `aws_session_token = ${credentials.SessionToken}`,
    '',
  ].join('\n')
}

export interface LiveStage {
  readonly stage: Stage
  /** Credentials of whoever may read IAM in 111111111111. */
  readonly auditor: Credentials
  /** Runs the command line with the profiles `cluster`, `data` and `nobody`. */
  readonly run: (
    line: string,
    environment?: Readonly<Record<string, string>>,
  ) => Promise<{ code: number | null; stdout: string; stderr: string }>
}

/** Starts it; the caller stops `stage`. */
export async function startLiveStage(external = 'team-a'): Promise<LiveStage> {
  const stage = await startStage(toConfiguration(external))
  const own = await stage.assumeBase({ RoleArn: AUDITOR })
  const other = await stage.assume(own, { RoleArn: OTHER_AUDITOR })
  const nobody = await stage.assumeBase({ RoleArn: NOBODY })
  const file = join(makeTemporaryFolder(), 'credentials')
  writeFileSync(
    file,
    [toProfile('cluster', own), toProfile('data', other), toProfile('nobody', nobody)].join('\n'),
  )
  return {
    stage,
    auditor: own,
    run: async (line, environment = {}) => {
      const child = spawn(process.execPath, ['cli/main.ts', ...line.split(' ')], {
        env: {
          PATH: process.env['PATH'],
          AWS_SHARED_CREDENTIALS_FILE: file,
          AWS_CONFIG_FILE: '/dev/null',
          AWS_EC2_METADATA_DISABLED: 'true',
          AWS_ENDPOINT_URL: stage.aws.url,
          ...environment,
        },
      })
      const [stdout, stderr, code] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        new Promise<number | null>((resolve) => child.on('close', resolve)),
      ])
      return { code, stdout, stderr }
    },
  }
}
