/** How an operator writes a world down: a command line, a ConfigMap, a file of identities. */
import type { Surroundings } from './webhook.ts'
import { FLAG_DEFAULTS } from './world.ts'
import type { FlagSettings, MappingEntry, World } from './world.ts'

/** What to start the webhook in; `seed` chooses among spellings that mean the same. */
export function toSurroundings(world: World, seed: number): Surroundings {
  const { serviceAccounts, mapping, identities } = world
  return {
    flags: toFlags(world, seed),
    serviceAccounts,
    config: mapping === undefined ? undefined : toConfig(mapping, seed),
    identities: identities === undefined ? undefined : toIdentities(identities, seed),
  }
}

/** Every other world leaves out what stands at its default. */
function toFlags({ flags, mapping }: World, seed: number): readonly string[] {
  const texts = toTexts(flags)
  const standard = toTexts(FLAG_DEFAULTS)
  const own = Object.entries(texts).flatMap(([name, text]) => {
    if (seed % 2 === 0 && text === standard[name]) return []
    return toArguments(name, text)
  })
  return [...own, ...composition(flags), ...(mapping === undefined ? [] : ['--watch-config-map'])]
}

/** One argument or two; booleans take their value by an equals sign, or stand alone. */
function toArguments(name: string, text: string): readonly string[] {
  if (text === 'true') return [`--${name}`]
  return text.length % 2 === 0 || text === 'false' ? [`--${name}=${text}`] : [`--${name}`, text]
}

function toTexts(flags: FlagSettings): Record<string, string> {
  const { containerCredentials } = flags
  return {
    'annotation-prefix': flags.annotationPrefix,
    'token-audience': flags.tokenAudience,
    'token-mount-path': flags.tokenMountPath,
    'token-expiration': String(flags.tokenExpiration),
    'aws-default-region': flags.awsDefaultRegion,
    'sts-regional-endpoint': String(flags.stsRegionalEndpoint),
    'container-credentials-audience': containerCredentials.audience,
    'container-credentials-token-mount-path': containerCredentials.tokenMountPath,
    'container-credentials-token-volume-name': containerCredentials.tokenVolumeName,
    'container-credentials-token-path': containerCredentials.tokenPath,
    'container-credentials-full-uri': containerCredentials.fullUri,
  }
}

function composition({ composed }: FlagSettings): readonly string[] {
  if (composed === undefined) return []
  const { partition, awsAccountId } = composed
  return ['--compose-role-arn', `--aws-account-id=${awsAccountId}`, `--aws-partition=${partition}`]
}

function toConfig(mapping: Readonly<Record<string, MappingEntry>>, seed: number): string {
  return JSON.stringify(spelled(mapping, seed), undefined, seed % 3)
}

function toIdentities(identities: World['identities'], seed: number): string {
  // An empty file is as good as one that lists nobody.
  if (identities?.length === 0 && seed % 2 === 0) return ''
  return JSON.stringify(spelled({ identities }, seed), undefined, seed % 3)
}

/** Go reads names of fields in any case. */
function spelled(value: unknown, seed: number): unknown {
  const change = (key: string) => {
    // Keys of the mapping are no names of fields.
    if (key.includes('/')) return key
    return [key, key.toLowerCase(), key.toUpperCase()][seed % 3] ?? key
  }
  return JSON.parse(JSON.stringify(value), (_, part: unknown) => {
    const isObject = typeof part === 'object' && part !== null && !Array.isArray(part)
    if (!isObject) return part
    return Object.fromEntries(Object.entries(part).map(([key, field]) => [change(key), field]))
  }) as unknown
}
