/** The trail of the strict AWS as a table for people. */
import type { TrailEntry } from '../stand-ins/aws/trail.ts'

/**
 * One line a call of STS that made a session or was refused: when, who, what, as whom, and how it ended. Sessions that
 * SDKs make themselves, in containers without a target, are left out: they make one for each client, and in time for
 * each call.
 */
export function toTrailTable(trail: readonly TrailEntry[], startMs: number): string {
  const rows = trail.flatMap((entry) =>
    entry.eventName.startsWith('AssumeRole') && !isOfSdk(entry) ? [toRow(entry, startMs)] : [],
  )
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n')
}

function isOfSdk({ requestParameters: { roleSessionName } }: TrailEntry): boolean {
  return typeof roleSessionName === 'string' && roleSessionName.startsWith('aws-sdk-')
}

function toRow(entry: TrailEntry, startMs: number): string[] {
  const { roleArn, roleSessionName } = entry.requestParameters
  return [
    `${((Date.parse(entry.eventTime) - startMs) / 1000).toFixed(1)} s`,
    toCaller(entry),
    entry.eventName,
    typeof roleArn === 'string' ? shorten(roleArn) : '',
    typeof roleSessionName === 'string' ? roleSessionName : '',
    entry.errorCode ?? 'ok',
  ]
}

function toCaller({ userIdentity }: TrailEntry): string {
  return shorten(userIdentity.arn ?? userIdentity.userName ?? 'unknown')
}

/** ARNs without what is the same in all of them: `222222222222 reports-reader`. */
function shorten(text: string): string {
  return text
    .replace(/^arn:[^:]*:sts::(\d+):assumed-role\/([^/]+)\/.*$/u, '$1 $2')
    .replace(/^arn:[^:]*:iam::(\d+):role\/(?:.*\/)?/u, '$1 ')
    .replace(/^system:serviceaccount:/u, 'token of ')
}
