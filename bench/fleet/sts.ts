/** STS as a fleet meets it: it lets so many calls through a second, and none in an outage. */

export interface StsScenario {
  /** How long is simulated. */
  readonly forMs: number
  /** Calls a second; infinite means that STS never throttles. */
  readonly limitPerSecond: number
  /** While it lasts every call fails. */
  readonly outage?: { readonly fromMs: number; readonly toMs: number }
}

export type CallResult = 'good' | 'failed' | 'throttled'

export interface SimulatedSts {
  call(atMs: number): CallResult
  /** Calls that have come, refused ones too, by second of simulated time. */
  readonly callsBySecond: Uint32Array
}

/** The limit is a bucket that holds one second's worth. Refused calls take nothing from it. */
export function createSts({ forMs, limitPerSecond, outage }: StsScenario): SimulatedSts {
  const callsBySecond = new Uint32Array(Math.ceil(forMs / 1000) + 1)
  let left = limitPerSecond
  let lastMs = 0
  const take = (atMs: number): boolean => {
    if (limitPerSecond === Infinity) return true
    // Walks of two hops make calls a little out of order.
    left = Math.min(limitPerSecond, left + (Math.max(0, atMs - lastMs) * limitPerSecond) / 1000)
    lastMs = Math.max(lastMs, atMs)
    if (left < 1) return false
    left -= 1
    return true
  }
  return {
    callsBySecond,
    call: (atMs) => {
      const second = Math.floor(atMs / 1000)
      callsBySecond[second] = (callsBySecond[second] ?? 0) + 1
      if (outage !== undefined && atMs >= outage.fromMs && atMs < outage.toMs) return 'failed'
      return take(atMs) ? 'good' : 'throttled'
    },
  }
}
