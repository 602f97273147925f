/** Tokens of service accounts, by TokenRequest: as short-lived as Kubernetes makes them, and bound to no pod. */
import { decodeJwt } from 'jose'
import { isObject, objectAt, textAt } from '../../webhook/core/formats/json.ts'
import { RefusedError, type Cluster } from './cluster.ts'

/** "may not specify a duration less than 10 minutes". */
const TOKEN_SECONDS = 600

/** Whose token it is. */
export interface NamedAccount {
  readonly namespace: string
  readonly name: string
}

/** A token; without audiences it has those of the API server. Whoever asks has to keep it to themselves. */
export async function requestToken(
  cluster: Cluster,
  { namespace, name }: NamedAccount,
  audiences: readonly string[],
): Promise<string> {
  const [space, account] = [namespace, name].map(encodeURIComponent)
  const answer = await cluster.ask({
    method: 'POST',
    path: `/api/v1/namespaces/${space}/serviceaccounts/${account}/token`,
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences, expirationSeconds: TOKEN_SECONDS },
    },
  })
  if (answer.status >= 400) throw new RefusedError(answer)
  return textAt(objectAt(isObject(answer.body) ? answer.body : {}, 'status'), 'token')
}

/** Who issued a token, by itself; empty where it does not say. */
export function issuerOf(token: string): string {
  return decodeJwt(token).iss ?? ''
}
