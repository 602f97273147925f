/**
 * Walks a chain through the strict AWS in this process, without HTTP: its judges are called as its server calls them.
 */
import assert from 'node:assert/strict'
import type { Step } from '../../../../cli/core/policy/walk.ts'
import type { Hop } from '../../../../sidecar/contract.ts'
import {
  answerAssumeRoleWithWebIdentity,
  assumeRoleAs,
} from '../../../../stand-ins/aws/assume-role.ts'
import { AwsError } from '../../../../stand-ins/aws/aws-error.ts'
import type { Call, Environment } from '../../../../stand-ins/aws/call.ts'
import type { Parameters } from '../../../../stand-ins/aws/role-request.ts'
import type { XmlElements } from '../../../../stand-ins/aws/xml.ts'

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

async function callSts(step: Step, { hops, environment, token }: Walk, key: string) {
  const hop = hops[step.hop - 1]
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
