/**
 * Asks STS for one hop: the only file that imports the AWS SDK, and only the child loads it. Nothing is taken from the environment or from AWS
 * configuration files, and nothing is tried again here but after a wrong clock: the schedule does that.
 */
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import {
  AssumeRoleCommand,
  type AssumeRoleCommandOutput,
  AssumeRoleWithWebIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts'
import { type StsCall, type StsOutcome, toStsRegion } from '../core/chain.ts'
import { toFailure } from '../core/errors.ts'
import type { StsSettings } from '../core/job.ts'
import type { Session } from '../core/session.ts'
import { isClockCorrected, toCallFailure, toOutcome } from './sts-answer.ts'
import { VERSION } from '../version.ts'
import { readWay } from './sts-way.ts'

/** A connection is there at once, or a firewall drops it. */
const CONNECTION_TIMEOUT_MS = 3000

/** One call with everything; STS answers in 10 to 500 ms, and up to some seconds when it fetches an issuer's keys. */
const CALL_TIMEOUT_MS = 5000

export interface Sts {
  /** Never rejects. The session is of the role asked for: an answer with another identity is a failure. */
  readonly assume: (call: StsCall, signal: AbortSignal) => Promise<StsOutcome>
  readonly close: () => void
}

/** Makes the way to STS once for all hops of a run. Settings that make none are the outcome of every call. */
export function createSts(settings: StsSettings): Sts {
  const way = readWay(settings)
  if (way.kind === 'closed') {
    return {
      assume: ({ hop, input }) => {
        const facts = { hop, roleArn: input.RoleArn, detail: way.detail }
        return Promise.resolve({ kind: 'failure', failure: toFailure(way.code, facts) })
      },
      close: () => undefined,
    }
  }
  const httpsAgent = new HttpsAgent({ keepAlive: true, ...way.agentOptions })
  const httpAgent = new HttpAgent({ keepAlive: true })
  // How far AWS's clock is ahead of ours, as the SDK learned it from signed answers: one hop tells the next.
  let systemClockOffset = 0
  const send = async (call: StsCall, signal: AbortSignal): Promise<AssumeRoleCommandOutput> => {
    const client = new STSClient({
      region: toStsRegion(call.input.RoleArn, settings.region),
      // An endpoint of its own settles FIPS and dual-stack; the SDK refuses it together with either.
      ...(settings.endpoint === undefined
        ? { useFipsEndpoint: settings.usesFips, useDualstackEndpoint: settings.usesDualstack }
        : { endpoint: settings.endpoint, useFipsEndpoint: false, useDualstackEndpoint: false }),
      requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS, httpsAgent, httpAgent },
      maxAttempts: 1,
      retryMode: 'standard',
      defaultsMode: 'standard',
      systemClockOffset,
      // CloudTrail shows it with each call.
      customUserAgent: [['rolechain', VERSION]],
      ...(typeof call.identity !== 'string' && { credentials: toCredentials(call.identity) }),
    })
    try {
      const options = {
        abortSignal: AbortSignal.any([signal, AbortSignal.timeout(CALL_TIMEOUT_MS)]),
      }
      if (typeof call.identity !== 'string') {
        return await client.send(new AssumeRoleCommand(call.input), options)
      }
      const input = { ...call.input, WebIdentityToken: call.identity }
      return await client.send(new AssumeRoleWithWebIdentityCommand(input), options)
    } finally {
      systemClockOffset = client.config.systemClockOffset
    }
  }
  return {
    assume: async (call, signal) => {
      const startedAtMs = Date.now()
      try {
        const answer = await send(call, signal).catch((error: unknown) => {
          // The SDK has read AWS's time from the refusal: once more, signed with that.
          if (!isClockCorrected(error)) throw error
          return send(call, signal)
        })
        return toOutcome(answer, call, startedAtMs)
      } catch (error) {
        return toCallFailure(error, call)
      }
    },
    close: () => {
      httpsAgent.destroy()
      httpAgent.destroy()
    },
  }
}

function toCredentials({ accessKeyId, secretAccessKey, sessionToken }: Session) {
  return { accessKeyId, secretAccessKey, sessionToken }
}
