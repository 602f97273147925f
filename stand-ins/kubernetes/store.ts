/**
 * The service accounts that the API double holds, with the resource versions and the history that a real API server
 * keeps in etcd. It knows nothing of HTTP.
 */

export interface StoredServiceAccount {
  readonly apiVersion: 'v1'
  readonly kind: 'ServiceAccount'
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly uid: string
    readonly resourceVersion: string
    readonly creationTimestamp: string
    readonly annotations?: Readonly<Record<string, string>>
    readonly labels?: Readonly<Record<string, string>>
  }
  readonly automountServiceAccountToken: boolean
}

export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly version: number
  readonly object: StoredServiceAccount
}

export interface NamedServiceAccount {
  readonly namespace: string
  readonly name: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly labels?: Readonly<Record<string, string>>
}

export interface Store {
  /** The resource version of the newest change. */
  version(): number
  /** In order of namespace and name, as an API server lists them. */
  list(): readonly StoredServiceAccount[]
  read(namespace: string, name: string): StoredServiceAccount | undefined
  /** Creates the service account, or replaces its annotations and labels. */
  readonly apply: (serviceAccount: NamedServiceAccount) => void
  readonly remove: (namespace: string, name: string) => void
  /** Changes after `version`; undefined when history no longer reaches back that far. */
  eventsSince(version: number): readonly StoreEvent[] | undefined
  /** Forgets the history, as compaction does: whoever is behind gets 410 Gone. */
  compact(): void
  /** A new resource version without a change here, as when objects of other kinds change. Returns it. */
  readonly advance: () => number
  /** Tells each later change; returns how to stop that. */
  subscribe(listener: (event: StoreEvent) => void): () => void
}

export function createStore(): Store {
  const objects = new Map<string, StoredServiceAccount>()
  const listeners = new Set<(event: StoreEvent) => void>()
  let events: StoreEvent[] = []
  /** Kept until the next change: one listing of a large cluster asks for it once a page. */
  let sorted: readonly StoredServiceAccount[] | undefined
  let version = 1000
  let compactedAt = version

  function record(type: StoreEvent['type'], object: StoredServiceAccount): void {
    const event: StoreEvent = { type, version, object }
    sorted = undefined
    events.push(event)
    for (const listener of listeners) listener(event)
  }

  return {
    version: () => version,
    list: () => {
      sorted ??= [...objects.entries()]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, object]) => object)
      return sorted
    },
    read: (namespace, name) => objects.get(`${namespace}/${name}`),
    apply: (serviceAccount) => {
      const key = `${serviceAccount.namespace}/${serviceAccount.name}`
      const held = objects.get(key)
      version += 1
      const object = toStored(serviceAccount, version)
      objects.set(key, object)
      record(held === undefined ? 'ADDED' : 'MODIFIED', object)
    },
    remove: (namespace, name) => {
      const key = `${namespace}/${name}`
      const held = objects.get(key)
      if (held === undefined) return
      version += 1
      objects.delete(key)
      // The last state with the version of its deletion, as watches of etcd report it.
      record('DELETED', {
        ...held,
        metadata: { ...held.metadata, resourceVersion: String(version) },
      })
    },
    eventsSince: (from) =>
      from < compactedAt ? undefined : events.filter((event) => event.version > from),
    compact: () => {
      // One more, so that also a watcher that has seen everything so far is behind.
      version += 1
      compactedAt = version
      events = []
    },
    advance: () => (version += 1),
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function toStored(serviceAccount: NamedServiceAccount, version: number): StoredServiceAccount {
  const { namespace, name, annotations, labels } = serviceAccount
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: {
      name,
      namespace,
      uid: `uid-of-${namespace}-${name}`,
      resourceVersion: String(version),
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...(annotations === undefined ? {} : { annotations }),
      ...(labels === undefined ? {} : { labels }),
    },
    automountServiceAccountToken: true,
  }
}
