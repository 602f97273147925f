/** Composes the resident process of the refresher, the endpoint, the probe socket, the state folder and the metrics. */
import type { Settings } from './environment.ts'
import type { Attempt } from './core/refresh/sessions.ts'
import type { Clock } from './core/clock.ts'
import { decideReadiness, type Readiness } from './core/endpoint/readiness.ts'
import { assumeFileBeside, createAssumer } from './io/refresh/assumer.ts'
import { createEndpointTokens } from './io/endpoint/endpoint-tokens.ts'
import { createMetrics, startMetricsServer } from './io/metrics.ts'
import { startProbeSocket } from './io/probe-socket.ts'
import { createRefresher } from './io/refresh/refresher.ts'
import { startEndpoint } from './io/endpoint/server.ts'
import { writeProfileFiles } from './io/profile-files.ts'
import { openStateFolder } from './io/state-folder.ts'
import { EVENTS, type Log } from './events.ts'
import { ASSOCIATED_ROLE } from './core/session.ts'
import { createLog } from '../log/log.ts'
import { VERSION } from './version.ts'

const clock: Clock = {
  nowMs: () => Date.now(),
  setTimer: (callback, delayMs) => {
    const timer = setTimeout(callback, delayMs)
    return () => {
      clearTimeout(timer)
    }
  },
}

/**
 * Left to itself V8 lets what walks leave behind, some 5 KB each, pile up to 9 MiB. So it is told to clean up: after
 * the first walk, which has left the most, and then once a day, since it throws compiled code away too. The image
 * switches the function on.
 */
const WALKS_OF_A_DAY = 48

/** Ends the child, the endpoint and everybody's waiting; `reason` is for the log. */
export type StopSidecar = (reason: string) => void

/** Starts everything. `writeLine` takes the lines of the log. */
export function startSidecar(settings: Settings, writeLine: (line: string) => void): StopSidecar {
  const { configuration, context, sts, stsTokenFile } = settings
  const targets = Object.keys(configuration.targets)
  const log = createLog(EVENTS, {
    write: writeLine,
    nowMs: () => clock.nowMs(),
    level: configuration.logLevel ?? 'info',
  })
  log('started', `The sidecar ${VERSION} starts, for ${targets.join(', ')}.`, {
    version: VERSION,
  })

  const state = openStateFolder({
    file: settings.stateFile,
    pod: settings.pod,
    collect: () => ({
      wasReady,
      sessions: refresher.snapshot(),
      endpointTokens: tokens.hashes(),
    }),
    clock,
    log,
  })
  let { wasReady } = state.restored
  let walks = 0

  const refresher = createRefresher({
    targets: configuration.targets,
    job: { context, sts, stsTokenFile },
    assume: createAssumer({ assumeFile: assumeFileBeside(process.argv[1] ?? '') }),
    clock,
    random: () => Math.random(),
    onAttempt: (attempt) => {
      logAttempt(log, attempt)
      metrics.countAttempt(attempt)
      if (attempt.kind === 'refreshed') state.save()
      probeSocket.notify()
    },
    onWalked: () => {
      walks += 1
      if (walks % WALKS_OF_A_DAY === 1) globalThis.gc?.()
    },
  })
  const metrics = createMetrics(targets, refresher)
  const tokens = createEndpointTokens({
    files: settings.endpointTokenFiles,
    accepted: state.restored.endpointTokens,
    clock,
    log,
    onChange: () => {
      state.save()
    },
  })

  const optional = new Set(
    Object.entries(configuration.targets).flatMap(([name, one]) => (one.isOptional ? [name] : [])),
  )
  const readReadiness = (): Readiness => {
    const listenProblem = endpoint.problem()
    const filesProblem = profiles.problem()
    for (const target of targets) refresher.wake(target)
    return decideReadiness({
      ...(listenProblem !== undefined && { listenProblem }),
      wasReady,
      ...(filesProblem !== undefined && { filesProblem }),
      optional,
      states: Object.fromEntries(targets.map((target) => [target, refresher.stateOf(target)])),
      nowMs: clock.nowMs(),
    })
  }
  refresher.start(state.restored.sessions)
  // While the child starts.
  const profiles = writeProfileFiles({
    files: settings.profileFiles,
    clock,
    log,
    onMended: () => {
      probeSocket.notify()
    },
  })
  tokens.start()
  const endpoint = startEndpoint({
    port: configuration.port,
    targets: new Set(targets),
    source: refresher,
    tokens,
    clock,
    log,
    onReply: (status, target) => {
      metrics.countReply(status, target)
    },
    onListening: () => {
      probeSocket.notify()
    },
  })
  const probeSocket = startProbeSocket({
    path: settings.probeSocket,
    readReadiness,
    onReady: () => {
      if (wasReady) return
      wasReady = true
      state.save()
    },
    clock,
    log,
  })
  if (configuration.metricsPort !== undefined) {
    startMetricsServer({ port: configuration.metricsPort, metrics, clock, log })
  }

  return (reason) => {
    log('stopped', `The sidecar ends, as ${reason} asks.`)
    endpoint.stop()
    probeSocket.stop()
    profiles.stop()
    refresher.stop()
  }
}

function logAttempt(log: Log, attempt: Attempt): void {
  const { target, nextTryMs } = attempt
  const nextTrySeconds = Math.round(nextTryMs / 1_000)
  if (attempt.kind === 'refreshed') {
    const { roleArn, expiration } = attempt.session
    log(
      'refreshed',
      `Target ${target} has credentials of ${roleArn} until ${expiration}; they are renewed in ${String(nextTrySeconds)} s.`,
      // The agent of EKS Pod Identity does not say the role's ARN.
      {
        target,
        roleArn: roleArn === ASSOCIATED_ROLE ? undefined : roleArn,
        expiration,
        nextTrySeconds,
      },
    )
    return
  }
  const { code, sentence, hop, roleArn, awsErrorCode, requestId } = attempt.failure
  log('refresh_failed', sentence, {
    target,
    code,
    hop,
    roleArn,
    awsErrorCode,
    requestId,
    nextTrySeconds,
  })
}
