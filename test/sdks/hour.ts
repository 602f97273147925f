/**
 * Counts how often an SDK asks the endpoint, in hours that pass in seconds. The sidecar's own schedule, walk and
 * endpoint run in this process on a clock that is moved minute by minute; the SDK's process sees the same time through
 * libfaketime, which changes the wall clock only: its timeouts are those of the real time. The strict AWS judges
 * signatures by that clock as well.
 */
import assert from 'node:assert/strict'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mock } from 'node:test'
import { toEnvironment } from '../../demo/kubelet/environment.ts'
import { isSidecar } from '../../demo/kubelet/images.ts'
import { createVolumes } from '../../demo/kubelet/volumes.ts'
import type { Container, Pod } from '../../demo/pod.ts'
import { SIDECAR_VARIABLES } from '../../sidecar/contract.ts'
import { readSettings, type Settings } from '../../sidecar/environment.ts'
import type { SessionSource } from '../../sidecar/core/refresh/sessions.ts'
import { toFailure } from '../../sidecar/core/failures/errors.ts'
import type { Assume } from '../../sidecar/core/chain/job.ts'
import { createEndpointTokens } from '../../sidecar/io/endpoint/endpoint-tokens.ts'
import { createRefresher } from '../../sidecar/io/refresh/refresher.ts'
import { startEndpoint } from '../../sidecar/io/endpoint/server.ts'
import { createSts } from '../../sidecar/io/sts/sts.ts'
import { walkChains } from '../../sidecar/io/sts/walk.ts'
import { createLog } from '../../log/log.ts'
import { EVENTS } from '../../sidecar/events.ts'
import { untilListening } from '../sidecar/until.ts'
import { createVirtualTime, type VirtualTime } from '../sidecar/virtual-time.ts'
import type { Count } from './asks.ts'
import { beTarget, type Subject } from './in-an-hour.ts'
import { PLUMBING, startScene, type Scene } from './scene.ts'

/** A little more than a minute: an SDK that asks every five minutes would by chance do so after five calls or six. */
const PACE_MS = 60_500
const CALLS_OF_FIRST_HOUR = 60
/** STS tokens live an hour. */
const MINUTES_OF_TOKEN = 40

export interface HourOptions {
  readonly minutes: number
  /** The library of libfaketime. */
  readonly libfaketime: string
  /** Whether every answer is a session that has just been made. */
  readonly isFresh: boolean
}

/** Requests to the endpoint in so many minutes with a call a minute. Throws when a call is wrong. */
export async function countAsks(subject: Subject, options: HourOptions): Promise<Count> {
  const time = createVirtualTime()
  // AWS's clock is asked of Date, by the sidecar's modules and by the SDK that they use.
  const realNow = Date.now
  const scene = await startScene({ now: () => time.nowMs() })
  mock.timers.enable({ apis: ['Date'], now: time.nowMs() })
  try {
    return await live({ subject, options, time, scene, realNow })
  } finally {
    mock.timers.reset()
    await scene.stop()
  }
}

interface Life {
  readonly subject: Subject
  readonly options: HourOptions
  readonly time: VirtualTime
  readonly scene: Scene
  readonly realNow: () => number
}

