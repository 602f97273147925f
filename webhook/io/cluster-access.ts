/**
 * How the webhook reaches the API server: by what the cluster gives to pods, or by a kubeconfig. Credentials are read anew for each
 * request, since the kubelet rotates tokens.
 */
import { readFile } from 'node:fs/promises'
import type { OutgoingHttpHeaders } from 'node:http'
import type { RequestOptions } from 'node:https'

export interface AccessOptions extends Omit<RequestOptions, 'headers'> {
  headers?: OutgoingHttpHeaders
}

export interface ClusterAccess {
  /** URL without a slash at the end. */
  readonly server: string
  /** Trust and credentials for one request. */
  readonly readOptions: () => Promise<AccessOptions>
}

/** Where the kubelet mounts the token and the certificate authority. */
const podFolder = '/var/run/secrets/kubernetes.io/serviceaccount'

export interface PodEnvironment {
  readonly host: string | undefined
  readonly port: string | undefined
  /** {@link podFolder}, elsewhere in tests. */
  readonly folder?: string
}

/** Access of a pod by its service account; throws where this is no pod. */
export function accessFromPod(environment: PodEnvironment): ClusterAccess {
  const { host, port, folder = podFolder } = environment
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

/**
 * Access by the current context of a kubeconfig, with everything that such a file may ask for (client certificates, exec plugins, OIDC,
 * proxies). `server` overrides the URL in it. Loads the client library only here: it takes 24 MB that pods need not pay.
 */
export async function accessFromKubeconfig(path: string, server: string): Promise<ClusterAccess> {
  const { KubeConfig } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  config.loadFromFile(path)
  const cluster = config.getCurrentCluster()
  if (cluster === null) throw new Error(`The kubeconfig ${path} has no current context.`)
  return {
    server: (server === '' ? cluster.server : server).replace(/\/+$/, ''),
    readOptions: async () => {
      const options: AccessOptions = {}
      await config.applyToHTTPSOptions(options)
      // The library's agent opens a connection for each request; only where it speaks to a proxy is it needed.
      if (cluster.proxyUrl === undefined) delete options.agent
      return options
    },
  }
}
