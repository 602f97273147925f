/**
 * What each webhook serves, looked at through the API server as `kubectl port-forward` does, and verified as API
 * servers verify it: with the `caBundle` of the entries, for the name of the Service.
 */
import { PassThrough, Duplex } from 'node:stream'
import { connect, type TLSSocket } from 'node:tls'
import { PortForward } from '@kubernetes/client-node'
import { objectAt, textAt, type JsonObject } from '../../../webhook/core/formats/json.ts'
import { toSentence } from '../../../log/error-text.ts'
import { seenOr, type ListFacts, type ServedFacts } from '../../core/check/facts.ts'
import type { Installation } from '../../core/check/installation.ts'
import { eachAt, inside, nameOf, namespaceOf, numberAt } from '../../core/check/objects.ts'
import type { Cluster } from '../cluster.ts'

const WITHIN_MS = 10_000

/** Of each ready webhook, with each different caBundle. */
export async function readServed(
  { access }: Cluster,
  installation: Installation,
  lists: ListFacts,
): Promise<readonly ServedFacts[]> {
  const bundles = bundlesOf(installation, lists)
  const port = portOf(installation)
  const ready = seenOr(lists.webhookPods, []).filter(isReady)
  const forward = new PortForward(access.config)
  return Promise.all(
    ready.flatMap((pod) =>
      bundles.map((bundle) => look(forward, { installation, pod, port, bundle })),
    ),
  )
}

interface Looking {
  readonly installation: Installation
  readonly pod: JsonObject
  readonly port: number
  readonly bundle: string
}

async function look(
  forward: PortForward,
  { installation, pod, port, bundle }: Looking,
): Promise<ServedFacts> {
  const name = nameOf(pod)
  const facts = { pod: `${namespaceOf(pod)}/${name}` }
  const toPod = new PassThrough()
  const fromPod = new PassThrough()
  const socket = await forward.portForward(namespaceOf(pod), name, [port], fromPod, null, toPod)
  try {
    const served = await handshake(
      connect({
        socket: Duplex.from({ readable: fromPod, writable: toPod }),
        servername: `${installation.name}.${installation.namespace}.svc`,
        // An empty caBundle trusts nobody here; API servers would then trust what their system does.
        ca: bundle,
        // The certificate is looked at, whoever signed it; nothing is sent.
        rejectUnauthorized: false,
      }),
    )
    const problem = bundle === '' ? 'an entry has no caBundle' : served.problem
    return { ...facts, ...served, problem }
  } finally {
    if (typeof socket !== 'function') socket.close()
  }
}

function handshake(socket: TLSSocket): Promise<Omit<ServedFacts, 'pod'>> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.destroy()
      reject(new Error('the webhook does not answer at its port'))
    }, WITHIN_MS)
    const end = (finish: () => void) => {
      clearTimeout(timer)
      finish()
      socket.destroy()
    }
    socket.once('error', (error) => end(() => reject(error)))
    socket.once('secureConnect', () =>
      end(() => {
        const { authorizationError: why } = socket as { readonly authorizationError?: unknown }
        resolve({
          problem: socket.authorized ? null : toSentence(why ?? 'it is not trusted'),
          endsAtMs: Date.parse(socket.getPeerCertificate().valid_to),
        })
      }),
    )
  })
}

/** Each once: nearly always all entries have the same. */
function bundlesOf(
  { namespace, name }: Installation,
  { mutatingConfigurations, validatingConfigurations }: ListFacts,
): readonly string[] {
  const bundles = [mutatingConfigurations, validatingConfigurations]
    .flatMap((objects) => seenOr(objects, []))
    .flatMap((configuration) => eachAt(configuration, 'webhooks'))
    .map((entry) => objectAt(entry, 'clientConfig'))
    .filter((client) => {
      const service = objectAt(client, 'service')
      return service['name'] === name && service['namespace'] === namespace
    })
    .map((client) => Buffer.from(textAt(client, 'caBundle'), 'base64').toString('utf8'))
  return [...new Set(bundles)]
}

function portOf({ deployment }: Installation): number {
  const ports = eachAt(inside(deployment, 'spec', 'template', 'spec'), 'containers').flatMap(
    (container) => eachAt(container, 'ports'),
  )
  const found = ports.find((port) => textAt(port, 'name') === 'webhook')
  return numberAt(found ?? {}, 'containerPort', 8443)
}

function isReady(pod: JsonObject): boolean {
  return eachAt(inside(pod, 'status'), 'conditions').some(
    (condition) => textAt(condition, 'type') === 'Ready' && textAt(condition, 'status') === 'True',
  )
}
