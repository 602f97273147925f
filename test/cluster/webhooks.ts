/** A look at the installed webhooks: their pods, their Secret, and what API servers trust. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { run } from './command.ts'
import { CONFIGURATION, NAMESPACE } from './installation.ts'
import { until } from './suite.ts'

const here = ['--namespace', NAMESPACE]

/** Where the chart keeps the certificate in the mode `self`. */
export const SECRET = 'rolechain-certificate'

interface WebhookPod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string }
  readonly status: { readonly containerStatuses?: readonly { readonly restartCount: number }[] }
}

/** One object or a list, by the parameters of `kubectl get`. */
export async function readJson<Read>(...parameters: string[]): Promise<Read> {
  return JSON.parse(await run(['kubectl', 'get', ...parameters, '--output=json'])) as Read
}

/** The pods of the webhook, without those that are ending. */
export async function readWebhooks(): Promise<readonly WebhookPod[]> {
  const { items } = await readJson<{ items: readonly WebhookPod[] }>(
    'pods',
    '--selector=app.kubernetes.io/component=webhook',
    ...here,
  )
  return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
}

/** When the certificate ends that each webhook serves, in milliseconds since 1970, as its metrics say. */
export async function readExpiries(): Promise<readonly number[]> {
  const pods = await readWebhooks()
  return Promise.all(
    pods.map(async ({ metadata: { name } }) => {
      const path = `/api/v1/namespaces/${NAMESPACE}/pods/http:${name}:9999/proxy/metrics`
      const metrics = await run(['kubectl', 'get', '--raw', path])
      const seconds = /^rolechain_webhook_certificate_expiry_timestamp_seconds (\S+)$/m.exec(
        metrics,
      )?.[1]
      return Number(seconds) * 1000
    }),
  )
}

/** What a Secret of the webhook's namespace holds, decoded. */
export async function readSecret(name: string): Promise<Readonly<Record<string, string>>> {
  const { data = {} } = await readJson<{ data?: Record<string, string> }>('secret', name, ...here)
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  )
}

/** Makes a Secret, or replaces what is in it; keys that are not named stay. */
export async function writeSecret(
  name: string,
  stringData: Readonly<Record<string, string>>,
): Promise<void> {
  const metadata = { name, namespace: NAMESPACE }
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata, stringData })
  await run(['kubectl', 'apply', '--server-side', '--force-conflicts', '-f', '-'], { input })
}

export const CONFIGURATION_KINDS = [
  'mutatingwebhookconfiguration',
  'validatingwebhookconfiguration',
] as const

/** The caBundle of every entry of both webhook configurations, as PEM. */
export async function readBundles(): Promise<readonly string[]> {
  const configurations = await Promise.all(
    CONFIGURATION_KINDS.map((kind) =>
      readJson<{ webhooks: readonly { clientConfig: { caBundle?: string } }[] }>(
        kind,
        CONFIGURATION,
      ),
    ),
  )
  return configurations.flatMap(({ webhooks }) =>
    webhooks.map(({ clientConfig }) =>
      Buffer.from(clientConfig.caBundle ?? '', 'base64').toString(),
    ),
  )
}

/** When a PEM certificate ends, in milliseconds since 1970. */
export function expiryOf(certificate: string | undefined): number {
  return new X509Certificate(certificate ?? '').validToDate.getTime()
}

/** Whether every entry trusts exactly what it needs to. */
export async function trustsEverywhere(authority: string | undefined): Promise<true | undefined> {
  const bundles = await readBundles()
  return bundles.every((bundle) => bundle.includes(authority ?? 'none')) ? true : undefined
}

/** Whether both webhooks serve the certificate that ends then. */
export async function areServed(expiresAtMs: number): Promise<true | undefined> {
  const expiries = await readExpiries()
  const isServed = expiries.length === 2 && expiries.every((time) => time === expiresAtMs)
  return isServed ? true : undefined
}

/**
 * Waits until both webhooks serve the certificate of a Secret that has changed, and fails when one was restarted for
 * it.
 */
export async function takesUp(expiresAtMs: number): Promise<void> {
  // The kubelet looks at a pod's Secrets when the pod changes, and else about once a minute.
  const pods = (await readWebhooks()).map(({ metadata }) => metadata.name)
  const annotation = `suite=${String(expiresAtMs)}`
  await run(['kubectl', 'annotate', 'pods', ...pods, '--overwrite', annotation, ...here])
  await until('both webhooks with it', () => areServed(expiresAtMs))
  for (const { status } of await readWebhooks())
    assert.deepEqual(
      status.containerStatuses?.map(({ restartCount }) => restartCount),
      [0],
    )
}
