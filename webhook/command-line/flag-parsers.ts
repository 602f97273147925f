/** From the text of a flag to its value, or the reason why it is none. How Go spells values is in `flag-values.ts`. */
import { readGoBoolean } from '../core/formats/go-scalars.ts'
import { readCipherSuites, readDurationMs, readGoNumber, readTlsVersion } from './go-durations.ts'
import type { TlsVersion } from './go-durations.ts'

/** What a text of a flag is refused with: what is wrong with it, and what would be right. */
export class FlagProblem extends Error {}

/** Below this Kubernetes refuses a token; upstream raises what is smaller. */
export const MINIMUM_TOKEN_SECONDS = 600

export function toText(value: string): string {
  return value
}

export function toBoolean(value: string): boolean {
  const read = readGoBoolean(value)
  if (read === undefined) throw new FlagProblem('is not a boolean; use true or false')
  return read
}

export function toInteger(value: string): number {
  const read = readGoNumber(value)
  if (read === undefined) throw new FlagProblem('is not a whole number')
  return read
}

/** 0 lets the system choose, as it does upstream. */
export function toPort(value: string): number {
  const port = readGoNumber(value)
  if (port !== undefined && port >= 0 && port <= 65_535) return port
  throw new FlagProblem('is not a port; use a number from 1 to 65535')
}

export function toPath(value: string): string {
  if (value === '') throw new FlagProblem('is empty; give a path')
  return value
}

/** The path of a file inside a projected volume, which Kubernetes keeps inside. */
export function toRelativePath(value: string): string {
  const isInside = value !== '' && !value.startsWith('/') && !value.split('/').includes('..')
  if (isInside) return value
  throw new FlagProblem('is not a path inside the volume; use one such as token')
}

/** The URL of an API server, or nothing. */
export function toServer(value: string): string {
  return value === '' ? '' : toUrl(value)
}

export function toUrl(value: string): string {
  if (/^https?:\/\/[^/\s]+/.test(value)) return value
  throw new FlagProblem('is not a URL; use one such as https://10.0.0.1:6443')
}

export function toName(value: string): string {
  if (/^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/.test(value)) return value
  throw new FlagProblem('is not the name of an object; use small letters, digits, hyphens and dots')
}

export function toVolumeName(value: string): string {
  if (/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(value)) return value
  throw new FlagProblem(
    'is not the name of a volume; use at most 63 small letters, digits and hyphens',
  )
}

export function toPrefix(value: string): string {
  if (/^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/.test(value)) return value
  throw new FlagProblem(
    'is not the prefix of an annotation; use a DNS name such as eks.amazonaws.com',
  )
}

/** No upper bound, as upstream: what Kubernetes takes is for Kubernetes to say. */
export function toTokenSeconds(value: string): number {
  return Math.max(toInteger(value), MINIMUM_TOKEN_SECONDS)
}

/** A duration below zero is none at all, as in upstream. */
export function toDurationMs(value: string): number {
  const milliseconds = readDurationMs(value.replace(/^-/, ''))
  if (milliseconds === undefined) {
    throw new FlagProblem('is not a duration; use one such as 1s, 500ms or 0')
  }
  return value.startsWith('-') ? 0 : milliseconds
}

/** The ID of an AWS account, or nothing. */
export function toAwsAccountId(value: string): string {
  if (value === '' || /^\d{12}$/.test(value)) return value
  throw new FlagProblem('is not the ID of an AWS account; use its 12 digits')
}

/** The partition of AWS, or nothing. */
export function toPartition(value: string): string {
  if (value === '' || /^aws[a-z-]*$/.test(value)) return value
  throw new FlagProblem('is not a partition; use one such as aws, aws-cn or aws-us-gov')
}

/** Nothing means Go's, which is 1.2 too. */
export function toTlsVersion(value: string): TlsVersion {
  const version = value === '' ? 'TLSv1.2' : readTlsVersion(value)
  if (version !== undefined) return version
  throw new FlagProblem('is not a TLS version; use 1.2 or 1.3')
}

/** OpenSSL's list; nothing means Node's. A comma too many names nothing. */
export function toCiphers(value: string): string {
  const names = value.split(',').map((name) => name.trim())
  const given = names.filter((name) => name !== '')
  if (given.length === 0) return ''
  const { ciphers, unknown } = readCipherSuites(given)
  if (unknown.length === 0) return ciphers
  throw new FlagProblem(
    `names cipher suites that are unknown (${unknown.join(', ')}); ` +
      'use Go names such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  )
}
