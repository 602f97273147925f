/** What an API server has filled into an object that its manifest does not say. */

/** Paths that only the cluster can fill in, with `*` for the place in a list. */
const BY_NATURE = [
  /^metadata\.(uid|resourceVersion|generation|creationTimestamp|managedFields|selfLink)$/,
  /^metadata\.annotations(\.(meta\.helm\.sh\/.*|deployment\.kubernetes\.io\/revision))?$/,
  /^metadata\.namespace$/,
  /^status$/,
  // Addresses, and families that follow from the cluster's network.
  /^spec\.(clusterIP|clusterIPs|ipFamilies|ipFamilyPolicy)$/,
  // The old name of serviceAccountName.
  /^spec\.template\.spec\.serviceAccount$/,
  /^spec\.template\.metadata\.creationTimestamp$/,
  // When somebody restarted it.
  /^spec\.template\.metadata\.annotations(\.kubectl\.kubernetes\.io\/restartedAt)?$/,
  // The webhook's own work.
  /^webhooks\.\*\.clientConfig\.caBundle$/,
  /^data$/,
] as const

/** Paths of what `live` has and `manifest` has not, but for what only a cluster can know. */
export function findFilledIn(manifest: unknown, live: unknown, path = ''): readonly string[] {
  if (BY_NATURE.some((pattern) => pattern.test(path))) return []
  if (manifest === undefined) return [path]
  if (Array.isArray(live)) {
    const written: readonly unknown[] = Array.isArray(manifest) ? manifest : []
    return live.flatMap((item, index) => findFilledIn(written[index], item, `${path}.*`))
  }
  if (!isObject(live) || !isObject(manifest)) return []
  return Object.entries(live).flatMap(([key, value]) =>
    findFilledIn(manifest[key], value, path === '' ? key : `${path}.${key}`),
  )
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
