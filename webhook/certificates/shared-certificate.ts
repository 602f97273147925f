/**
 * Keeps this replica's certificate: looks at the cluster every few seconds and takes the steps that `steps.ts` decides.
 */
import { decideStep } from './steps.ts'
import type { Entry, Held, Pair, Step } from './steps.ts'
import { toSentence } from '../../log/error-text.ts'
import type { Log } from '../log/events.ts'
import type { CertificateObjects, Seen } from './objects.ts'
import { ApiError } from '../kubernetes/kubernetes-api.ts'

export interface CertificateParts {
  readonly objects: CertificateObjects
  readonly makePair: () => Promise<Pair>
  readonly dnsName: string
  readonly renewBeforeMs: number
  /** Between two looks. */
  readonly everyMs: number
  readonly nowMs: () => number
  /** Waits; ends early, without an error, when `stopping` aborts. */
  readonly pause: (milliseconds: number) => Promise<void>
  readonly stopping: AbortSignal
  readonly log: Log
  /** Told each failure once; the log has it too. */
  readonly onFailure: (failure: string) => void
}

export interface Certificates {
  /** The first pair that API servers verify; it may take long where they cannot be told. */
  readonly first: Promise<Pair>
  /** Tells what is served, at once and whenever it changes. */
  readonly follow: (onServe: (pair: Pair) => void) => void
  /** Resolves when nothing goes on any more after `stopping`. */
  readonly ended: Promise<void>
}

/** An empty cluster needs four steps, each at most once more for every replica that is faster. */
const stepsAtOnce = 20

/** Between two looks as long as nothing is served. */
const hurryMs = 1000

export function startCertificates(parts: CertificateParts): Certificates {
  const { objects, makePair, dnsName, renewBeforeMs, everyMs, nowMs, pause, stopping, log } = parts
  const first = Promise.withResolvers<Pair>()
  let onServe: ((pair: Pair) => void) | undefined
  let serving: Pair | undefined
  let entriesBefore: readonly Entry[] | undefined
  let lastFailure = ''

  function serve(pair: Pair): void {
    serving = pair
    onServe?.(pair)
    first.resolve(pair)
  }

  async function store(seen: Seen, held: Held): Promise<void> {
    await objects.store(seen, held)
    const next = held.next === undefined ? '' : `, and the next, until ${toTime(held.next)}`
    log(
      'certificate_stored',
      `The Secret now holds a certificate until ${toTime(held.current)}${next}.`,
    )
  }

  async function take(decided: Exclude<Step, { kind: 'rest' }>, seen: Seen): Promise<void> {
    switch (decided.kind) {
      case 'serve':
        return serve(decided.pair)
      case 'store':
        return store(seen, decided.held)
      case 'make': {
        const pair = await makePair()
        const { current } = seen.held
        const isNext = decided.as === 'next'
        return store(seen, isNext ? { current, next: pair } : { current: pair, next: undefined })
      }
      case 'trust': {
        await objects.trust(seen, decided.bundles)
        const names = decided.bundles.map(({ name }) => name).join(', ')
        log(
          'ca_bundle_set',
          `Set the caBundle of ${names}: it lacked a certificate, or held what has ended.`,
        )
      }
    }
  }

  /** All steps until there is nothing to do; a step that another replica took first is looked at again. */
  async function settle(): Promise<void> {
    for (let count = 0; count < stepsAtOnce && !stopping.aborted; count += 1) {
      const seen = await objects.read()
      const { held, entries } = seen
      const facts = {
        nowMs: nowMs(),
        dnsName,
        renewBeforeMs,
        held,
        serving,
        entries,
        entriesBefore,
      }
      const decided = decideStep(facts)
      if (decided.kind === 'rest') {
        entriesBefore = entries
        return
      }
      try {
        await take(decided, seen)
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 409) throw error
      }
    }
    throw new Error('Something else keeps changing the Secret or the webhook configurations.')
  }

  async function run(): Promise<void> {
    while (!stopping.aborted) {
      try {
        await settle()
        lastFailure = ''
      } catch (error) {
        if (!stopping.aborted) report(toSentence(error))
      }
      await pause(serving === undefined ? hurryMs : everyMs)
    }
  }

  /** Says the same thing once. */
  function report(failure: string): void {
    if (failure === lastFailure) return
    lastFailure = failure
    parts.onFailure(failure)
    const meanwhile =
      serving === undefined
        ? 'until then there is no certificate, and the TLS port stays closed'
        : `until then the one that ends at ${toTime(serving)} stays in use`
    log(
      'certificate_not_kept',
      `Keeping the certificate failed: ${failure.replace(/\.$/, '')}. Trying again; ${meanwhile}.`,
    )
  }

  const ended = run()
  return {
    first: first.promise,
    follow: (listener) => {
      onServe = listener
      if (serving !== undefined) listener(serving)
    },
    ended,
  }
}

function toTime(pair: Pair | undefined): string {
  return pair === undefined ? 'no time' : new Date(pair.expiresAtMs).toISOString()
}
