/**
 * The strict AWS on this machine, where pods reach it, verifying the tokens of the cluster's own API server: by its
 * real issuer and its real keys, asked for through kubectl, since the issuer's URL need not be reachable from here.
 */
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer, type AddressInfo } from 'node:net'
import { z } from 'zod'
import { listen } from '../../stand-ins/aws/listen.ts'
import { startAws } from '../../stand-ins/aws/server.ts'
import type { Cluster } from './cluster.ts'
import { run } from './command.ts'
import { toConfiguration } from './world.ts'

export interface ClusterAws {
  /** For this machine. */
  readonly url: string
  /** For pods. */
  readonly urlInPods: string
  stop(): Promise<void>
}

const DISCOVERY = '/.well-known/openid-configuration'
const KEYS = '/openid/v1/jwks'

/** One of the two documents as the API server has it now. */
async function readDocument(
  cluster: Pick<Cluster, 'env'>,
  path: string,
): Promise<Record<string, unknown>> {
  const text = await run(['kubectl', 'get', '--raw', path], { env: cluster.env })
  return z.record(z.string(), z.unknown()).parse(JSON.parse(text))
}

/**
 * Serves both, with the keys below the issuer's own URL: an API server names its own address there unless it is told
 * another, and an operator who publishes the documents changes just that.
 */
export async function startIssuerMirror(
  cluster: Pick<Cluster, 'env'>,
  issuer: string,
): Promise<{ url: string; stop: () => Promise<void> }> {
  const answerWith = async (path: string | undefined) => {
    if (path === DISCOVERY)
      return { ...(await readDocument(cluster, path)), jwks_uri: `${issuer}${KEYS}` }
    return path === KEYS ? readDocument(cluster, path) : undefined
  }
  const server = createHttpServer((request, response) => {
    answerWith(request.url).then(
      (document) =>
        response
          .writeHead(document === undefined ? 404 : 200, { 'content-type': 'application/json' })
          .end(JSON.stringify(document)),
      (error: unknown) => response.writeHead(502).end(String(error)),
    )
  })
  return listen(server, 0)
}

/** Carries connections from `address`, at `ownPort` (0: a free one), to `port` on the loopback. */
export async function startForwarder(
  address: string,
  port: number,
  ownPort = 0,
): Promise<{ port: number; stop: () => Promise<void> }> {
  const open = new Set<{ destroy(): void }>()
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    for (const socket of [near, far]) {
      open.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        near.destroy()
        far.destroy()
        open.delete(socket)
      })
    }
    near.pipe(far).pipe(near)
  })
  server.listen(ownPort, address)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      server.close()
      for (const socket of open) socket.destroy()
      await once(server, 'close')
    },
  }
}

/** Starts it for a cluster that is running, with the world that `toWorld` gives for the issuer of its tokens. */
export async function startClusterAws(
  cluster: Cluster,
  toWorld: (issuer: string) => object = toConfiguration,
): Promise<ClusterAws> {
  const issuer = z.string().parse((await readDocument(cluster, DISCOVERY))['issuer'])
  const mirror = await startIssuerMirror(cluster, issuer)
  const aws = await startAws(toWorld(issuer), { issuerLocations: { [issuer]: mirror.url } })
  const forwarder = await startForwarder(cluster.hostIp, Number(new URL(aws.url).port))
  return {
    url: aws.url,
    urlInPods: `http://${cluster.hostIp}:${forwarder.port}`,
    async stop() {
      await Promise.all([forwarder.stop(), aws.stop(), mirror.stop()])
    },
  }
}
