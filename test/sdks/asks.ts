/** How often an SDK asks the endpoint, and whether that is as seldom as it can be. */

/** Requests to the endpoint in a time with a call a minute. */
export interface Count {
  readonly inFirstHour: number
  readonly inAll: number
}

export interface Counts {
  readonly minutes: number
  /** With the sidecar's schedule, and where every answer is an hour's session that has just been made. */
  readonly ours: Count
  readonly fresh: Count
}

/** Where its clock cannot be moved. */
export const UNCOUNTED: Counts = {
  minutes: 0,
  ours: { inFirstHour: 0, inAll: 0 },
  fresh: { inFirstHour: 0, inAll: 0 },
}

/** The sidecar renews an hour's session after 45 % of it. */
const MINUTES_OF_RENEWAL = 27

/**
 * Whether an SDK asks no more often than it has to. In its first hour that is as often as with fresh sessions. Later
 * its sessions are up to half an hour old to begin with, and it asks up to once for each of the sidecar's renewals
 * more; more than that is polling.
 */
export function isSeldom({ minutes, ours, fresh }: Counts): boolean {
  const renewals = Math.floor(minutes / MINUTES_OF_RENEWAL)
  return ours.inFirstHour <= fresh.inFirstHour && ours.inAll <= fresh.inAll + renewals
}

/** One line of it. */
export function toWords({ minutes, ours, fresh }: Counts): string {
  return `in the first hour ${ours.inFirstHour} times and ${fresh.inFirstHour} with fresh sessions, in ${minutes} minutes ${ours.inAll} and ${fresh.inAll}`
}
