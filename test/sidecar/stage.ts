/**
 * A strict AWS with its issuer, an STS token in a file, and the real child run against them. Each test that needs
 * faults clears them itself.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Hop } from '../../sidecar/contract.ts'
import type { Job, Report, StsSettings } from '../../sidecar/core/chain/job.ts'
import type { Failure } from '../../sidecar/core/failures/failure.ts'
import type { Session } from '../../sidecar/core/session.ts'
import { createAssumer } from '../../sidecar/io/refresh/assumer.ts'
import { type Issuer, type MintRequest, startIssuer } from '../../stand-ins/aws/issuer.ts'
import { type Aws, startAws } from '../../stand-ins/aws/server.ts'
import { findPrograms } from './programs.ts'
import { BASE_ROLE, TARGET_ROLE } from './sessions.ts'

export const DEEP_ROLE = 'arn:aws:iam::333333333333:role/teams/a/deep-reader'
export const NOBODY_ROLE = 'arn:aws:iam::222222222222:role/nobody'
export const base: Hop = { roleArn: BASE_ROLE }
export const target: Hop = { roleArn: TARGET_ROLE }

const PROVIDER = 'oidc.cluster.example'
const anything = { Effect: 'Allow', Action: 'sts:*', Resource: '*' }

function trusting(Principal: object, conditions: object = {}): object {
  const Action = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity']
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal, Action, ...conditions }],
  }
}

const permissionPolicies = [{ Version: '2012-10-17', Statement: [anything] }]

const world = {
  awsAccounts: {
    '111111111111': {
      oidcProviders: [{ url: `https://${PROVIDER}`, clientIds: ['sts.amazonaws.com'] }],
      roles: {
        'cluster-base': {
          trustPolicy: {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Principal: { Federated: `arn:aws:iam::111111111111:oidc-provider/${PROVIDER}` },
                Action: 'sts:AssumeRoleWithWebIdentity',
                Condition: {
                  StringEquals: { [`${PROVIDER}:sub`]: 'system:serviceaccount:team-a:reports' },
                },
              },
            ],
          },
          permissionPolicies,
        },
      },
    },
    '222222222222': {
      roles: {
        'reports-reader': { trustPolicy: trusting({ AWS: BASE_ROLE }), permissionPolicies },
        'with-id': {
          trustPolicy: trusting(
            { AWS: BASE_ROLE },
            { Condition: { StringEquals: { 'sts:ExternalId': 'team-a-nightly' } } },
          ),
        },
        nobody: { trustPolicy: { Version: '2012-10-17', Statement: [] } },
      },
    },
    '333333333333': {
      roles: { 'deep-reader': { path: '/teams/a/', trustPolicy: trusting({ AWS: TARGET_ROLE }) } },
    },
  },
}

/** What one run of the child brought. */
export interface Run {
  readonly sessions: Readonly<Record<string, Session>>
  readonly failures: Readonly<Record<string, Failure>>
  readonly baseSessions: Readonly<Record<string, Session>>
  readonly reports: readonly Report[]
  /** What is to be said of targets without a report. */
  readonly rest: Failure
}

export interface Stage {
  readonly aws: Aws
  readonly issuer: Issuer
  readonly folder: string
  readonly tokenFile: string
  writeToken(given?: Partial<MintRequest>): Promise<string>
  /** The names of STS's actions so far, with the error code where it refused; and forgets them. */
  takeTrail(): readonly string[]
  jobOf(chains: Readonly<Record<string, readonly Hop[]>>, given?: Partial<Job>): Job
  run(job: Job, given?: { assumeFile?: string; timeoutMs?: number }): Promise<Run>
  stop(): Promise<void>
}

/** Starts everything on the loopback, with a good token in place. */
export async function startStage(): Promise<Stage> {
  const issuer = await startIssuer()
  const aws = await startAws(world, { issuerLocations: { [issuer.issuer]: issuer.url } })
  const folder = await mkdtemp(join(tmpdir(), 'rolechain-test-'))
  const tokenFile = join(folder, 'token')
  const sts: StsSettings = {
    region: 'eu-west-1',
    endpoint: aws.url,
    allowsHttp: true,
    usesFips: false,
    usesDualstack: false,
  }
  const writeToken = async (given: Partial<MintRequest> = {}): Promise<string> => {
    const usual = { namespace: 'team-a', serviceAccount: 'reports', audience: 'sts.amazonaws.com' }
    const token = await issuer.mint({ ...usual, ...given })
    await writeFile(tokenFile, token)
    return token
  }
  await writeToken()
  return {
    aws,
    issuer,
    folder,
    tokenFile,
    writeToken,
    takeTrail: () => {
      const names = aws
        .trail()
        .map(({ eventName, errorCode }) =>
          errorCode === undefined ? eventName : `${eventName}: ${errorCode}`,
        )
      aws.clearTrail()
      return names
    },
    jobOf: (chains, given) => ({
      context: {
        sessionName: '{namespace}.{pod}',
        placeholders: { '{namespace}': 'team-a', '{pod}': 'nightly' },
      },
      sts,
      stsTokenFile: tokenFile,
      baseSessions: {},
      targets: Object.fromEntries(Object.entries(chains).map(([name, chain]) => [name, { chain }])),
      ...given,
    }),
    run: (job, given) => runChild(job, given),
    stop: async () => {
      await aws.stop()
      await issuer.stop()
      await rm(folder, { recursive: true })
    },
  }
}

/** Runs the child once, and sorts what it says. */
export async function runChild(
  job: Job,
  given: { readonly assumeFile?: string; readonly timeoutMs?: number } = {},
): Promise<Run> {
  const reports: Report[] = []
  const assume = createAssumer({ assumeFile: findPrograms().assume, ...given })
  const rest = await assume(job, (report) => reports.push(report), new AbortController().signal)
  const sessions: Record<string, Session> = {}
  const failures: Record<string, Failure> = {}
  const baseSessions: Record<string, Session> = {}
  for (const report of reports) {
    if (report.kind === 'base') baseSessions[report.key] = report.session
    else if (report.kind === 'session') sessions[report.target] = report.session
    else failures[report.target] = report.failure
  }
  return { sessions, failures, baseSessions, reports, rest }
}
