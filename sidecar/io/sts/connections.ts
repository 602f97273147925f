/**
 * The connections to STS: the agents that the SDK sends with, and which errors are only those of a connection that was
 * used again.
 */
import { Agent as HttpAgent, type ClientRequest } from 'node:http'
import { Agent as HttpsAgent, type AgentOptions } from 'node:https'
import type { Duplex } from 'node:stream'

export interface Connections {
  readonly agents: { readonly httpAgent: HttpAgent; readonly httpsAgent: HttpsAgent }
  /**
   * Whether a request failed on a connection that an earlier one had used: the other side may have closed it in that
   * moment.
   */
  readonly isOfKeptConnection: (error: unknown) => boolean
  readonly close: () => void
}

/** Makes the agents for http (for tests only) and https; nothing is opened before the first request. */
export function createConnections(options: AgentOptions): Connections {
  const errors = new WeakSet<object>()
  const httpsAgent = new HttpsAgent(options)
  const httpAgent = new HttpAgent({ keepAlive: options.keepAlive })
  for (const agent of [httpAgent, httpsAgent]) {
    const reuse = agent.reuseSocket.bind(agent)
    agent.reuseSocket = (socket: Duplex, request: ClientRequest) => {
      request.once('error', (error) => errors.add(error))
      reuse(socket, request)
    }
  }
  return {
    agents: { httpAgent, httpsAgent },
    isOfKeptConnection: (error) => typeof error === 'object' && error !== null && errors.has(error),
    close: () => {
      httpAgent.destroy()
      httpsAgent.destroy()
    },
  }
}
