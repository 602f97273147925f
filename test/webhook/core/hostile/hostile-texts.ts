/**
 * Annotations made to keep the webhook busy. Each is as long as what gets as far as being read, or longer than may be.
 */
import { TARGET_ROLE, withPrefix } from '../fixture.ts'
import type { Subject } from './hostile-review.ts'

/** A pod, or a service account, with the reason that comes first. */
export interface Hostile extends Subject {
  readonly reason: string
}

/** All that Kubernetes takes, nearly. */
const TEXT = 250_000
/** All that is read of one annotation of ours. */
const READ = 32_768

export function many<Item>(count: number, make: (index: number) => Item): Item[] {
  return Array.from({ length: count }, (_, index) => make(index))
}

/** Repeated up to a length. */
export function filled(part: string, length: number): string {
  return part.repeat(Math.ceil(length / part.length)).slice(0, length)
}

/** Names separated by commas, up to a length. */
export function names(prefix: string, length: number): string {
  return many(length / 7, (index) => `${prefix}${String(index).padStart(5, '0')}`).join(',')
}

export const spec = { containers: [{ name: 'app' }] }

export function podOf(
  annotations: Readonly<Record<string, string>>,
  fields: object = spec,
  metadata: object = {},
): object {
  return { metadata: { annotations: withPrefix(annotations), ...metadata }, spec: fields }
}

export function asking(
  annotations: Readonly<Record<string, string>>,
  reason = 'bad_value',
): Hostile {
  return { pod: podOf({ 'target-role-arn': TARGET_ROLE, ...annotations }), reason }
}

const parity = (annotations: Readonly<Record<string, string>>, reason = 'web_identity') => ({
  pod: podOf(annotations),
  reason,
})

/** Once as much as is read, and once much more. */
function both(what: string, key: string, part: string): Record<string, Hostile> {
  return {
    [what]: asking({ [key]: filled(part, READ) }),
    [`${what}, too long`]: asking({ [key]: filled(part, TEXT) }),
  }
}

const numbers = (count: number, suffix = '') =>
  many(count, (index) => `${index.toString(36)}${suffix}`).join(',')
const targets = (text: string, reason = 'bad_value'): Hostile => ({
  pod: podOf({ targets: text.slice(0, READ) }),
  reason,
})
const hop = `{roleArn: "${TARGET_ROLE}"}`
/** Allowed by the policy too; a role that follows itself would be refused for that. */
const otherHop = '{roleArn: "arn:aws:iam::222222222222:role/x-a-b-c-d"}'
const inChain = (text: string) => `{a: {chain: [${text}]}}`

const TARGETS: Readonly<Record<string, Hostile>> = {
  'open lists': targets(filled('[', READ)),
  'open maps': targets(filled('{a: ', READ)),
  'open items': targets(filled('- ', READ)),
  'open keys': targets(filled('? ', READ)),
  'commas in a list': targets(`[${filled(',', READ)}`),
  'maps after maps': targets(filled('{}', READ)),
  'maps in a list': targets(`[${filled('{},', 12_000)}]`),
  'quotes after quotes': targets(filled('"', READ)),
  'anchors on anchors': targets(filled('&a ', READ)),
  'tags on tags': targets(filled('!a ', READ)),
  directives: targets(filled('%a\n', 12_000)),
  documents: targets(filled('---\n', 15_000)),
  comments: targets(filled('#\n', 8_000)),
  'empty lines': targets(filled('\n', 4_000)),
  'block scalars': targets(filled('- |\n', 15_000)),
  escapes: targets(`{"${filled(String.raw`\u0041`, READ - 20)}": 1}`),
  'a key longer than any': targets(`? "${filled('a', READ - 20)}"\n: x`),
  keys: targets(many(4000, (index) => `k${index}: x`).join('\n')),
  'keys in braces': targets(`{${numbers(3990)}}`),
  'a key many times': targets(filled('a: x\n', 19_000)),
  'indented keys': targets(many(250, (index) => `${' '.repeat(index)}a:`).join('\n')),
  aliases: targets(`x: &x y\n${filled('- *x\n', READ - 20)}`),
  'aliases of aliases': targets(
    many(26, (index) => {
      const letter = String.fromCharCode(97 + index)
      const inner = index === 0 ? 'x' : `*${String.fromCharCode(96 + index)}`
      return `${letter}: &${letter} [${Array(9).fill(inner).join(', ')}]`
    }).join('\n'),
  ),
  'an alias of itself': targets('a: &a [*a, *a, *a]'),
  'long aliases': targets(
    `x: &x "${filled('a', 30_000)}"\n${many(300, (i) => `k${i}: *x`).join('\n')}`,
  ),
  'merge keys': targets(
    `x: &x {${numbers(900)}}\n${many(400, (index) => `k${index}: {<<: *x}`).join('\n')}`,
  ),
  'more than there may be': targets(
    `{${many(300, (index) => `t${index}: {chain: [${hop}], containers: [c${index}]}`).join(', ')}}`,
  ),
  'as many as there may be': targets(
    `{${many(32, (index) => `t${index}: {chain: [${Array(4).fill(`${hop}, ${otherHop}`).join(', ')}], containers: [c${index}]}`).join(', ')}}`,
    'unknown_container',
  ),
  'hops that are maps': targets(inChain(filled('{},', 3 * 1900))),
  'hops that are texts': targets(inChain(filled('a,', 2 * 1900))),
  'hops of unknown fields': targets(inChain(`{${numbers(1900)}}`)),
  'hops of one bad role': targets(
    inChain(`&x {roleArn: ${filled('a', 60)}}, ${filled('*x,', 300)}`),
  ),
  'session tags': targets(inChain(`{roleArn: x, sessionTags: {${numbers(1900)}}}`)),
  'session tags that are lists': targets(
    inChain(`{roleArn: x, sessionTags: {${numbers(950, ': []')}}}`),
  ),
  'policies that nest': targets(
    inChain(filled(`{roleArn: x, sessionPolicy: '{"Statement":${filled('[', 2000)}'},`, READ - 40)),
  ),
  'names of containers': targets(
    `{a: {chain: [${hop}], containers: [${filled('a,', 3800)}]}}`,
    'unknown_container',
  ),
  'bad names of containers': targets(`{a: {chain: [${hop}], containers: [${filled('A,', 3800)}]}}`),
  'containers that are maps': targets(
    `{a: {chain: [${hop}], containers: [${filled('{},', 5600)}]}}`,
  ),
}

