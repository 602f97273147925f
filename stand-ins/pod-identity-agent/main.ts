/**
 * The agent as a process: `npm run pod-identity-agent -- --aws http://127.0.0.1:4566 --cluster <ARN> --node-role <ARN>`.
 * On a node it listens on 169.254.170.23, port 80, for all of its pods.
 */
import { parseArgs } from 'node:util'
import { startPodIdentityAgent } from './agent.ts'

const USAGE = `usage: npm run pod-identity-agent -- --aws URL --cluster ARN --node-role ARN
                                        [--host ADDRESS] [--port N] [--renew-after SECONDS]
`

const MAX_PORT = 65_535

function need(name: string, value: string | undefined): string {
  if (value === undefined) throw new Error(`--${name} is missing.\n${USAGE}`)
  return value
}

function parseNumber(name: string, text: string, max: number): number {
  const value = Number(text)
  if (text !== '' && value >= 0 && value <= max) return value
  throw new Error(`--${name} cannot be ${text}.\n${USAGE}`)
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      aws: { type: 'string' },
      cluster: { type: 'string' },
      'node-role': { type: 'string' },
      host: { type: 'string' },
      port: { type: 'string' },
      'renew-after': { type: 'string' },
    },
  })
  const { host, port, 'renew-after': renewAfter } = values
  const agent = await startPodIdentityAgent({
    awsUrl: need('aws', values.aws),
    clusterArn: need('cluster', values.cluster),
    nodeRoleArn: need('node-role', values['node-role']),
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port: parseNumber('port', port, MAX_PORT) }),
    ...(renewAfter !== undefined && {
      renewAfterMs: parseNumber('renew-after', renewAfter, Infinity) * 1000,
    }),
  })
  process.stdout.write(`${JSON.stringify({ url: agent.url })}\n`)
  const stop = () => {
    void agent.stop()
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
})
