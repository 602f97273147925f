/**
 * A stand-in of the EKS Pod Identity agent, which runs on each node of EKS and gives pods the role of their
 * association. It does what the public agent does: checks the Host and the form of the token, asks EKS Auth with the
 * node's session, keeps sessions, and passes on what EKS Auth refuses. Source: github.com/aws/eks-pod-identity-agent
 * (`pkg/handlers`, `internal/validation`, `internal/credsretriever`, `pkg/errors`, `cmd/server.go`). Not here: its
 * limit of 1,000 calls a second, and that newer versions fall back to sessions from instance metadata. It renews a
 * session when somebody asks, where the public agent does so every minute; who asks sees the same.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decodeJwt, decodeProtectedHeader, type JWTPayload } from 'jose'
import { AgentError, createEksAuth, type PodCredentials } from './eks-auth-client.ts'

/** What a stand-in of the agent is started with. */
export interface PodIdentityAgentOptions {
  /** Where EKS Auth answers: the URL of the strict AWS. */
  readonly awsUrl: string
  /** ARN of the cluster, as the strict AWS has it under `eksClusters`. */
  readonly clusterArn: string
  /** The node's role, which has to trust `ec2.amazonaws.com` and may call EKS Auth for the cluster. */
  readonly nodeRoleArn: string
  /** Where it listens: on a real node 169.254.170.23 and fd00:ec2::23. Absent: 127.0.0.1. */
  readonly host?: string
  /** On a real node 80. Absent: a free one. */
  readonly port?: number
  /** A session is kept until it is this old. Absent: three hours. Divide it by the time scale of the strict AWS. */
  readonly renewAfterMs?: number
  /** Milliseconds; absent: the clock of the machine. */
  readonly now?: () => number
}

/** A running agent. */
export interface PodIdentityAgent {
  /** What goes into AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://host:port/v1/credentials`. */
  readonly url: string
  /** How often it was asked for credentials, refused requests included. */
  requests(): number
  stop(): Promise<void>
}

/** `max-credential-retention-before-renewal`. */
const RENEW_AFTER_MS = 3 * 60 * 60 * 1000
/** `minCredentialTtl`: what ends sooner is not given to anybody. */
const MIN_LIFE_MS = 15_000
/** `IsIrrecoverableApiError`: after these a kept session is thrown away, although it is good for hours yet. */
const IRRECOVERABLE = [
  'ResourceNotFoundException',
  'ExpiredTokenException',
  'InvalidTokenException',
  'AccessDeniedException',
]

interface Kept {
  readonly token: string
  readonly credentials: PodCredentials
  readonly fetchedAtMs: number
}

function checkHost(request: IncomingMessage, host: string): void {
  const called = (request.headers.host ?? '').replace(/:\d+$/, '').replaceAll(/[[\]]/g, '')
  if (called !== host)
    throw new AgentError(
      403,
      `Access Denied. Called agent through invalid address, please use either [${host}] address not ${called}`,
    )
}

function parseToken(token: string): JWTPayload {
  try {
    decodeProtectedHeader(token)
    return decodeJwt(token)
  } catch {
    throw new AgentError(
      400,
      'Service account token cannot be parsed: token is malformed: token contains an invalid number of segments',
    )
  }
}

/** Only what can be seen without keys; the rest is up to EKS Auth. */
function checkToken(token: string, nowMs: number): string {
  if (token === '') throw new AgentError(400, 'Service account token cannot be empty')
  const claims = parseToken(token)
  if (claims.exp !== undefined && claims.exp * 1000 <= nowMs)
    throw new AgentError(
      400,
      'Service account token failed basic claim validations: token has invalid claims: token is expired',
    )
  const kubernetes = claims['kubernetes.io'] as { pod?: { uid?: string } } | undefined
  const uid = kubernetes?.pod?.uid
  if (uid !== undefined) return uid
  throw new AgentError(500, 'failed to get pod uid from service account token')
}

function toPublic({ expiresAtMs, ...credentials }: PodCredentials) {
  return { ...credentials, Expiration: new Date(expiresAtMs).toISOString() }
}

/** As Go's `http.Error`. */
function writeError(response: ServerResponse, error: unknown): void {
  const status = error instanceof AgentError ? error.status : 500
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
  })
  response.end(`${error instanceof Error ? error.message : String(error)}\n`)
}

/** Starts an agent. It asks for its node's session when it first needs one. */
export async function startPodIdentityAgent(
  options: PodIdentityAgentOptions,
): Promise<PodIdentityAgent> {
  const { host = '127.0.0.1', port = 0, renewAfterMs = RENEW_AFTER_MS, now = Date.now } = options
  const eksAuth = createEksAuth({ ...options, now })
  /** By the pod's UID. */
  const kept = new Map<string, Kept>()
  let requestCount = 0

  function isAlive({ credentials }: Kept): boolean {
    return credentials.expiresAtMs - now() > MIN_LIFE_MS
  }

  async function fetchCredentials(uid: string, token: string): Promise<PodCredentials> {
    const credentials = await eksAuth.assumeRole(token)
    const fresh = { token, credentials, fetchedAtMs: now() }
    if (!isAlive(fresh))
      throw new AgentError(
        500,
        'fetched credentials are expired or will expire within the next 15 seconds',
      )
    kept.set(uid, fresh)
    return credentials
  }

  /** A renewal that fails for a while keeps what there is: so sessions with little life left are given out. */
  async function renew(uid: string, held: Kept): Promise<PodCredentials> {
    try {
      return await fetchCredentials(uid, held.token)
    } catch (error) {
      if (!(error instanceof AgentError) || !IRRECOVERABLE.includes(error.code ?? ''))
        return held.credentials
      kept.delete(uid)
      throw error
    }
  }

  async function getCredentials(uid: string, token: string): Promise<PodCredentials> {
    const held = kept.get(uid)
    // Another token of the same pod is judged by EKS Auth, as where the public agent has no keys of the cluster.
    if (held === undefined || held.token !== token || !isAlive(held))
      return fetchCredentials(uid, token)
    return now() - held.fetchedAtMs < renewAfterMs ? held.credentials : renew(uid, held)
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url?.split('?')[0] !== '/v1/credentials')
      throw new AgentError(404, '404 page not found')
    requestCount += 1
    checkHost(request, host)
    // The raw token: a "Bearer " before it makes it malformed.
    const token = request.headers.authorization ?? ''
    const credentials = await getCredentials(checkToken(token, now()), token)
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(toPublic(credentials)))
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      writeError(response, error)
    })
  })
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address() as AddressInfo
  const authority = host.includes(':') ? `[${host}]` : host
  return {
    url: `http://${authority}${address.port === 80 ? '' : `:${address.port}`}/v1/credentials`,
    requests: () => requestCount,
    async stop() {
      eksAuth.stop()
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
