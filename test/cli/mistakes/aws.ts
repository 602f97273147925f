/** Two AWS accounts with one thing wrong, and what the sidecar itself says when it walks a chain through them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Report } from '../../../sidecar/core/chain/job.ts'
import type { Failure } from '../../../sidecar/core/failures/failure.ts'
import { createSts } from '../../../sidecar/io/sts/sts.ts'
import { walkChains } from '../../../sidecar/io/sts/walk.ts'
import { startStage } from '../../stand-ins/aws/stage.ts'
import { toPolicy } from '../../stand-ins/aws/world.ts'

export const BASE = 'arn:aws:iam::111111111111:role/cluster-base'
export const READER = 'arn:aws:iam::222222222222:role/reports-reader'
const PROVIDER = 'arn:aws:iam::111111111111:oidc-provider/oidc.cluster.example'

/** What may be wrong; without it all is as it should be. */
export interface AwsState {
  /** Whom the target role trusts. */
  readonly trusts?: string
  /** Audiences of the OIDC provider; null: there is none. */
  readonly audiences?: readonly string[] | null
}

function toWorld({ trusts = BASE, audiences = ['sts.amazonaws.com'] }: AwsState): object {
  const url = 'https://oidc.cluster.example'
  return {
    awsAccounts: {
      '111111111111': {
        oidcProviders: audiences === null ? [] : [{ url, clientIds: audiences }],
        roles: {
          'cluster-base': {
            trustPolicy: toPolicy({
              Effect: 'Allow',
              Principal: { Federated: PROVIDER },
              Action: 'sts:AssumeRoleWithWebIdentity',
            }),
            permissionPolicies: [
              toPolicy({ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: READER }),
            ],
          },
          other: {
            trustPolicy: toPolicy({
              Effect: 'Allow',
              Principal: { AWS: BASE },
              Action: 'sts:AssumeRole',
            }),
          },
        },
      },
      '222222222222': {
        roles: {
          'reports-reader': {
            trustPolicy: toPolicy({
              Effect: 'Allow',
              Principal: { AWS: trusts },
              Action: 'sts:AssumeRole',
            }),
          },
        },
      },
    },
  }
}

/** Walks the chain; undefined where it ends with a session. */
export async function walk(state: AwsState): Promise<Failure | undefined> {
  const stage = await startStage(toWorld(state))
  const folder = mkdtempSync(join(tmpdir(), 'rolechain-mistakes-'))
  const sts = createSts({
    endpoint: stage.aws.url,
    region: 'eu-west-1',
    allowsHttp: true,
    usesFips: false,
    usesDualstack: false,
  })
  try {
    const stsTokenFile = join(folder, 'token')
    writeFileSync(stsTokenFile, await stage.mint())
    const reports: Report[] = []
    const job = {
      context: { sessionName: 'team-b.web', placeholders: {} },
      sts: { allowsHttp: true, usesFips: false, usesDualstack: false },
      stsTokenFile,
      targets: { default: { chain: [{ roleArn: BASE }, { roleArn: READER }] } },
      baseSessions: {},
    }
    await walkChains(job, sts, {
      report: (report) => reports.push(report),
      signal: new AbortController().signal,
    })
    const last = reports.at(-1)
    return last?.kind === 'failure' ? last.failure : undefined
  } finally {
    sts.close()
    rmSync(folder, { recursive: true })
    await stage.stop()
  }
}