function prefixed(prefix: string, rows: Readonly<Record<string, Hostile>>) {
  return Object.fromEntries(
    Object.entries(rows).map(([what, row]) => [`${prefix}: ${what}`, row] as const),
  )
}

export const HOSTILE_TEXTS: Readonly<Record<string, Hostile>> = {
  ...prefixed('targets', TARGETS),
  ...both('role ARNs', 'target-role-arn', `${TARGET_ROLE},`),
  ...both('role ARNs that are none', 'target-role-arn', 'x,arn:'),
  ...both('a role ARN against a policy with stars', 'target-role-arn', '-a-b-c'),
  ...both('commas and spaces between role ARNs', 'target-role-arn', ',      '),
  ...both('session tags', 'session-tags', 'a=b,'),
  ...both('session tags without =', 'session-tags', ','),
  ...both('a session tag', 'session-tags', 'k=é '),
  ...both('a session policy', 'session-policy', '['),
  ...both('a source identity of placeholders', 'source-identity', '{pod}'),
  ...both('a session name', 'session-name', '{'),
  ...both('an external id', 'external-id', 'a'),
  ...both('a region', 'region', 'a-'),
  ...both('a port', 'sidecar-port', '1'),
  ...both('a duration', 'duration-seconds', '1'),
  ...both('a list of containers', 'containers', 'A,'),
  ...both('spaces for containers', 'containers', ' '),
  'names of containers': asking({ containers: names('c', READ) }, 'unknown_container'),
  'names to skip': asking({ 'skip-containers': names('c', READ - 8) }, 'injected'),
  'the name of a chain': { pod: podOf({ target: filled('a', READ) }), reason: 'unknown_chain' },
  'placeholders of a long name': {
    pod: podOf(
      { 'target-role-arn': TARGET_ROLE, 'session-tags': `a=${filled('{pod}', READ - 8)}` },
      spec,
      { name: filled('p', 1_000_000) },
    ),
    reason: 'bad_value',
  },
  'a CSV record of commas': asking(
    { 'eks.amazonaws.com/skip-containers': filled(',', TEXT) },
    'injected',
  ),
  'a CSV record of names': parity({ 'eks.amazonaws.com/skip-containers': names('c', TEXT) }),
  'a CSV record of quoted names': parity({
    'eks.amazonaws.com/skip-containers': filled('"a",', TEXT),
  }),
  'a CSV record of quotes': asking({
    'eks.amazonaws.com/skip-containers': `"${filled('"', TEXT)}`,
  }),
  'a CSV record of ends of lines': asking({
    'eks.amazonaws.com/skip-containers': filled('\r\n', TEXT),
  }),
  'a life of many digits': parity({ 'eks.amazonaws.com/token-expiration': filled('9', TEXT) }),
  'a life of many zeros': parity({ 'eks.amazonaws.com/token-expiration': filled('0', TEXT) }),
  'a list of containers without target': parity({ containers: filled('a,', TEXT) }),
}
