/** A strict AWS with the cluster of `example.yaml`, and an agent of EKS Pod Identity on one of its nodes. */
import assert from 'node:assert/strict'
import type { Credentials } from '@aws-sdk/client-sts'
import type { MintRequest } from '../../../stand-ins/aws/issuer.ts'
import type { AwsOptions } from '../../../stand-ins/aws/server.ts'
import {
  startPodIdentityAgent,
  type PodIdentityAgent,
  type PodIdentityAgentOptions,
} from '../../../stand-ins/pod-identity-agent/agent.ts'
import { readExample, startStage, type Stage } from '../aws/stage.ts'

export const CLUSTER = 'arn:aws:eks:us-east-1:111111111111:cluster/company'
export const NODE = 'arn:aws:iam::111111111111:role/company-node'
/** The role of the association of reports/courier. */
export const COURIER = 'arn:aws:iam::111111111111:role/company-courier'

/** The pod whose service account has the association. */
export const POD: MintRequest = {
  namespace: 'reports',
  serviceAccount: 'courier',
  audience: 'pods.eks.amazonaws.com',
  pod: { name: 'courier-5d8f9c7b6-x2x4q', uid: '376f3cff-44fe-4a00-b9d4-970555f311d3' },
}

/** What the agent answers. */
export interface AgentAnswer {
  readonly status: number
  readonly text: string
}

export interface AgentStage extends Stage {
  readonly agent: PodIdentityAgent
  /** Asks with a token of {@link POD}, in which `changes` differ. */
  ask(changes?: Partial<MintRequest>): Promise<AgentAnswer>
  /** Asks with just this Authorization; empty: without any. */
  askWith(authorization: string): Promise<AgentAnswer>
}

/** `fetch` does not let a caller choose the Host. */
async function ask(url: string, authorization: string): Promise<AgentAnswer> {
  const answer = await fetch(url, { headers: authorization === '' ? {} : { authorization } })
  return { status: answer.status, text: await answer.text() }
}

/** Starts both. The caller stops them. */
export async function startAgentStage(
  options: Partial<PodIdentityAgentOptions> = {},
  aws: AwsOptions = {},
): Promise<AgentStage> {
  const stage = await startStage(readExample(), aws)
  const agent = await startPodIdentityAgent({
    awsUrl: stage.aws.url,
    clusterArn: CLUSTER,
    nodeRoleArn: NODE,
    ...(aws.now !== undefined && { now: aws.now }),
    ...options,
  })
  return {
    ...stage,
    agent,
    ask: async (changes = {}) => ask(agent.url, await stage.issuer.mint({ ...POD, ...changes })),
    askWith: (authorization) => ask(agent.url, authorization),
    async stop() {
      await agent.stop()
      await stage.stop()
    },
  }
}

/** Credentials as the agent gives them. */
export interface Served {
  readonly AccessKeyId: string
  readonly SecretAccessKey: string
  readonly Token: string
  readonly AccountId: string
  readonly Expiration: string
}

/** The credentials in an answer; another answer is an error. */
export function read({ status, text }: { status: number; text: string }): Served {
  assert.equal(status, 200, text)
  return JSON.parse(text) as Served
}

/** In the form of STS. */
export function toCredentials({ AccessKeyId, SecretAccessKey, Token }: Served): Credentials {
  return { AccessKeyId, SecretAccessKey, SessionToken: Token, Expiration: undefined }
}
