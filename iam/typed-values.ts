/**
 * The values of conditions that are not text: numbers, booleans, moments and ranges of addresses. Each reader gives
 * undefined for what it cannot read without guessing. Source: IAM User Guide, "IAM JSON policy elements: Condition
 * operators".
 */
import ipaddr from 'ipaddr.js'

/** A number, unless it is too large to be compared exactly. */
export function readNumber(text: string): number | undefined {
  if (!/^[-+]?\d+(\.\d+)?$/.test(text)) return undefined
  const value = Number(text)
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : undefined
}

/** `true` or `false`, in lower case as the grammar has them. */
export function readBoolean(text: string): boolean | undefined {
  return text === 'true' || text === 'false' ? text === 'true' : undefined
}

// "W3C implementations of the ISO 8601 date formats, or epoch (UNIX) time". A bare year could be either, so it is not
// read.
const MOMENT =
  /^(\d{4})-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d(?:\.\d+)?))?(?:Z|([+-])(\d\d):(\d\d)))?)?$/
const EPOCH_SECONDS = /^\d{5,11}$/
/** What is left out is the first of its kind. */
const FIRST = [0, 1, 1, 0, 0, 0]
const CUMULATED_DAYS = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]

function isWithin(value: number | undefined, least: number, most: number): boolean {
  return value !== undefined && value >= least && value <= most
}

function daysSinceEpoch(year: number, month: number, day: number): number {
  const before = month > 2 ? year : year - 1
  const leapDays = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400)
  const leapDaysBefore1970 = 477
  return (
    (year - 1970) * 365 + leapDays - leapDaysBefore1970 + (CUMULATED_DAYS[month - 1] ?? 0) + day - 1
  )
}

/** Month, day, hour, minute, second: the least and the most of each. */
const LIMITS = [
  [1, 12],
  [1, 31],
  [0, 23],
  [0, 59],
  [0, 60],
] as const

/** Year, month, day, hour, minute, second, or undefined where one of them is out of its range. */
function readParts(match: RegExpExecArray): readonly number[] | undefined {
  const [year = 0, ...smaller] = match
    .slice(1, 7)
    .map((part, index) => Number(part ?? FIRST[index]))
  return LIMITS.every(([least, most], index) => isWithin(smaller[index], least, most))
    ? [year, ...smaller]
    : undefined
}

function readZoneMinutes([, , , , , , , sign, hours, minutes]: RegExpExecArray): number {
  return (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * (sign === '-' ? -1 : 1)
}

function toSeconds(parts: readonly number[], zoneMinutes: number): number {
  const [year, month, day, hour, minute, second] = parts as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const hours = daysSinceEpoch(year, month, day) * 24 + hour
  return (hours * 60 + minute - zoneMinutes) * 60 + second
}

/** A moment in seconds since 1970. */
export function readMoment(text: string): number | undefined {
  if (EPOCH_SECONDS.test(text)) return Number(text)
  const match = MOMENT.exec(text)
  const parts = match === null ? undefined : readParts(match)
  return match === null || parts === undefined
    ? undefined
    : toSeconds(parts, readZoneMinutes(match))
}

type Address = ReturnType<typeof ipaddr.parse>

function readAddress(text: string): Address | undefined {
  // The library also reads `0x7f.1`, which IAM does not know.
  const isAddress = ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text)
  return isAddress ? ipaddr.parse(text) : undefined
}

/** An address with the number of its leading bits that count. */
export interface AddressRange {
  readonly address: Address
  readonly bits: number
}

/** A range such as `203.0.113.0/24`; an address alone is a range of one. */
export function readAddressRange(text: string): AddressRange | undefined {
  const [, base = '', written] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const address = readAddress(base)
  if (address === undefined) return undefined
  const all = address.kind() === 'ipv4' ? 32 : 128
  const bits = written === undefined ? all : Number(written)
  return bits > all ? undefined : { address, bits }
}

/** Whether a range has all of another. */
export function includesRange(range: AddressRange, other: AddressRange): boolean {
  if (range.address.kind() !== other.address.kind() || other.bits < range.bits) return false
  return other.address.match(range.address, range.bits)
}
