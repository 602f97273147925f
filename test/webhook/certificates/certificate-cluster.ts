/**
 * Replicas on a cluster in memory, for the laws of certificates. Every request and every wait stops until the test lets
 * it go on, in whatever order it likes; in between, anything may happen.
 */
import { setImmediate as drain } from 'node:timers/promises'
import { canVerify } from '../../../webhook/certificates/steps.ts'
import type { Bundle, Entry, Held, Pair } from '../../../webhook/certificates/steps.ts'
import type { CertificateObjects, Seen } from '../../../webhook/certificates/objects.ts'
import { startCertificates } from '../../../webhook/certificates/shared-certificate.ts'
import { ApiError } from '../../../webhook/kubernetes/kubernetes-api.ts'

export const dnsName = 'webhook.rolechain.svc'
const lifeMs = 1000
const renewBeforeMs = 600

interface Replica {
  readonly stopping: AbortController
  serving: Pair | undefined
}

interface Versioned<Value> {
  readonly version: number
  readonly value: Value
}

const nothing: Held = { current: undefined, next: undefined }

export function createCluster(entryNames: readonly string[]) {
  const waiting: (() => void)[] = []
  const replicas: Replica[] = []
  const older: Held[] = []
  let nowMs = 0
  let made = 0
  let secret: Versioned<Held> = { version: 0, value: nothing }
  let configuration: Versioned<readonly Entry[]> = {
    version: 0,
    value: entryNames.map((name) => ({
      configuration: 'ours',
      name,
      authorities: [],
      isDamaged: false,
    })),
  }

  function turn(): Promise<void> {
    return new Promise((resolve) => waiting.push(resolve))
  }

  function setSecret(value: Held): void {
    secret = { version: secret.version + 1, value }
    older.push(value)
  }

  const objects: CertificateObjects = {
    read: async () => {
      await turn()
      const seenConfiguration = configuration
      await turn()
      const seen: Seen = {
        held: secret.value,
        entries: seenConfiguration.value,
        secret: { data: { version: String(secret.version) } },
        versions: new Map([['ours', String(seenConfiguration.version)]]),
      }
      await turn()
      return seen
    },
    store: async (seen, held) => {
      await turn()
      if (seen.secret?.data?.['version'] !== String(secret.version)) throw new ApiError(409, '')
      setSecret(held)
      await turn()
    },
    trust: async (seen, bundles) => {
      await turn()
      if (seen.versions.get('ours') !== String(configuration.version)) throw new ApiError(409, '')
      const value = configuration.value.map((entry) => withBundle(entry, bundles))
      configuration = { version: configuration.version + 1, value }
      await turn()
    },
  }

  async function makePair(): Promise<Pair> {
    await turn()
    made += 1
    const expiresAtMs = nowMs + lifeMs
    return {
      certificate: `leaf ${made}`,
      key: '',
      authority: `authority ${made} until ${expiresAtMs}`,
      expiresAtMs,
      dnsNames: [dnsName],
    }
  }

  return {
    start: (): void => {
      const replica: Replica = { stopping: new AbortController(), serving: undefined }
      replicas.push(replica)
      const certificates = startCertificates({
        objects,
        makePair,
        dnsName,
        renewBeforeMs,
        everyMs: 10,
        nowMs: () => nowMs,
        pause: async (milliseconds) => {
          await turn()
          nowMs += milliseconds > 10 ? 0 : milliseconds
        },
        stopping: replica.stopping.signal,
        log: () => undefined,
        onFailure: () => undefined,
      })
      certificates.follow((pair) => {
        replica.serving = pair
      })
    },
    /** Ends the replica; what it has sent may still arrive. */
    stop: (index: number): void => {
      const [replica] = replicas.splice(index % replicas.length, 1)
      replica?.stopping.abort()
    },
    /** Lets one of those that wait go on. */
    release: async (index: number): Promise<void> => {
      await drain()
      waiting.splice(index % waiting.length, 1)[0]?.()
      await drain()
    },
    loseSecret: () => setSecret(nothing),
    /** As a restored backup would. */
    restoreSecret: (index: number) => setSecret(older[index % older.length] ?? nothing),
    emptyBundle: (index: number): void => {
      const hit = index % entryNames.length
      const value = configuration.value.map((entry, at) =>
        at === hit ? { ...entry, authorities: [] } : entry,
      )
      configuration = { version: configuration.version + 1, value }
    },
    /** Pairs that are served, valid, and not verified by some caBundle. */
    findUnverified: (): readonly string[] =>
      replicas.flatMap(({ serving }) =>
        serving !== undefined &&
        serving.expiresAtMs > nowMs &&
        !canVerify(configuration.value, serving)
          ? [serving.certificate]
          : [],
      ),
    served: () => replicas.map(({ serving }) => serving?.certificate),
    held: () => secret.value,
    entries: () => configuration.value,
    made: () => made,
    nowMs: () => nowMs,
    /** Ends all replicas. */
    end: async (): Promise<void> => {
      for (const { stopping } of replicas) stopping.abort()
      while (waiting.length > 0) {
        for (const resolve of waiting.splice(0)) resolve()
        await drain()
      }
    },
  }
}

function withBundle(entry: Entry, bundles: readonly Bundle[]): Entry {
  const bundle = bundles.find(({ name }) => name === entry.name)
  if (bundle === undefined) return entry
  const authorities = bundle.certificates.map((certificate) => ({
    certificate,
    expiresAtMs: Number(certificate.split(' ').at(-1)),
  }))
  return { ...entry, authorities, isDamaged: false }
}
