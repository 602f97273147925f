/**
 * Asks STS for one hop: the only file that imports the AWS SDK, and only the child loads it. Nothing is taken from the
 * environment or from AWS configuration files, and nothing is tried again here but after a wrong clock: the schedule
 * does that.
 */
import { rootCertificates, setDefaultCACertificates } from 'node:tls'
import {
  AssumeRoleCommand,
  type AssumeRoleCommandOutput,
  AssumeRoleWithWebIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts'
import { type StsCall, type StsOutcome, toStsRegion } from '../../core/chain/chain.ts'
import { toFailure } from '../../core/failures/errors.ts'
import type { StsSettings } from '../../core/chain/job.ts'
import type { Session } from '../../core/session.ts'
import { type Connections, createConnections } from './connections.ts'
import { noteRequest, type Passage, readAnswer } from './passage.ts'
import { isClockCorrected, toCallFailure, toOutcome } from './sts-answer.ts'
import { VERSION } from '../../version.ts'
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

/** One call on its way. */
interface Sending {
  readonly call: StsCall
  readonly passage: Passage
  readonly signal: AbortSignal
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
  if (way.certificates.length > 0) {
    // For the whole process: Node has no other way to trust them on the way to a proxy.
    setDefaultCACertificates([...rootCertificates, ...way.certificates])
  }
  const kept = createConnections({ ...way.agentOptions, keepAlive: true })
  const fresh = createConnections({ ...way.agentOptions, keepAlive: false })
  // How far AWS's clock is ahead of ours, as the SDK learned it from signed answers: one hop tells the next.
  let systemClockOffset = 0
  const createClient = (call: StsCall, passage: Passage, { agents }: Connections): STSClient => {
    const client = new STSClient({
      region: toStsRegion(call.input.RoleArn, settings.region),
      // An endpoint of its own settles FIPS and dual-stack; the SDK refuses it together with either.
      ...(settings.endpoint === undefined
        ? { useFipsEndpoint: settings.usesFips, useDualstackEndpoint: settings.usesDualstack }
        : { endpoint: settings.endpoint, useFipsEndpoint: false, useDualstackEndpoint: false }),
      requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS, ...agents },
      maxAttempts: 1,
      retryMode: 'standard',
      defaultsMode: 'standard',
      systemClockOffset,
      // CloudTrail shows it with each call.
      customUserAgent: [['rolechain', VERSION]],
      ...(typeof call.identity !== 'string' && { credentials: toCredentials(call.identity) }),
    })
    client.middlewareStack.add(
      (next) => async (args) => {
        noteRequest(passage, args.request)
        const result = await next(args)
        await readAnswer(passage, result.response)
        return result
      },
      // The last before the wire, so that nothing has read the answer yet.
      { name: 'readAnswer', step: 'deserialize', priority: 'low' },
    )
    return client
  }
  const sendBy = async (
    client: STSClient,
    { call, passage, signal }: Sending,
  ): Promise<AssumeRoleCommandOutput> => {
    const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(CALL_TIMEOUT_MS)])
    try {
      if (typeof call.identity !== 'string') {
        return await client.send(new AssumeRoleCommand(call.input), { abortSignal })
      }
      const input = { ...call.input, WebIdentityToken: call.identity }
      return await client.send(new AssumeRoleWithWebIdentityCommand(input), { abortSignal })
    } catch (error) {
      // Half an answer ends as a reset of our own then.
      if (abortSignal.aborted && passage.answer?.isSts !== true) throw abortSignal.reason
      throw error
    } finally {
      systemClockOffset = client.config.systemClockOffset
    }
  }
  /**
   * On a connection that is there, or once more on a fresh one when the other side had closed it: a hop may be asked
   * for twice.
   */
  const send = (sending: Sending): Promise<AssumeRoleCommandOutput> => {
    const { call, passage } = sending
    return sendBy(createClient(call, passage, kept), sending).catch((error: unknown) => {
      if (!kept.isOfKeptConnection(error)) throw error
      return sendBy(createClient(call, passage, fresh), sending)
    })
  }
  return {
    assume: async (call, signal) => {
      const startedAtMs = Date.now()
      const passage: Passage = { proxy: way.proxy, secrets: way.secrets }
      try {
        const sending = { call, passage, signal }
        const answer = await send(sending).catch((error: unknown) => {
          // The SDK has read AWS's time from the refusal: once more, signed with that.
          if (!isClockCorrected(error)) throw error
          return send(sending)
        })
        return toOutcome(answer, call, startedAtMs)
      } catch (error) {
        return toCallFailure(error, call, passage)
      }
    },
    close: () => {
      kept.close()
      fresh.close()
    },
  }
}

function toCredentials({ accessKeyId, secretAccessKey, sessionToken }: Session) {
  return { accessKeyId, secretAccessKey, sessionToken }
}
