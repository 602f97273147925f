/** Instance metadata as EC2 serves it, with IMDSv2 required: a PUT for a token, which every GET has to show. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

const document = { accountId: '111111111111', region: 'cn-north-1', instanceId: 'i-1' }

export interface MetadataDouble {
  readonly url: string
  /** Methods and paths of all requests. */
  readonly seen: readonly string[]
}

/** Whether it has answered itself, or wants no answer to be given. */
export type Script = (request: IncomingMessage, response: ServerResponse) => boolean

/** Ends with the test; `script` sees each request first. */
export async function startMetadata(
  context: TestContext,
  script: Script = () => false,
): Promise<MetadataDouble> {
  const seen: string[] = []
  const tokens = new Set<string>()
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    if (script(request, response)) return
    const { code, text } = answer(request, tokens)
    response.writeHead(code, { 'content-type': 'text/plain' }).end(text)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

function answer(
  { method, url, headers }: IncomingMessage,
  tokens: Set<string>,
): { code: number; text: string } {
  if (url === '/latest/api/token') {
    const seconds = Number(headers['x-aws-ec2-metadata-token-ttl-seconds'])
    const isGood = headers['content-length'] === '0' && seconds >= 1 && seconds <= 21_600
    // A request that came through a proxy gets no token.
    if (headers['x-forwarded-for'] !== undefined) return { code: 403, text: '' }
    if (method !== 'PUT' || !isGood) return { code: 400, text: '' }
    const token = `token-${tokens.size}==`
    tokens.add(token)
    return { code: 200, text: token }
  }
  if (!tokens.has(String(headers['x-aws-ec2-metadata-token']))) return { code: 401, text: '' }
  return url === '/latest/dynamic/instance-identity/document'
    ? { code: 200, text: JSON.stringify(document) }
    : { code: 404, text: '' }
}
