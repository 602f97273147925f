/**
 * How the webhook reaches the API server by a kubeconfig, with everything that such a file may ask for: client certificates, exec plugins,
 * OIDC, proxies. Its library takes 85 ms and 24 MB, so this file is loaded only where a kubeconfig is given.
 */
import { KubeConfig } from '@kubernetes/client-node'
import type { AccessOptions, ClusterAccess } from './cluster-access.ts'

/** Access by the current context of the file; `server` overrides the URL in it unless it is empty. */
export function accessFromKubeconfig(path: string, server: string): ClusterAccess {
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
