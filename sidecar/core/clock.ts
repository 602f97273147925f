/** Time as an argument: the shape in which the clock and its timers are handed to whatever needs them. */
export interface Clock {
  /** The wall clock, in milliseconds since 1970. It may jump, also backwards. */
  nowMs(): number
  /** Calls back once after the delay; returns what cancels it. */
  setTimer(callback: () => void, delayMs: number): () => void
}
