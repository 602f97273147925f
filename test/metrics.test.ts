/**
 * The names of all metrics follow Prometheus' rules (https://prometheus.io/docs/practices/naming/), as promtool checks
 * them.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createMetrics as createSidecarMetrics } from '../sidecar/io/metrics.ts'
import { createMetrics as createWebhookMetrics } from '../webhook/metrics/metrics.ts'

const CERTIFICATE_ENDS = 'rolechain_webhook_certificate_expiry_timestamp_seconds'
const CERTIFICATE_ENDS_BEFORE = 'rolechain_webhook_certificate_expiry_seconds'

/** Names that break the rules on purpose: those of the upstream webhook, whose dashboards go on. */
const UPSTREAM =
  /^(?:http_request_(?:count|latencies|duration_microseconds)|pod_identity_webhook_\w+)$/

interface Family {
  readonly name: string
  readonly type: string
  readonly help: string
}

function readFamilies(text: string): readonly Family[] {
  const helps = new Map(
    [...text.matchAll(/^# HELP (\S+) ?(.*)$/gm)].map(([, name = '', help = '']) => [name, help]),
  )
  return [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => ({
    name,
    type,
    help: helps.get(name) ?? '',
  }))
}

/** What is wrong with each family, by rule. */
const RULES: Readonly<Record<string, (family: Family) => boolean>> = {
  'has no help': ({ help }) => help === '',
  'is not in small letters and underscores': ({ name }) =>
    !/^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/.test(name),
  'is a counter without _total': ({ name, type }) => type === 'counter' && !name.endsWith('_total'),
  'ends in _total and is no counter': ({ name, type }) =>
    type !== 'counter' && name.endsWith('_total'),
  'ends as series of histograms do': ({ name }) => /_(?:count|sum|bucket)$/.test(name),
  'has its type in its name': ({ name }) =>
    /_(?:counter|gauge|histogram|summary)(?:_|$)/.test(name),
  'has a unit that is no base unit': ({ name }) =>
    /_(?:ns|us|ms|s|(?:nano|micro|milli)seconds|minutes|hours|days|[kmg]?i?b|(?:kilo|mega|giga|kibi|mebi)bytes|percent)(?:_|$)/.test(
      name,
    ),
  'is a moment without _timestamp_seconds': ({ name, help }) =>
    /^When\b|since 1970/.test(help) && !name.endsWith('_timestamp_seconds'),
  'is a length of time that is called a moment': ({ name, help }) =>
    name.endsWith('_timestamp_seconds') && !/^When\b/.test(help),
}

function certificateSamples(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.startsWith('rolechain_webhook_certificate'))
}

const webhook = createWebhookMetrics({ countServiceAccounts: () => 0, isUsed: () => false })
const sidecar = createSidecarMetrics(['default'], {
  stateOf: () => ({}),
  wake: () => undefined,
  whenHeld: () => Promise.resolve(),
})

describe('metrics', () => {
  it('have names that follow the rules, but for those of the upstream webhook', async () => {
    const families = readFamilies(`${(await webhook.read()).text}\n${sidecar.render()}`)
    const own = families.filter(({ name }) => !UPSTREAM.test(name))
    assert.ok(own.length >= 12, `only ${own.length} were found`)
    const problems = own.flatMap((family) =>
      Object.entries(RULES)
        .filter(([, isBroken]) => isBroken(family))
        .map(([problem]) => `${family.name} ${problem}`),
    )
    assert.deepEqual(problems, [])
    assert.ok(own.every(({ name }) => /^rolechain_(?:webhook|sidecar)_/.test(name)))
  })

  it('say when the certificate ends, under the former name too, and nothing before there is one', async () => {
    const metrics = createWebhookMetrics({ countServiceAccounts: () => 0, isUsed: () => false })
    assert.deepEqual(certificateSamples((await metrics.read()).text), [])
    metrics.certificateExpiresAt(1_800_000_000)
    metrics.certificateExpiresAt(1_900_000_000)
    const { text } = await metrics.read()
    assert.deepEqual(certificateSamples(text), [
      `${CERTIFICATE_ENDS} 1900000000`,
      `${CERTIFICATE_ENDS_BEFORE} 1900000000`,
    ])
    assert.match(text, new RegExp(`^# HELP ${CERTIFICATE_ENDS_BEFORE} Deprecated`, 'm'))
  })
})
