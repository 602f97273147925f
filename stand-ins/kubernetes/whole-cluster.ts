/**
 * A whole cluster behind the API double, as programs of people see it: objects of all kinds in lists with selectors and
 * pages, tokens, access reviews, dry runs that go through its webhook configurations, and port-forward.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import type { Duplex } from 'node:stream'
import { isSelected, toPage } from './pages.ts'
import { joinWithPort } from './port-forward.ts'
import type { Answer, ClusterObject } from './cluster-object.ts'
import { mayDo, type Asked } from './rbac.ts'
import { answerTokenRequest, type TokenParts } from './token-request.ts'
import { failureStatus } from './wire.ts'

/** What a webhook said of an object. */
export interface Judged {
  /** Undefined where it is let in. */
  readonly refusal?: string
  readonly warnings: readonly string[]
  readonly object: object
}

export interface WholeClusterParts extends TokenParts {
  /** What the sidecar of a pod has written; nothing unless told. */
  readonly logOf?: (pod: string) => string
  /** What it says of its issuer; nothing unless told. */
  readonly discovery?: object
  /** What stands behind the Service of the webhook; throws where nothing answers. */
  readonly judge: (path: string, object: ClusterObject, namespace: string) => Judged
  /** PEM of who signed what it serves. */
  readonly servedAuthority: string
  /** Whether whoever asks is refused at this path; nobody is unless told. */
  readonly isForbidden?: (path: string) => boolean
  /** Where it serves, on the loopback. */
  readonly servedPort: number
}

