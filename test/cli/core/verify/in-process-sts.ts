/**
 * Walks a chain through the strict AWS in this process, without HTTP: its judges are called as its server calls them,
 * those of EKS Auth too.
 */
import assert from 'node:assert/strict'
import { parseClusterArn } from '../../../../iam/arn.ts'
import type { PodIdentityStep, Step } from '../../../../cli/core/policy/steps.ts'
import type { Hop } from '../../../../sidecar/contract.ts'
import {
  answerAssumeRoleWithWebIdentity,
  assumeRoleAs,
} from '../../../../stand-ins/aws/assume-role.ts'
import { AwsError } from '../../../../stand-ins/aws/aws-error.ts'
import type { Call, Environment } from '../../../../stand-ins/aws/call.ts'
import { eksClusters, toEksClusters } from '../../../../stand-ins/aws/eks-clusters.ts'
import { assumeForPod } from '../../../../stand-ins/aws/pod-identity.ts'
import type { Parameters } from '../../../../stand-ins/aws/role-request.ts'
import type { XmlElements } from '../../../../stand-ins/aws/xml.ts'
import { POD } from '../chains.ts'

function toCall(environment: Environment): Call {
  return {
    request: {
      method: 'POST',
      rawPath: '/',
      query: [],
      headers: new Map(),
      body: Buffer.from(''),
      sourceIp: '',
    },
    operation: '',
    environment,
    nowMs: Date.now(),
    requestId: '',
    notes: {
      caller: { kind: 'unknown' },
      region: '',
      requestParameters: {},
      responseElements: null,
    },
  }
}

function toParameters({ roleArn, request, durationSeconds }: Step, hop: Hop): Parameters {
  const values = {
    roleArn,
    roleSessionName: request.sessionName,
    externalId: request.externalId,
    // Only where the chain sends it; later hops inherit it.
    sourceIdentity: hop.sourceIdentity === undefined ? undefined : request.sourceIdentity,
    policy: hop.sessionPolicy,
    durationSeconds: String(durationSeconds),
  }
  return {
    values: new Map(
      Object.entries(values).flatMap(([name, value]) => (value ? [[name, value]] : [])),
    ),
    tags: request.tags,
    transitiveTagKeys: request.transitiveTagKeys,
  }
}

function accessKeyOf(elements: XmlElements): string {
  return (elements['Credentials'] as Record<string, string>)['AccessKeyId'] ?? ''
}

/** A chain, the world that it is walked in, and the token that it begins with. */
export interface Walk {
  readonly steps: readonly Step[]
  readonly hops: readonly Hop[]
  readonly environment: Environment
  readonly token: string
}

/** What the agent on the node asks of EKS, once it has verified the token. */
function callEks({ source, roleArn }: PodIdentityStep, environment: Environment): string {
  const { cluster, namespace, serviceAccount, hasTags } = source
  const {
    partition = '',
    region,
    accountId = '',
    name = '',
  } = parseClusterArn(cluster.arn ?? '') ?? {}
  const podIdentityAssociations = [
    { namespace, serviceAccount, roleArn, disableSessionTags: !hasTags },
  ]
  const [eksCluster] = toEksClusters(
    { partition, accountId },
    eksClusters.parse({
      [name]: { region, oidcIssuer: 'https://oidc.cluster.example', podIdentityAssociations },
    }),
  )
  const association = eksCluster?.podIdentityAssociations[0]
  assert.ok(eksCluster && association)
  const pod = { namespace, serviceAccount, ...POD }
  return assumeForPod(toCall(environment), { cluster: eksCluster, association, pod }).accessKeyId
}

async function callSts(step: Step, { steps, hops, environment, token }: Walk, key: string) {
  if (step.kind === 'pod_identity') return callEks(step, environment)
  const hop = hops[steps.indexOf(step)]
  assert.ok(hop)
  const parameters = toParameters(step, hop)
  const call = toCall(environment)
  if (step.kind === 'web_identity') {
    const values = new Map([...parameters.values, ['webIdentityToken', token] as const])
    return accessKeyOf(await answerAssumeRoleWithWebIdentity(call, { ...parameters, values }))
  }
  const caller = environment.sessions.find(key)
  assert.ok(caller)
  return accessKeyOf(assumeRoleAs(caller, call, parameters))
}

/** The hop at which STS refuses, or undefined where it lets the whole chain pass. */
export async function walkInProcess(walk: Walk): Promise<number | undefined> {
  let key = ''
  for (const step of walk.steps) {
    try {
      key = await callSts(step, walk, key)
    } catch (error) {
      assert.ok(error instanceof AwsError, String(error))
      return step.hop
    }
  }
  return undefined
}
