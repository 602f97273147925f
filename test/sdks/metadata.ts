/**
 * A node's metadata services: instance metadata, the ECS agent's and the EKS Pod Identity agent's, at their true
 * addresses. They give credentials of the node's role to whoever asks, as the real ones do, and keep a record of it.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import { AGENT_ADDRESSES, METADATA_ADDRESS } from './places.ts'

export interface Metadata {
  /** What they have been asked, the oldest first. */
  readonly requests: readonly string[]
  forget(): void
  stop(): void
}

const ROLE_PATH = '/latest/meta-data/iam/security-credentials/'

/** Listens on port 80 of all addresses, which the namespace has to have. */
export async function startMetadata(): Promise<Metadata> {
  const requests: string[] = []
  const servers = [METADATA_ADDRESS, ...AGENT_ADDRESSES].map((address) =>
    createServer((request, response) => {
      requests.push(`${request.method} ${address}${request.url}`)
      answer(request, response)
    }).listen(80, address),
  )
  await Promise.all(servers.map((server) => once(server, 'listening')))
  return {
    requests,
    forget: () => {
      requests.length = 0
    },
    stop: () => {
      for (const server of servers) {
        server.close()
        server.closeAllConnections()
      }
    },
  }
}

function answer({ method, url = '' }: IncomingMessage, response: ServerResponse): void {
  if (method === 'PUT') {
    response.writeHead(200, { 'x-aws-ec2-metadata-token-ttl-seconds': '21600' }).end('a-token')
  } else if (url === ROLE_PATH) {
    response.end('node')
  } else {
    response.writeHead(200, { 'content-type': 'application/json' }).end(toNodeCredentials())
  }
}

function toNodeCredentials(): string {
  return JSON.stringify({
    Code: 'Success',
    LastUpdated: new Date().toISOString(),
    Type: 'AWS-HMAC',
    AccessKeyId: 'ASIANODENODENODENODE',
    SecretAccessKey: 'of-the-node',
    Token: 'of-the-node',
    Expiration: new Date(Date.now() + 6 * 3600_000).toISOString(),
  })
}
