/** A Kubernetes API that only answers reads: each path with the object that a test puts there. */
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ClusterOfObjects {
  /** Options of the command line by which it is reached. */
  readonly options: readonly string[]
  /** By path, without its query; a text is sent as it is, a number is a refusal of that status. */
  readonly objects: Map<string, unknown>
  readonly close: () => void
}

/** `folder` gets its kubeconfig. */
export async function startCluster(folder: string): Promise<ClusterOfObjects> {
  const objects = new Map<string, unknown>([
    ['/version', { major: '1', minor: '34' }],
    ['/.well-known/openid-configuration', { issuer: 'https://issuer.example/cluster' }],
  ])
  const server = createServer(({ url = '' }, response) => {
    const object = objects.get(url.replace(/\?.*/, '')) ?? 404
    if (typeof object === 'number') {
      response.writeHead(object).end(JSON.stringify({ kind: 'Status', message: `no: ${object}` }))
    } else response.end(typeof object === 'string' ? object : JSON.stringify(object))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const kubeconfig = `${folder}/kubeconfig`
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      clusters: [
        {
          name: 'c',
          cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true },
        },
      ],
      users: [{ name: 'u', user: {} }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u', namespace: 'team-a' } }],
      'current-context': 'c',
    }),
  )
  return {
    options: ['--kubeconfig', kubeconfig],
    objects,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
