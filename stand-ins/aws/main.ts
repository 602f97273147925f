/** The strict AWS as a process: `npm run aws -- --config stand-ins/aws/example.yaml --port 4566 --time-scale 60`. */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { parseConfiguration } from './configuration.ts'
import { startAws } from './server.ts'

const USAGE = `usage: npm run aws -- --config file.yaml [--port N] [--time-scale N]
                          [--issuer-location <URL of the OIDC provider>=<URL where it answers>]…
`

function parseLocations(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(pairs.map((pair) => pair.split(/=(.*)/s).slice(0, 2)))
}

function parseNumber(name: string, text: string, isRight: (value: number) => boolean): number {
  const value = Number(text)
  if (text === '' || !isRight(value)) throw new Error(`--${name} cannot be ${text}.\n${USAGE}`)
  return value
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      config: { type: 'string' },
      port: { type: 'string', default: '0' },
      'time-scale': { type: 'string', default: '1' },
      'issuer-location': { type: 'string', multiple: true, default: [] },
    },
  })
  if (values.config === undefined) throw new Error(`--config is missing.\n${USAGE}`)
  const aws = await startAws(parseConfiguration(readFileSync(values.config, 'utf8')), {
    port: parseNumber(
      'port',
      values.port,
      (port) => Number.isInteger(port) && port >= 0 && port < 65_536,
    ),
    timeScale: parseNumber('time-scale', values['time-scale'], (scale) => scale > 0),
    issuerLocations: parseLocations(values['issuer-location']),
  })
  process.stdout.write(`${JSON.stringify({ url: aws.url })}\n`)
  const stop = () => {
    void aws.stop()
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
})
