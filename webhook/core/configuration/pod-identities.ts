/**
 * Service accounts that get EKS Pod Identity's credentials: the file of upstream's
 * `--watch-container-credentials-config`.
 */
import { parseGoObject, readGoField } from '../formats/go-json.ts'
import { isObject } from '../formats/json.ts'

/** Service accounts as `namespace/name`. */
export type PodIdentities = ReadonlySet<string>

export type ParsedIdentities =
  | { readonly kind: 'identities'; readonly identities: PodIdentities }
  | { readonly kind: 'unusable'; readonly why: string }

/** Reads `{"identities": [{"namespace", "serviceAccount"}]}`. An empty file names nobody. */
export function parsePodIdentities(text: string): ParsedIdentities {
  if (text === '') return { kind: 'identities', identities: new Set() }
  const parsed = parseGoObject(text)
  if (typeof parsed === 'string') return unusable(parsed)
  const entries = readGoField(parsed, 'identities') ?? []
  if (!Array.isArray(entries)) return unusable('has identities that are not a list')
  const identities = new Set<string>()
  for (const entry of entries as unknown[]) {
    const identity = readIdentity(entry)
    if (identity === null) {
      return unusable('has an identity without namespace and serviceAccount as texts')
    }
    identities.add(identity)
  }
  return { kind: 'identities', identities }
}

function unusable(why: string): ParsedIdentities {
  return { kind: 'unusable', why }
}

/** Null where Go would refuse it. A missing field is empty, as in Go, and matches nobody. */
function readIdentity(entry: unknown): string | null {
  if (entry === null) return '/'
  if (!isObject(entry)) return null
  const namespace = readGoField(entry, 'namespace') ?? ''
  const serviceAccount = readGoField(entry, 'serviceAccount') ?? ''
  return typeof namespace === 'string' && typeof serviceAccount === 'string'
    ? `${namespace}/${serviceAccount}`
    : null
}
