/**
 * An EKS cluster's worth of surroundings: a strict AWS with associations, the agent of EKS Pod Identity on a node, and
 * the real child run against both.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Hop } from '../../sidecar/contract.ts'
import type { Job } from '../../sidecar/core/chain/job.ts'
import { startIssuer } from '../../stand-ins/aws/issuer.ts'
import { type Aws, startAws } from '../../stand-ins/aws/server.ts'
import {
  type PodIdentityAgent,
  startPodIdentityAgent,
} from '../../stand-ins/pod-identity-agent/agent.ts'
import { type Run, runChild } from './stage.ts'

const HERE = 'arn:aws:iam::111111111111:role'
const CLUSTER = 'arn:aws:eks:eu-west-1:111111111111:cluster/company'
const NODE = `${HERE}/node`
export const READER: Hop = { roleArn: 'arn:aws:iam::222222222222:role/reader' }
/** Trusts the association's role, but no tags. */
export const READER_WITHOUT_TAGS: Hop = { roleArn: 'arn:aws:iam::222222222222:role/without-tags' }
export const DEEP: Hop = { roleArn: 'arn:aws:iam::333333333333:role/deep' }
/** Trusts the reader, but no tags. */
export const DEEP_WITHOUT_TAGS: Hop = { roleArn: 'arn:aws:iam::333333333333:role/without-tags' }

const document = (Statement: readonly object[]): object => ({ Version: '2012-10-17', Statement })
const trusting = (Principal: object, ...Action: readonly string[]): object =>
  document([{ Effect: 'Allow', Principal, Action }])
const permissionPolicies = [
  document([{ Effect: 'Allow', Action: ['sts:*', 'eks-auth:*'], Resource: '*' }]),
]
const ofEks = { Service: 'pods.eks.amazonaws.com' }
const withTags = ['sts:AssumeRole', 'sts:TagSession'] as const
const courier = { AWS: `${HERE}/courier` }
const reader = { AWS: READER.roleArn }

const association = (serviceAccount: string, role: string, rest: object = {}): object => ({
  namespace: 'team-a',
  serviceAccount,
  roleArn: `${HERE}/${role}`,
  ...rest,
})

const world = {
  awsAccounts: {
    '111111111111': {
      oidcProviders: [{ url: 'https://oidc.cluster.example', clientIds: ['sts.amazonaws.com'] }],
      roles: {
        node: {
          trustPolicy: trusting({ Service: 'ec2.amazonaws.com' }, 'sts:AssumeRole'),
          permissionPolicies,
        },
        courier: { trustPolicy: trusting(ofEks, ...withTags), permissionPolicies },
        closed: { trustPolicy: document([]) },
      },
      eksClusters: {
        company: {
          region: 'eu-west-1',
          oidcIssuer: 'https://oidc.cluster.example',
          podIdentityAssociations: [
            association('reports', 'courier'),
            association('plain', 'courier', { disableSessionTags: true }),
            association('closed', 'closed'),
          ],
        },
      },
    },
    '222222222222': {
      roles: {
        reader: { trustPolicy: trusting(courier, ...withTags), permissionPolicies },
        'without-tags': { trustPolicy: trusting(courier, 'sts:AssumeRole') },
      },
    },
    '333333333333': {
      roles: {
        deep: { trustPolicy: trusting(reader, ...withTags) },
        'without-tags': { trustPolicy: trusting(reader, 'sts:AssumeRole') },
      },
    },
  },
}

export interface PodIdentityStage {
  readonly aws: Aws
  readonly agent: PodIdentityAgent
  readonly tokenFile: string
  /** The clocks of AWS and of the agent go on by so many milliseconds. */
  advance(ms: number): void
  /** The kubelet's token of a pod of this service account. */
  writeToken(serviceAccount?: string, given?: object): Promise<string>
  run(chains: Readonly<Record<string, readonly Hop[]>>, given?: Partial<Job>): Promise<Run>
  stop(): Promise<void>
}

/** Starts everything on the loopback, with the token of a pod that has an association. */
export async function startPodIdentityStage(): Promise<PodIdentityStage> {
  let aheadMs = 0
  const now = (): number => Date.now() + aheadMs
  const issuer = await startIssuer({ now })
  const aws = await startAws(world, { issuerLocations: { [issuer.issuer]: issuer.url }, now })
  const agent = await startPodIdentityAgent({
    awsUrl: aws.url,
    clusterArn: CLUSTER,
    nodeRoleArn: NODE,
    now,
  })
  const folder = await mkdtemp(join(tmpdir(), 'rolechain-test-'))
  const tokenFile = join(folder, 'token')
  const writeToken = async (serviceAccount = 'reports', given: object = {}): Promise<string> => {
    const token = await issuer.mint({
      namespace: 'team-a',
      serviceAccount,
      audience: 'pods.eks.amazonaws.com',
      pod: { name: 'nightly', uid: `uid-of-${serviceAccount}` },
      ...given,
    })
    await writeFile(tokenFile, token)
    return token
  }
  await writeToken()
  return {
    aws,
    agent,
    tokenFile,
    advance: (ms) => {
      aheadMs += ms
    },
    writeToken,
    run: (chains, given) => {
      const targets = Object.entries(chains).map(([name, chain]) => [name, { chain }] as const)
      const job: Job = {
        context: {
          sessionName: '{namespace}.{pod}',
          placeholders: { '{namespace}': 'team-a', '{pod}': 'nightly' },
          podIdentity: { agentUrl: agent.url, tokenFile },
        },
        sts: {
          region: 'eu-west-1',
          endpoint: aws.url,
          allowsHttp: true,
          usesFips: false,
          usesDualstack: false,
          // Nothing of it is on the way to the agent, which is on the node.
          httpsProxy: 'http://127.0.0.1:9',
        },
        stsTokenFile: '/nowhere',
        targets: Object.fromEntries(targets),
        baseSessions: {},
        ...given,
      }
      return runChild(job)
    },
    stop: async () => {
      await agent.stop()
      await aws.stop()
      await issuer.stop()
      await rm(folder, { recursive: true })
    },
  }
}
