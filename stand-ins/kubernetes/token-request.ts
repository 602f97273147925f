/**
 * TokenRequest: tokens of the service accounts that there are, for ten minutes at least. Source: Kubernetes API,
 * "TokenRequest"; `MinTokenAgeSec` and the sentence of its refusal in kubernetes/kubernetes, pkg/apis/authentication.
 */
import type { Answer, ClusterObject } from './cluster-object.ts'
import { failureStatus } from './wire.ts'

/** Whose token is asked for, and for how long. */
export interface AskedToken {
  readonly namespace: string
  readonly serviceAccount: string
  readonly expirationSeconds: number
}

export interface TokenParts {
  readonly objects: readonly ClusterObject[]
  /** Signs a token; without audiences it has those of the API server. */
  readonly signToken: (audiences: readonly string[], asked: AskedToken) => Promise<string>
}

const SHORTEST_SECONDS = 600

const PATH = /namespaces\/(?<namespace>[^/]+)\/serviceaccounts\/(?<name>[^/]+)\/token$/

function isThere(objects: readonly ClusterObject[], namespace: string, name: string): boolean {
  // A controller makes one of that name in every namespace.
  if (name === 'default') return true
  return objects.some(
    ({ kind, metadata }) =>
      kind === 'ServiceAccount' && metadata.namespace === namespace && metadata.name === name,
  )
}

/** Gives a token, or refuses as the API server does. */
export async function answerTokenRequest(
  body: object & { readonly spec: Readonly<Record<string, unknown>> },
  { pathname }: URL,
  { objects, signToken }: TokenParts,
): Promise<Answer> {
  const { namespace = '', name = '' } = PATH.exec(pathname)?.groups ?? {}
  const { audiences = [], expirationSeconds: seconds = 3600 } = body.spec
  const expirationSeconds = Number(seconds)
  if (!isThere(objects, namespace, name))
    return [404, failureStatus(404, 'NotFound', `serviceaccounts "${name}" not found`)]
  if (expirationSeconds < SHORTEST_SECONDS) {
    const message = `TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: ${expirationSeconds}: may not specify a duration less than 10 minutes`
    return [422, failureStatus(422, 'Invalid', message)]
  }
  const asked = { namespace, serviceAccount: name, expirationSeconds }
  const token = await signToken(audiences as readonly string[], asked)
  return [201, { ...body, status: { token } }]
}
