/**
 * How the webhook reaches the API server by what the cluster gives to pods. Credentials are read anew for each request,
 * since the kubelet rotates tokens. The other way is in `kubeconfig.ts`.
 */
import { readFile } from 'node:fs/promises'
import type { OutgoingHttpHeaders } from 'node:http'
import type { RequestOptions } from 'node:https'
import { API_TOKEN_FOLDER } from '../core/vocabulary/names.ts'

export interface AccessOptions extends Omit<RequestOptions, 'headers'> {
  headers?: OutgoingHttpHeaders
}

export interface ClusterAccess {
  /** URL without a slash at the end. */
  readonly server: string
  /** Trust and credentials for one request. */
  readonly readOptions: () => Promise<AccessOptions>
}

export interface PodEnvironment {
  readonly host: string | undefined
  readonly port: string | undefined
  /** {@link API_TOKEN_FOLDER}, elsewhere in tests. */
  readonly folder?: string
}

/** Access of a pod by its service account; throws where this is no pod. */
export function accessFromPod(environment: PodEnvironment): ClusterAccess {
  const { host, port, folder = API_TOKEN_FOLDER } = environment
  if (host === undefined || port === undefined) {
    throw new Error(
      'This is no pod of a cluster (KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set): give a kubeconfig with --kubeconfig.',
    )
  }
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    readOptions: async () => {
      const [token, ca] = await Promise.all([
        readFile(`${folder}/token`, 'utf8'),
        readFile(`${folder}/ca.crt`, 'utf8'),
      ])
      return { ca, headers: { authorization: `Bearer ${token.trim()}` } }
    },
  }
}
