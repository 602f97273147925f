/** Something that listens where the agent of EKS Pod Identity would, and answers as a test says. */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ScriptedAgent {
  readonly url: string
  /** Of each request so far. */
  readonly requests: IncomingHttpHeaders[]
  answer: (response: ServerResponse) => void
  stop(): Promise<void>
}

/** Answers 404 until the test says something else. */
export async function startScriptedAgent(host = '127.0.0.1'): Promise<ScriptedAgent> {
  const requests: IncomingHttpHeaders[] = []
  const server = createServer((request, response) => {
    requests.push(request.headers)
    agent.answer(response)
  })
  server.listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const shown = host.includes(':') ? `[${host}]` : host
  const agent: ScriptedAgent = {
    url: `http://${shown}:${port}/v1/credentials`,
    requests,
    answer: (response) => response.writeHead(404).end(),
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return agent
}

/** What the agent answers when all is well; `left` is in milliseconds. */
export function agentAnswer(left = 3 * 3_600_000, given: object = {}): object {
  return {
    AccessKeyId: 'ASIAAGENT',
    SecretAccessKey: 'secret-of-the-agent',
    Token: 'session-token-of-the-agent',
    AccountId: '111111111111',
    Expiration: new Date(Date.now() + left).toISOString(),
    ...given,
  }
}

export function sendJson(response: ServerResponse, body: unknown): void {
  response.setHeader('Content-Type', 'application/json')
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}
