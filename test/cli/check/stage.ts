/**
 * A whole cluster for `check`, in good health: the Kubernetes double with the objects of a healthy cluster, an issuer
 * at https, the webhook's own core behind its entries, and something that serves its certificate. Tests break one
 * thing.
 */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { after } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { Agent, getGlobalDispatcher, setGlobalDispatcher } from 'undici'
import type { Report } from '../../../cli/core/check/check.ts'
import { startKubernetes, type KubernetesDouble } from '../../../stand-ins/kubernetes/api.ts'
import { makeCertificate } from '../../../stand-ins/kubernetes/certificate.ts'
import type { ClusterObject } from '../../../stand-ins/kubernetes/cluster-object.ts'
import { createWholeCluster, type Judged } from '../../../stand-ins/kubernetes/whole-cluster.ts'
import { runCommand, type Ended } from '../run.ts'
import { judge, readHealthy } from './healthy-cluster.ts'

const SERVICE = 'rolechain.rolechain.svc'

/** What a test may break, besides the objects. */
export interface World {
  objects: ClusterObject[]
  /** Of the API server's own tokens. */
  audiences: string[]
  /** Null answers 404. */
  document: object | null
  keys: object | null
  signingKey: Awaited<ReturnType<typeof generateKeyPair>>['privateKey']
  isForbidden: (path: string) => boolean
  /** Of sidecars. */
  logOf: (pod: string) => string
  /** Throws where nothing answers. */
  judge: (path: string, object: ClusterObject, namespace: string) => Judged
  servedPort: number
  servedAuthority: string
}

export interface Stage {
  readonly world: World
  readonly kubernetes: KubernetesDouble
  readonly kubeconfig: string
  /** Where the issuer listens, and PEM of who signed its certificate. */
  readonly issuer: { readonly port: number; readonly authority: string }
  /** Its `-o json`, parsed. */
  readonly check: (...args: readonly string[]) => Promise<Report>
  readonly run: (...args: readonly string[]) => Promise<Ended>
  /** Makes the world healthy again. */
  readonly heal: () => void
  /** Another certificate for the port of the webhook: when it ends, and for which name. */
  readonly serve: (endsAt?: Date, name?: string) => Promise<{ port: number; authority: string }>
}

/** Starts it; it ends with the file's tests. The issuer is where it listens, unless it has a name. */
export async function startStage(issuerName?: string): Promise<Stage> {
  const closing: (() => unknown)[] = []
  after(async () => {
    for (const close of closing.toReversed()) await close()
  })
  const serve = async (endsAt?: Date, name = SERVICE) => {
    const { ca, certificate, key } = await makeCertificate(endsAt ?? daysFromNow(90), [name])
    const server = createTlsServer({ cert: certificate, key }, (socket) => {
      socket.on('error', () => undefined)
    })
    server.on('tlsClientError', () => undefined).listen(0, '127.0.0.1')
    await once(server, 'listening')
    closing.push(() => server.close())
    return { port: (server.address() as AddressInfo).port, authority: ca }
  }
  const served = await serve()
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const issuerCertificate = await makeCertificate(
    undefined,
    issuerName === undefined ? [] : [new URL(issuerName).hostname],
  )
  const world = {} as World
  const issuer = createHttpsServer(
    { cert: issuerCertificate.certificate, key: issuerCertificate.key },
    ({ url }, response) => {
      const body = url === '/keys' ? world.keys : world.document
      response.writeHead(body === null ? 404 : 200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    },
  )
  issuer.listen(0, '127.0.0.1')
  await once(issuer, 'listening')
  closing.push(() => issuer.close())
  const issuerPort = (issuer.address() as AddressInfo).port
  const issuerUrl = issuerName ?? `https://localhost:${issuerPort}`
  const before = getGlobalDispatcher()
  const dispatcher = new Agent({ connect: { ca: issuerCertificate.ca } })
  setGlobalDispatcher(dispatcher)
  closing.push(() => {
    setGlobalDispatcher(before)
    return dispatcher.close()
  })
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' }

  const heal = () => {
    Object.assign(world, {
      objects: readHealthy(served.authority),
      audiences: ['https://kubernetes.default.svc'],
      document: { issuer: issuerUrl, jwks_uri: `${issuerUrl}/keys` },
      keys: { keys: [jwk] },
      signingKey: privateKey,
      judge: (path: string, object: ClusterObject, namespace: string) =>
        judge(object, namespace, path),
      isForbidden: () => false,
      logOf: () => '',
      servedPort: served.port,
      servedAuthority: served.authority,
    })
  }
  heal()
  const part = createWholeCluster({
    get objects() {
      return world.objects
    },
    get servedAuthority() {
      return world.servedAuthority
    },
    get servedPort() {
      return world.servedPort
    },
    get discovery() {
      return world.document ?? {}
    },
    isForbidden: (path) => world.isForbidden(path),
    logOf: (pod) => world.logOf(pod),
    judge: (path, object, namespace) => world.judge(path, object, namespace),
    signToken: (audiences) =>
      new SignJWT({ sub: 'system:serviceaccount:default:default' })
        .setProtectedHeader({ alg: 'ES256', kid: 'k' })
        .setIssuer(issuerUrl)
        .setAudience([...(audiences.length === 0 ? world.audiences : audiences)])
        .setIssuedAt()
        .setExpirationTime('10m')
        .sign(world.signingKey),
  })
  const kubernetes = await startKubernetes({ part })
  closing.push(() => kubernetes.stop())
  const folder = mkdtempSync(join(tmpdir(), 'rolechain-check-'))
  closing.push(() => rmSync(folder, { recursive: true }))
  const kubeconfig = kubernetes.writeKubeconfig(join(folder, 'config'))
  const run = (...args: readonly string[]) =>
    runCommand([...args, '--kubeconfig', kubeconfig], { nowMs: Date.now })
  return {
    world,
    kubernetes,
    kubeconfig,
    issuer: { port: issuerPort, authority: issuerCertificate.ca },
    heal,
    serve,
    run,
    check: async (...args) => {
      const { stdout, stderr } = await run('check', '-o', 'json', ...args)
      if (stdout === '') throw new Error(stderr)
      return JSON.parse(stdout) as Report
    },
  }
}

/** That many days from now. */
export function daysFromNow(days: number): Date {
  return new Date(Date.now() + days * 86_400_000)
}
