/**
 * What AWS and Kubernetes allow as a value: each check returns null, or the half sentence that follows the value's
 * name. It knows no annotation and no place.
 */
import { PLACEHOLDERS, ROLE_ARN_PATTERN } from '../../../sidecar/contract.ts'
import { FORMS } from './json-schema.ts'

const ROLE_ARN = new RegExp(ROLE_ARN_PATTERN)
const ROLE_ARN_WITHIN = /arn:aws[a-z-]*:iam::\d{12}:role\//
const REGION = new RegExp(FORMS.region.pattern)
const NAME_CHARACTERS = /^[\w+=,.@-]*$/
const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/
const TAG_CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u
const POLICY_CHARACTERS = /^[\t\n\r\u0020-\u00ff]+$/
const QUANTITY = /^(\+?(?:\d+\.?\d*|\.\d+))(?:([KMGTPE]i)|([numkMGTPE])|[eE]([+-]?\d{1,18}))?$/
const ROLE_ARN_LIMIT = FORMS.roleArn.maxLength
const NAME_LIMIT = 64

/** The partition of a role ARN (`aws`, `aws-cn`, …), or null when the text is not a role ARN. */
export function readPartition(arn: string): string | null {
  const isRoleArn = arn.length <= ROLE_ARN_LIMIT && ROLE_ARN.test(arn)
  return isRoleArn ? (arn.split(':', 2)[1] ?? null) : null
}

/** Whether a text is nothing but ARNs of roles, separated by commas. */
export function isRoleArnList(text: string): boolean {
  return text.split(/,(?=\s*arn:)/).every((arn) => readPartition(arn.trim()) !== null)
}

/** Whether there is the ARN of a role in a text. */
export function holdsRoleArn(text: string): boolean {
  return ROLE_ARN_WITHIN.test(text)
}

export function roleArnProblem(text: string): string | null {
  return readPartition(text) === null
    ? 'is not the ARN of a role; write arn:<partition>:iam::<12 digits>:role/<name>'
    : null
}

/** Says whether a text has the form of a region, such as `eu-west-1` or `us-gov-west-1`. */
export function isRegion(text: string): boolean {
  return REGION.test(text)
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html, ExternalId */
export function externalIdProblem(text: string): string | null {
  return EXTERNAL_ID.test(text) ? null : 'has to be 2 to 1224 of letters, digits and _+=,.@:/-'
}

/** RoleSessionName there. A template may come out longer than 64: the sidecar cuts it and puts a hash at the end. */
export function sessionNameProblem(text: string): string | null {
  return nameProblem(text)
}

/** SourceIdentity there. It may not be cut, so its literal part alone has to fit. */
export function sourceIdentityProblem(text: string): string | null {
  return nameProblem(text)
}

function nameProblem(text: string): string | null {
  const literal = withoutPlaceholders(text)
  const isTemplate = literal.length < text.length
  if (!NAME_CHARACTERS.test(literal)) {
    return `may contain letters, digits and _+=,.@- and the placeholders ${Object.keys(PLACEHOLDERS).join(', ')}`
  }
  return literal.length > NAME_LIMIT || (!isTemplate && text.length < 2)
    ? 'has to be 2 to 64 characters long'
    : null
}

/** Tags.member.Key there; the prefixes are those that EKS attests by. */
export function tagKeyProblem(key: string): string | null {
  if (key === '' || key.length > 128 || !TAG_CHARACTERS.test(key)) {
    return 'has to be 1 to 128 of letters, digits, spaces and _.:/=+-@'
  }
  if (/^aws:/i.test(key)) return 'begins with aws:, which AWS keeps for itself'
  if (/^(?:eks|kubernetes)-/i.test(key)) {
    return 'begins with eks- or kubernetes-, which would look like what EKS attests; choose another key'
  }
  return null
}

/** Tags.member.Value there. */
export function tagValueProblem(value: string): string | null {
  const literal = withoutPlaceholders(value)
  return literal.length > 256 || !TAG_CHARACTERS.test(literal)
    ? `has to be at most 256 of letters, digits, spaces and _.:/=+-@, with the placeholders ${Object.keys(PLACEHOLDERS).join(', ')}`
    : null
}

/** Policy there. */
export function sessionPolicyProblem(text: string): string | null {
  if (text.length > 2048) return `has ${text.length} characters; STS takes at most 2048`
  if (!POLICY_CHARACTERS.test(text))
    return 'contains characters that STS does not take (beyond U+00FF)'
  return isPolicyDocument(text)
    ? null
    : 'is not an IAM policy: write a JSON object with a Statement'
}

function isPolicyDocument(text: string): boolean {
  try {
    const document: unknown = JSON.parse(text)
    return typeof document === 'object' && document !== null && 'Statement' in document
  } catch {
    return false
  }
}

/** 3600 is the limit of role chaining; only a chain that is one web identity hop may ask for more. */
export function durationProblem(seconds: number): string | null {
  return Number.isSafeInteger(seconds) && seconds >= 900 && seconds <= 43_200
    ? null
    : 'has to be a whole number of seconds, 900 to 3600 (to 43200 where the one hop is web identity)'
}

export function quantityProblem(text: string): string | null {
  return readQuantity(text) === null || readQuantity(text) === 0
    ? 'is not a Kubernetes quantity above zero, such as 50m, 64Mi or 1e9'
    : null
}

/** Powers of two. */
const BINARY: Readonly<Partial<Record<string, number>>> = {
  Ki: 10,
  Mi: 20,
  Gi: 30,
  Ti: 40,
  Pi: 50,
  Ei: 60,
}

/** Powers of ten. A lone `E` is exa, and with digits after it an exponent. */
const DECIMAL: Readonly<Partial<Record<string, number>>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
}

/** What Kubernetes keeps of a quantity at most; so sums of some stay numbers. */
const QUANTITY_LIMIT = 2 ** 63

/** What it makes of all that is less and not zero. */
const LEAST_QUANTITY = 1e-9

/**
 * The number that a Kubernetes quantity stands for, or null; also for one below zero, which no amount in a pod may be.
 * Equal quantities in other spellings give equal numbers.
 * https://pkg.go.dev/k8s.io/apimachinery/pkg/api/resource#Quantity has the grammar.
 */
export function readQuantity(text: unknown): number | null {
  if (typeof text === 'number') return text
  const found = typeof text === 'string' ? QUANTITY.exec(text) : null
  return found === null ? null : toNumber(found)
}

function toNumber([, digits = '', binary = '', decimal = '', exponent]: RegExpExecArray): number {
  if (Number(digits) === 0) return 0
  // By an exponent, since that gives the nearest number there is: 100m, 1e-1 and 0.1 come out the same.
  const number = Number(`${digits}e${exponent ?? DECIMAL[decimal] ?? 0}`)
  return Math.min(QUANTITY_LIMIT, Math.max(LEAST_QUANTITY, number * 2 ** (BINARY[binary] ?? 0)))
}

function withoutPlaceholders(text: string): string {
  return text.replace(/\{(?:namespace|pod|serviceAccount|node)\}/g, '')
}
