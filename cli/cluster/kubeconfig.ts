/**
 * Which cluster is meant, and how its API server is reached: as kubectl finds it, with everything that a kubeconfig may
 * ask for (client certificates, exec plugins, OIDC, proxies).
 */
import { KubeConfig } from '@kubernetes/client-node'
import type { RequestOptions } from 'node:https'
import { delimiter } from 'node:path'
import type { Surroundings } from '../output/surroundings.ts'
import { usedWrongly } from '../output/exit-codes.ts'

/** As the options of a command name them. */
export interface ClusterChoice {
  readonly kubeconfig?: string | undefined
  readonly context?: string | undefined
}

/** The way to one API server. */
export interface Access {
  readonly server: string
  /** As the kubeconfig calls it. */
  readonly clusterName: string
  /** That of the context; `default` where it has none. */
  readonly namespace: string
  /** Certificates, keys and headers of the next request: exec plugins renew them. */
  readonly readOptions: () => Promise<RequestOptions>
  /** What the library's own clients are made of. */
  readonly config: KubeConfig
}

/** Throws a sentence where there is no such file or context. */
export function readAccess(choice: ClusterChoice, { environment }: Surroundings): Access {
  const config = load(choice, environment['KUBECONFIG'])
  if (choice.context !== undefined) choose(config, choice.context)
  const cluster = config.getCurrentCluster()
  if (cluster === null) {
    throw usedWrongly(
      'The kubeconfig has no current context; name one with --context, or a file with --kubeconfig.',
    )
  }
  return {
    server: cluster.server.replace(/\/+$/, ''),
    clusterName: cluster.name,
    namespace: config.getContextObject(config.getCurrentContext())?.namespace ?? 'default',
    readOptions: async () => {
      const options: RequestOptions = {}
      await config.applyToHTTPSOptions(options)
      return options
    },
    config,
  }
}

function choose(config: KubeConfig, context: string): void {
  if (config.getContextObject(context) === null) {
    const names = config.getContexts().map(({ name }) => name)
    throw usedWrongly(
      `The kubeconfig has no context ${context}; it has ${names.length === 0 ? 'none' : names.join(', ')}.`,
    )
  }
  config.setCurrentContext(context)
}

/** What the parser says of a damaged file stays unsaid: it quotes the file, which holds credentials. */
function load({ kubeconfig }: ClusterChoice, variable = ''): KubeConfig {
  const config = new KubeConfig()
  const files = kubeconfig === undefined ? variable.split(delimiter).filter(Boolean) : [kubeconfig]
  if (files.length === 0) {
    config.loadFromDefault()
    return config
  }
  for (const [index, file] of files.entries()) {
    const next = index === 0 ? config : new KubeConfig()
    const problem = catchProblem(() => next.loadFromFile(file))
    if (problem !== undefined) {
      throw usedWrongly(`The kubeconfig ${file} cannot be used: ${problem}; name another.`)
    }
    if (next !== config) config.mergeConfig(next, true)
  }
  return config
}

function catchProblem(read: () => void): string | undefined {
  try {
    read()
    return undefined
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'it is no kubeconfig'
  }
}
