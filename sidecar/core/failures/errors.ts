/**
 * Makes the sentences of failures, and keeps secrets out of what others said. The failures themselves are in
 * `failures.ts`; how STS's and the network's own words become one of them is in `classify.ts`.
 */
import { hideSecrets, SECRET_SHAPES } from '../../../log/secrets.ts'
import type { Failure } from './failure.ts'
import { FAILURES, type FailureCode } from './failures.ts'

export { FAILURES, type FailureCode }

/** Where and how it failed, as far as known. */
export interface FailureFacts {
  /** 1 for the web identity hop. */
  readonly hop?: number | undefined
  readonly roleArn?: string | undefined
  /** As it is on the wire; our own code stands in the sentence where there is none. */
  readonly awsErrorCode?: string | undefined
  readonly requestId?: string | undefined
  /** What the other side said; see {@link withoutSecrets} for text that is not ours. */
  readonly detail?: string | undefined
  /** A sentence about the token, where that is what was judged. */
  readonly token?: string | undefined
  /** In place of that of the table, where the cause is known better. */
  readonly advice?: string | undefined
}

/**
 * Makes a failure of a code of the table. Its sentence has the form `hop 1, arn:…: AccessDenied: what STS said. The
 * token is of …. What to do.`, without the parts that are not known; the request id stays out of it, so that equal
 * failures give equal sentences.
 */
export function toFailure(code: FailureCode, facts: FailureFacts = {}): Failure {
  const { hop, roleArn, awsErrorCode, requestId, detail } = facts
  const { isPermanent } = FAILURES[code]
  const place = [hop === undefined ? undefined : `hop ${hop}`, roleArn].filter(isText).join(', ')
  const parts = [place, awsErrorCode ?? code, detail?.replace(/[\s.]+$/, '')]
  return {
    code,
    sentence: [
      `${parts.filter(isText).join(': ')}.`,
      facts.token,
      facts.advice ?? FAILURES[code].advice,
    ]
      .filter(isText)
      .join(' '),
    isPermanent,
    ...(hop !== undefined && { hop }),
    ...(roleArn !== undefined && { roleArn }),
    ...(awsErrorCode !== undefined && { awsErrorCode }),
    ...(requestId !== undefined && { requestId }),
  }
}

function isText(part: string | undefined): part is string {
  return part !== undefined && part !== ''
}

/** Longest piece of foreign text in a sentence: an event of Kubernetes holds 1,024 characters in all. */
const DETAIL_LIMIT = 400

/** Foreign text beyond this is not even looked at. */
const LOOK_LIMIT = 8 * DETAIL_LIMIT

/** So many characters in a row of a secret are a part of it: 72 bits of base64, and no word of a sentence. */
const PART_LENGTH = 12

/** In a name, which is short and could carry a secret piece by piece. */
const PART_OF_NAME_LENGTH = 8

/**
 * A run without a break that is a secret, unless it is the rest of an ARN or URL: names and paths in these are long and
 * public.
 */
const ARN_URL_OR_RUN = /((?:arn:|https?:\/\/)[\w:+=,.@/-]{1,2048})|[\w+/=-]{120,}/g

/**
 * Differ each time: moments, and request ids, which the log has as a field of its own. A UUID within a URL is part of a
 * name.
 */
const UNSTABLE =
  /\b\d{8}T\d{6}Z\b|\b\d{4}-\d\d-\d\dT[\d:.]+Z?|(?<![\w/-])[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/gi

/**
 * Foreign text made fit for a sentence: one line, without the secrets given and any part of them, without what looks
 * like one, without moments and request ids, and cut. It hides what is secret, not what is long.
 */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const known = hideKnown(text.slice(0, LOOK_LIMIT), secrets, PART_LENGTH)
  const line = hideSecrets(known)
    .replace(ARN_URL_OR_RUN, (_, open?: string) => open ?? '***')
    .replace(UNSTABLE, '…')
    .replace(/[^\x20-\x7e…]+/g, ' ')
  return line.length <= DETAIL_LIMIT ? line : `${line.slice(0, DETAIL_LIMIT)}…`
}

/**
 * An error code or request id that another side gave; undefined when it has not their shape, or has anything of a
 * secret in it.
 */
export function toForeignName(value: unknown, secrets: readonly string[]): string | undefined {
  if (typeof value !== 'string' || !/^(?!eyJ)[A-Za-z0-9][A-Za-z0-9.:_-]{0,63}$/.test(value))
    return undefined
  if (hideKnown(value, secrets, PART_OF_NAME_LENGTH) !== value) return undefined
  return SECRET_SHAPES.some((shape) => value.search(shape) !== -1) ? undefined : value
}

function hideKnown(text: string, secrets: readonly string[], length: number): string {
  // In a URL, a form or an echoed request it is encoded.
  const forms = secrets
    .filter((secret) => secret !== '')
    .flatMap((secret) => [secret, encodeURIComponent(secret)])
  const whole = forms.reduce((rest, form) => rest.replaceAll(form, '***'), text)
  const parts = new Set(forms.flatMap((form) => toParts(form, length)))
  const isSecret = new Uint8Array(whole.length)
  for (let index = 0; index + length <= whole.length; index += 1) {
    if (parts.has(whole.slice(index, index + length))) isSecret.fill(1, index, index + length)
  }
  if (!isSecret.includes(1)) return whole
  return [...whole.matchAll(/[^]/g)]
    .map(([letter], index) =>
      isSecret[index] === 0 ? letter : isSecret[index - 1] === 1 ? '' : '***',
    )
    .join('')
}

/** All pieces of a secret of this length; none of a shorter one. */
function toParts(secret: string, length: number): string[] {
  const count = Math.max(0, secret.length - length + 1)
  return Array.from({ length: count }, (_, index) => secret.slice(index, index + length))
}
