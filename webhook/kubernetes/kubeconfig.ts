/**
 * How the webhook reaches the API server by a kubeconfig, with everything that such a file may ask for: client
 * certificates, exec plugins, OIDC, proxies. Its library takes 85 ms and 24 MB, so this file is loaded only where a
 * kubeconfig is given.
 */
import { KubeConfig } from '@kubernetes/client-node'
import type { AccessOptions, ClusterAccess } from './cluster-access.ts'

/** Access by the current context of the file; `server` overrides the URL in it unless it is empty. */
export function accessFromKubeconfig(path: string, server: string): ClusterAccess {
  const config = load(path)
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

/** What the parser says of a damaged file stays unsaid: it quotes the file, which holds credentials. */
function load(path: string): KubeConfig {
  const config = new KubeConfig()
  const why = catchProblem(() => config.loadFromFile(path))
  if (why === undefined) return config
  throw new Error(
    `--kubeconfig=${path} cannot be used (${why}): name a kubeconfig that this process may read.`,
  )
}

function catchProblem(read: () => void): string | undefined {
  try {
    read()
    return undefined
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'it is no kubeconfig'
  }
}
