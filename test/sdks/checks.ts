/** What is checked of every SDK, in the order of the table's columns, and how a check ends. */
import assert from 'node:assert/strict'
import type { Counts } from './asks.ts'

export const CHECKS = {
  identity: 'it is the target role, in the target AWS account',
  read: 'it reads an object that only the target role may read',
  parallel: '50 calls at once in a fresh process (8 commands of the CLI), all as the target role',
  crash: 'it works while the sidecar is being restarted',
  rotation: 'a process that starts after the endpoint token was rotated works',
  besideEks: "it is the target role beside the web identity of EKS's managed webhook",
  renewals: 'one process is right in every call, over three renewals',
  rotationMidway: 'that process goes on after the endpoint token was rotated',
  outage: 'it works while STS is down, before and after a restart of the sidecar',
  refused: 'a role that cannot be assumed is an error, and so is a sidecar that is gone',
  metadata:
    "none of that asked a node's metadata service, which the same SDK asks without rolechain",
  hour: 'with a call a minute it asks the endpoint as seldom in an hour as with fresh sessions, and in three hours seldom',
  profileOption:
    "several profiles of one process, by the SDK's own way to name one, each with its role and its region",
  profileVariable: 'AWS_PROFILE names the role and the region, beside another default too',
  profileDefault: 'code that names no profile is the default, and that is a profile too',
  profileCrash:
    'the first credentials of a profile come while the sidecar is being restarted, or at the next call',
  profileRefused:
    'a refused profile, one of a target that this container may not use, and none where none is the default: each is an error',
  profileRenewals: 'one process with a profile is right in every call, over three renewals',
  profileOutage: 'and while STS is down, before and after a restart of the sidecar',
  commandLine: "--profile works for sts, s3 and eks get-token, whose URL is STS's own",
} as const

export type CheckName = keyof typeof CHECKS

/** How a check ended; `detail` is what was seen, or what was wrong. */
export interface Outcome {
  readonly check: CheckName
  readonly holds: boolean
  readonly detail: string
}

/** What is found out of one SDK. */
export interface Report {
  readonly version: string
  readonly outcomes: readonly Outcome[]
  /** What the SDK shows where there are no credentials: refused by the endpoint, and without an answer. */
  readonly errors: { readonly refused: string; readonly gone: string }
  /** Requests to the endpoint. */
  readonly asks: Counts & { readonly inFirstCalls: number }
  readonly profiles: ProfileReport
}

/** What people see who get no credentials. */
export interface Shown {
  readonly error: string
  /** Beside the error, on standard error. */
  readonly said: string
}

/** What is found out of profiles. */
export interface ProfileReport {
  /**
   * What the SDK shows: `gone`, for a role that STS refuses; `foreign`, for a target that this container may not use;
   * `none`, without a profile where none is the default.
   */
  readonly errors: { readonly gone: Shown; readonly foreign: Shown; readonly none: Shown }
  /** Where a program that names a profile has its region from. */
  readonly region: string
}

export interface Recorder {
  readonly outcomes: Outcome[]
  /** Runs a check. One that throws does not hold; the others go on. */
  readonly check: (name: CheckName, run: () => Promise<string>) => Promise<void>
}

export function createRecorder(): Recorder {
  const outcomes: Outcome[] = []
  return {
    outcomes,
    check: async (check, run) => {
      try {
        outcomes.push({ check, holds: true, detail: await run() })
      } catch (error) {
        outcomes.push({ check, holds: false, detail: toWords(error) })
      }
    },
  }
}

function toWords(error: unknown): string {
  if (error instanceof assert.AssertionError) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
