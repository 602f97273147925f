/** What the steps of the demo share: whom they tell it to, what they show, and what has to be ended after them. */
import type { Journal } from './journal.ts'
import type { Manifest } from './manifest.ts'
import type { Narrator } from './narrator.ts'

export interface Stage {
  readonly narrator: Narrator
  readonly manifest: Manifest
  /** Everything that is written goes below this folder. */
  readonly folder: string
  /** What every program that is started says. */
  readonly journal: Journal
  /** When the demo began, by the clock on the wall. */
  readonly startedAtMs: number
  /** Has `end` run when the demo is over, the last one first. */
  readonly defer: (end: () => Promise<void>) => void
}

/**
 * So long does a session last that AWS is asked for an hour of, or for as long as the manifest says: somebody is
 * watching.
 */
export const SESSION_SECONDS = 15
export const DEFAULT_REGION = 'eu-west-1'

/** How long a step waits for what takes a second, on a machine that has much else to do. */
export const PATIENCE_MS = 30_000
