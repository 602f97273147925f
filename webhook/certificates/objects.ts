/**
 * What the cluster holds of the webhook's certificates: the Secret with the pairs, and the caBundles of our webhook
 * configurations. Every write names the resource version that it was decided on, so that the API server refuses it
 * (409) when somebody was faster.
 */
import type { Bundle, Entry, Held, Pair } from './steps.ts'
import { ApiError } from '../kubernetes/kubernetes-api.ts'
import type { KubernetesApi } from '../kubernetes/kubernetes-api.ts'
import { readBundle, readPair } from './x509.ts'

export interface CertificateNames {
  readonly namespace: string
  readonly secret: string
  /** Of the mutating and the validating webhook configuration. */
  readonly configuration: string
  /** Service, in the same namespace: which of their webhooks are ours. */
  readonly service: string
}

/** What one look at the cluster found. */
export interface Seen {
  readonly held: Held
  readonly entries: readonly Entry[]
  /** Undefined when there is no Secret. */
  readonly secret: SecretObject | undefined
  /** Resource versions of the configurations by their paths. */
  readonly versions: ReadonlyMap<string, string>
}

export interface SecretObject {
  readonly data?: Readonly<Record<string, string>> | null
}

/** All of these throw what the API does. */
export interface CertificateObjects {
  readonly read: () => Promise<Seen>
  readonly store: (seen: Seen, held: Held) => Promise<void>
  readonly trust: (seen: Seen, bundles: readonly Bundle[]) => Promise<void>
}

interface ConfigurationObject {
  readonly metadata: { readonly resourceVersion: string }
  readonly webhooks?: readonly {
    readonly name: string
    readonly clientConfig: {
      readonly caBundle?: string | null
      readonly service?: { readonly namespace: string; readonly name: string } | null
    }
  }[]
}

/** Keys of the Secret; those of the current pair are where other tools look for a certificate. */
const currentKeys = { certificate: 'tls.crt', key: 'tls.key', authority: 'ca.crt' }
const nextKeys = { certificate: 'next.tls.crt', key: 'next.tls.key', authority: 'next.ca.crt' }

const requestTimeoutMs = 10_000

export function createCertificateObjects(
  api: KubernetesApi,
  names: CertificateNames,
  stopping: AbortSignal,
): CertificateObjects {
  const secretsPath = `/api/v1/namespaces/${names.namespace}/secrets`
  const secretPath = `${secretsPath}/${names.secret}`
  const configurationPaths = ['mutating', 'validating'].map(
    (kind) =>
      `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations/${names.configuration}`,
  )

  function options() {
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(requestTimeoutMs)])
    return { accept: 'application/json', signal }
  }

  async function readObject(path: string): Promise<unknown> {
    try {
      return await api.read({ path, ...options() })
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined
      throw error
    }
  }

  return {
    read: async () => {
      // The configurations first: so what is known of the Secret is never older than what is known of a caBundle.
      const configurations: { path: string; object: ConfigurationObject | undefined }[] = []
      for (const path of configurationPaths) {
        const object = (await readObject(path)) as ConfigurationObject | undefined
        configurations.push({ path, object })
      }
      const secret = (await readObject(secretPath)) as SecretObject | undefined
      return {
        secret,
        held: { current: readHeld(secret, currentKeys), next: readHeld(secret, nextKeys) },
        entries: configurations.flatMap(({ path, object }) => readEntries(path, object, names)),
        versions: new Map(
          configurations.flatMap(({ path, object }) =>
            object === undefined ? [] : [[path, object.metadata.resourceVersion]],
          ),
        ),
      }
    },
    store: ({ secret }, { current, next }) => {
      const ours = new Set([...Object.values(currentKeys), ...Object.values(nextKeys)])
      const others = Object.entries(secret?.data ?? {}).filter(([key]) => !ours.has(key))
      const data = {
        ...Object.fromEntries(others),
        ...toData(current, currentKeys),
        ...toData(next, nextKeys),
      }
      const content = { contentType: 'application/json', ...options() }
      if (secret !== undefined) {
        return api.write({ method: 'PUT', path: secretPath, body: { ...secret, data }, ...content })
      }
      const metadata = { namespace: names.namespace, name: names.secret }
      // Opaque, as the chart makes it: the type of a Secret can never be changed.
      const body = { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data }
      return api.write({ method: 'POST', path: secretsPath, body, ...content })
    },
    trust: async ({ versions }, bundles) => {
      for (const [path, webhooks] of Map.groupBy(bundles, ({ configuration }) => configuration)) {
        await api.write({
          method: 'PATCH',
          path,
          // Merges webhooks by their names, and touches nothing but their caBundles.
          contentType: 'application/strategic-merge-patch+json',
          body: {
            metadata: { resourceVersion: versions.get(path) },
            webhooks: webhooks.map(({ name, certificates }) => ({
              name,
              clientConfig: { caBundle: toBase64(certificates.join('')) },
            })),
          },
          ...options(),
        })
      }
    },
  }
}

/**
 * Webhooks that others serve are not ours to touch: on EKS, where a configuration of this name is EKS's own, that would
 * end all IRSA.
 */
function readEntries(
  path: string,
  object: ConfigurationObject | undefined,
  names: CertificateNames,
): Entry[] {
  return (object?.webhooks ?? [])
    .filter(
      ({ clientConfig: { service } }) =>
        service?.namespace === names.namespace && service.name === names.service,
    )
    .map(({ name, clientConfig }) => ({
      configuration: path,
      name,
      ...readBundle(clientConfig.caBundle ?? ''),
    }))
}

function readHeld(secret: SecretObject | undefined, keys: typeof currentKeys): Pair | undefined {
  const text = (key: string) => Buffer.from(secret?.data?.[key] ?? '', 'base64').toString('utf8')
  return readPair({
    certificate: text(keys.certificate),
    key: text(keys.key),
    authority: text(keys.authority),
  })
}

function toData(pair: Pair | undefined, keys: typeof currentKeys): Record<string, string> {
  if (pair === undefined) return {}
  return {
    [keys.certificate]: toBase64(pair.certificate),
    [keys.key]: toBase64(pair.key),
    [keys.authority]: toBase64(pair.authority),
  }
}

function toBase64(text: string): string {
  return Buffer.from(text).toString('base64')
}
