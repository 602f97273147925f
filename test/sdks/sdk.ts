/** What an SDK of the suite is: where its client comes from, and how it is started. */
import { fileURLToPath } from 'node:url'

export interface Sdk {
  /** Unique; arguments of the suite name SDKs by it. */
  readonly name: string
  readonly language: string
  /** Makes it runnable, once for all, and returns file and arguments of its client. Throws `Missing`. */
  readonly install: () => Promise<readonly string[]>
  /**
   * How it learns of the strict AWS: by `AWS_ENDPOINT_URL`, or in the client's code, where the SDK knows no such
   * variable.
   */
  readonly endpoint: 'env' | 'code'
  /** Whether it knows S3 only: who it is then tells the trail of the strict AWS. */
  readonly isReader: boolean
  /** Whether a program can name a profile, beside `AWS_PROFILE`. */
  readonly hasProfileOption: boolean
  /** Whether it finds the region of a profile by itself. */
  readonly hasRegion: boolean
  /** Whether a container with a default is that although `AWS_PROFILE` names another profile. */
  readonly prefersDefault: boolean
  /** How many calls are made at once. */
  readonly parallel: number
  /** For how many minutes its requests to the endpoint are counted; 0 where its clock cannot be moved. */
  readonly minutes: number
}

/** What holds of most. */
export const USUAL = {
  endpoint: 'env',
  isReader: false,
  hasProfileOption: true,
  hasRegion: true,
  prefersDefault: false,
  parallel: 50,
  minutes: 180,
} as const

/** What holds of a command line: a process for each call, a second of CPU each, so that a few say it all. */
export const ONE_PROCESS_EACH = { parallel: 8, minutes: 5 } as const

/** A file or folder of the clients beside this file. */
export function sourceOf(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url))
}