/** A part of the API double that answers some paths. */
export interface ApiPart {
  owns(url: URL): boolean
  answer(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void>
  upgrade(request: IncomingMessage, socket: Duplex): void
}

const PATH =
  /^\/(?:api\/(?<core>v1)|apis\/(?<group>[^/]+)\/(?<version>[^/]+))(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<plural>[a-z]+)(?:\/(?<name>[^/]+))?(?:\/(?<sub>[a-z]+))?$/

const DISCOVERY_PATH = '/.well-known/openid-configuration'

/** `parts` is read anew for each request, so that tests change it as they go. */
export function createWholeCluster(parts: WholeClusterParts): ApiPart {
  async function answerPost(request: IncomingMessage, url: URL): Promise<Answer> {
    const body = (await json(request)) as ClusterObject & { spec: Record<string, unknown> }
    if (url.pathname.endsWith('/token')) return answerTokenRequest(body, url, parts)
    if (body.kind === 'SelfSubjectAccessReview')
      return [201, { ...body, status: { allowed: true } }]
    if (body.kind === 'SubjectAccessReview') {
      return [201, { ...body, status: { allowed: mayDo(toAsked(body.spec), parts.objects) } }]
    }
    return dryRun(body, PATH.exec(url.pathname)?.groups?.['namespace'] ?? '')
  }

  function dryRun(object: ClusterObject, namespace: string): Answer {
    let held: ClusterObject = object
    const warnings: string[] = []
    for (const { name, failurePolicy, clientConfig } of entriesFor(
      object,
      namespace,
      parts.objects,
    )) {
      const service = clientConfig.service
      if (service === undefined) continue
      try {
        trust(clientConfig.caBundle ?? '', parts.servedAuthority)
        const judged = parts.judge(service.path, held, namespace)
        warnings.push(...judged.warnings)
        if (judged.refusal !== undefined) {
          const message = `admission webhook "${name}" denied the request: ${judged.refusal}`
          return [403, failureStatus(403, 'Forbidden', message)]
        }
        held = judged.object as ClusterObject
      } catch (error) {
        if (failurePolicy === 'Ignore') continue
        const url = `https://${service.name}.${service.namespace}.svc:443${service.path}?timeout=5s`
        const message = `Internal error occurred: failed calling webhook "${name}": failed to call webhook: Post "${url}": ${(error as Error).message}`
        return [500, failureStatus(500, 'InternalError', message)]
      }
    }
    const header = [...new Set(warnings)].map((text) => `299 - ${JSON.stringify(text)}`)
    return [201, held, header.length === 0 ? {} : { warning: header }]
  }

  /** What is no object: what it says of its issuer, and logs. */
  function answerOther(path: string): Answer | undefined {
    if (path === DISCOVERY_PATH && parts.discovery) return [200, parts.discovery]
    const { name = '', sub } = PATH.exec(path)?.groups ?? {}
    if (sub === undefined) return undefined
    return sub === 'log' && parts.logOf
      ? [200, parts.logOf(name)]
      : [404, failureStatus(404, 'NotFound', `there is no ${sub}`)]
  }

  function answerObjects(url: URL): Answer {
    const { group = '', namespace, plural = '', name } = PATH.exec(url.pathname)?.groups ?? {}
    const here = parts.objects.filter(
      (object) =>
        pluralOf(object.kind) === plural &&
        groupOf(object) === group &&
        (namespace === undefined || object.metadata.namespace === namespace),
    )
    if (name !== undefined) {
      const found = here.find(({ metadata }) => metadata.name === name)
      return found === undefined
        ? [404, failureStatus(404, 'NotFound', `${plural} "${name}" not found`)]
        : [200, found]
    }
    return [200, toPage(here.filter(isSelected(url)), url)]
  }

  return {
    owns: ({ pathname }) =>
      PATH.test(pathname) || (pathname === DISCOVERY_PATH && parts.discovery !== undefined),
    answer: async (request, response, url) => {
      const isForbidden = parts.isForbidden?.(url.pathname) ?? false
      const [status, body, headers = {}]: Answer = isForbidden
        ? [
            403,
            failureStatus(403, 'Forbidden', `User "developer" cannot do that at ${url.pathname}`),
          ]
        : request.method === 'GET'
          ? (answerOther(url.pathname) ?? answerObjects(url))
          : await answerPost(request, url)
      for (const [name, values] of Object.entries(headers)) response.setHeader(name, values)
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(typeof body === 'string' ? body : JSON.stringify(body))
    },
    upgrade: (request, socket) => joinWithPort(request, socket, parts.servedPort),
  }
}

function toAsked(spec: Readonly<Record<string, unknown>>): Asked {
  const attributes = (spec['resourceAttributes'] ?? spec['nonResourceAttributes']) as Readonly<
    Record<string, string>
  >
  const { verb = '', group = '', name = '', namespace = '', resource, path = '' } = attributes
  return { user: String(spec['user']), verb, group, resource: resource ?? path, name, namespace }
}

interface Entry {
  readonly name: string
  readonly failurePolicy: string
  readonly clientConfig: {
    readonly caBundle?: string
    readonly service?: { readonly name: string; readonly namespace: string; readonly path: string }
  }
}

/** Those of the chart, by what their match conditions say; the entries of others are for nobody here. */
function entriesFor(
  object: ClusterObject,
  namespace: string,
  objects: readonly ClusterObject[],
): readonly Entry[] {
  const { annotations = {} } = object.metadata
  const labels = objects.find(
    ({ kind, metadata }) => kind === 'Namespace' && metadata.name === namespace,
  )?.metadata.labels
  const isPod = object.kind === 'Pod'
  const matches: Readonly<Record<string, boolean>> = {
    'chain.rolechain.io':
      isPod && Object.keys(annotations).some((key) => key.startsWith('rolechain.io/target')),
    'enforce.rolechain.io': isPod && labels?.['rolechain.io/enforce'] === 'true',
    'rest.rolechain.io': isPod,
    'templates.rolechain.io': !isPod,
  }
  return objects
    .filter(({ kind }) => /^(Mutating|Validating)WebhookConfiguration$/.test(kind))
    .toSorted((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1))
    .flatMap(({ webhooks }) => webhooks as readonly Entry[])
    .filter(({ name }) => matches[name] === true)
}

function trust(caBundle: string, authority: string): void {
  const trusted = Buffer.from(caBundle, 'base64').toString('utf8')
  if (!trusted.includes(authority.trim())) {
    throw new Error(
      'tls: failed to verify certificate: x509: certificate signed by unknown authority',
    )
  }
}

function groupOf({ apiVersion }: ClusterObject): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''
}

function pluralOf(kind: string): string {
  const word = kind.toLowerCase()
  return word.endsWith('y') ? `${word.slice(0, -1)}ies` : `${word}s`
}
