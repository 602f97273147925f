/**
 * A mutating webhook of somebody else, on this machine, for the pods of one namespace. Its name decides whether the API
 * server calls it before or after ours.
 */
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { z } from 'zod'
import { makePair } from '../../webhook/certificates/x509.ts'
import { run } from './command.ts'
import { applied, HOST_IP, until, type Place } from './suite.ts'

/** A pod as far as other webhooks look at it. */
export const podSchema = z.looseObject({
  metadata: z.looseObject({
    name: z.string().optional(),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.looseObject({
    serviceAccountName: z.string().optional(),
    initContainers: z.array(z.looseObject({ name: z.string() })).default([]),
    containers: z.array(z.looseObject({ name: z.string() })),
    volumes: z.array(z.looseObject({ name: z.string() })).default([]),
  }),
})
export type ReviewedPod = z.infer<typeof podSchema>

export interface OtherWebhook {
  /** Of its configuration: API servers call them in the order of their names. */
  readonly name: string
  readonly objectSelector?: object
  /** Gives JSON Patch operations. */
  readonly mutate: (pod: ReviewedPod) => readonly object[]
}

const reviewSchema = z.looseObject({
  request: z.looseObject({ uid: z.string(), object: podSchema }),
})

/** A running one; `reviewed` has the names of the pods that it was asked about, again where it was asked again. */
export interface RunningWebhook {
  readonly reviewed: readonly string[]
}

function toAnswer(uid: string, patch: readonly object[]): string {
  const response = {
    uid,
    allowed: true,
    ...(patch.length > 0 && {
      patchType: 'JSONPatch',
      patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
    }),
  }
  return JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response })
}

async function listen(
  webhook: OtherWebhook,
  pair: { readonly certificate: string; readonly key: string },
  reviewed: string[],
) {
  const server = createServer({ cert: pair.certificate, key: pair.key }, (request, response) => {
    json(request)
      .then((body) => {
        const { uid, object } = reviewSchema.parse(body).request
        reviewed.push(object.metadata.name ?? '')
        response.setHeader('content-type', 'application/json')
        response.end(toAnswer(uid, webhook.mutate(object)))
      })
      .catch((error: unknown) => response.writeHead(500).end(String(error)))
  })
  server.listen(0, HOST_IP)
  await once(server, 'listening')
  return server
}

/** A Service that leads to this machine, so that the webhook is called as all others are. */
function toService(place: Place, port: number) {
  const ports = [{ name: 'webhook', port, protocol: 'TCP' }]
  const metadata = { name: 'other', namespace: place.namespace }
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { ports: [{ name: 'webhook', port: 443, targetPort: port }] },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'other' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: [HOST_IP], conditions: { ready: true } }],
      ports,
    },
  ]
}

function toConfiguration({ name, objectSelector = {} }: OtherWebhook, place: Place, ca: string) {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name },
    webhooks: [
      {
        name: `${name}.example.com`,
        clientConfig: {
          service: { name: 'other', namespace: place.namespace, path: '/mutate' },
          caBundle: Buffer.from(ca).toString('base64'),
        },
        rules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
        ],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': place.namespace } },
        objectSelector,
        failurePolicy: 'Ignore',
        reinvocationPolicy: 'IfNeeded',
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
      },
    ],
  }
}

/** Runs `scenario` with the webhook in place, once the API server calls it. */
export async function withWebhook(
  place: Place,
  webhook: OtherWebhook,
  scenario: (running: RunningWebhook) => Promise<void>,
): Promise<void> {
  const { certificate, key, authority } = await makePair({
    dnsName: `other.${place.namespace}.svc`,
    nowMs: Date.now(),
    lifeMs: 3_600_000,
  })
  const reviewed: string[] = []
  const server = await listen(webhook, { certificate, key }, reviewed)
  try {
    const { port } = server.address() as AddressInfo
    await applied(place, ...toService(place, port), toConfiguration(webhook, place, authority))
    await until('the API server to call the other webhook', async () => {
      await place.attempt('run', 'first', '--image=none', '--dry-run=server')
      return reviewed.length > 0 ? true : undefined
    })
    await scenario({ reviewed })
  } finally {
    await run(['kubectl', 'delete', 'mutatingwebhookconfiguration', webhook.name])
    server.close()
    server.closeAllConnections()
  }
}