async function live({ subject, options, time, scene, realNow }: Life): Promise<Count> {
  const place = await createPlace(subject.pods.granted, scene)
  const sidecar = startSidecar(place.settings, time, options.isFresh)
  const clockFile = join(scene.folder, 'clock')
  const moveClock = async () => {
    mock.timers.setTime(time.nowMs())
    // A reader must never see half of it.
    await writeFile(`${clockFile}.new`, `${((time.nowMs() - realNow()) / 1000).toFixed(0)}\n`)
    await rename(`${clockFile}.new`, clockFile)
  }
  await moveClock()
  await sidecar.settle()
  const client = await subject.start({
    ...place.environment,
    LD_PRELOAD: options.libfaketime,
    FAKETIME_TIMESTAMP_FILE: clockFile,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    // Its correction for one C library's condition variables makes a JVM's timed waits last for any time.
    FAKETIME_FORCE_MONOTONIC_FIX: '0',
  })
  let inFirstHour = 0
  try {
    for (let minute = 1; minute <= options.minutes; minute += 1) {
      await beTarget(client)
      if (minute % MINUTES_OF_TOKEN === 0) await place.rotateTokens()
      await time.pass(PACE_MS)
      await moveClock()
      await sidecar.settle()
      if (minute <= CALLS_OF_FIRST_HOUR) inFirstHour = sidecar.asks()
    }
    return { inFirstHour, inAll: sidecar.asks() }
  } finally {
    await client.stop()
    sidecar.stop()
    place.stop()
  }
}

/** The pod's volumes, and the env that its containers get. */
async function createPlace(pod: Pod, scene: Scene) {
  const volumes = await createVolumes(pod, join(scene.folder, 'volumes'), scene.mintFor(pod))
  const enter = async (container: Container | undefined) => {
    assert.ok(container)
    const root = join(scene.folder, container.name)
    await volumes.mount(container, root)
    return { root, environment: toEnvironment(container, { pod, root }) }
  }
  const own = await enter(pod.spec.initContainers.find(isSidecar))
  const settings = readSettings({ ...own.environment, [SIDECAR_VARIABLES.rootFolder]: own.root })
  assert.ok(settings.kind === 'valid')
  const application = await enter(pod.spec.containers[0])
  return {
    settings: settings.value,
    environment: { ...application.environment, ...PLUMBING },
    rotateTokens: () => volumes.rotateTokens(),
    stop: () => volumes.stop(),
  }
}

/** The sidecar's modules, composed as `sidecar/serve.ts` does, on a clock that others move. */
function startSidecar(settings: Settings, time: VirtualTime, isFresh: boolean) {
  let asks = 0
  let walking: Promise<unknown> = Promise.resolve()
  const { targets, port } = settings.configuration
  const job = { context: settings.context, sts: settings.sts, stsTokenFile: settings.stsTokenFile }
  const assume: Assume = async (work, report, signal) => {
    const sts = createSts(work.sts)
    const walk = walkChains(work, sts, { report, signal })
    walking = walk
    await walk
    sts.close()
    return toFailure('child_garbled')
  }
  const clock = time
  const refresher = createRefresher({
    targets,
    job,
    assume,
    clock,
    random: () => Math.random(),
    onAttempt: () => undefined,
    onWalked: () => undefined,
  })
  const log = createLog(EVENTS, { write: () => undefined, nowMs: () => 0, level: 'error' })
  const files = settings.endpointTokenFiles
  const tokens = createEndpointTokens({
    files,
    accepted: {},
    clock,
    log,
    onChange: () => undefined,
  })
  let newest: ReturnType<SessionSource['stateOf']> = {}
  const renew = async () => {
    const signal = new AbortController().signal
    await assume(
      { ...job, targets, baseSessions: {} },
      (report) => {
        if (report.kind === 'session') newest = { session: report.session }
      },
      signal,
    )
  }
  const source: SessionSource = isFresh
    ? { stateOf: () => newest, wake: () => undefined, whenHeld: () => Promise.resolve() }
    : refresher
  if (!isFresh) refresher.start()
  tokens.start()
  const endpoint = startEndpoint({
    port,
    targets: new Set(Object.keys(targets)),
    source,
    tokens,
    clock,
    log,
    onReply: () => {
      asks += 1
    },
    onListening: () => undefined,
  })
  const isListening = untilListening(endpoint)
  return {
    asks: () => asks,
    /** Waits until what is due has been done. */
    settle: async () => {
      if (isFresh) await renew()
      await isListening
      await walking
      await new Promise((resolve) => setImmediate(resolve))
    },
    stop: () => {
      refresher.stop()
      tokens.stop()
      endpoint.stop()
    },
  }
}
