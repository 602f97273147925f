/** `rolechain check` where somebody publishes the documents of the real cluster's issuer, under its own name. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { makeTemporaryFolder } from '../temporary-folder.ts'
import { makeAuthority, makeLeaf } from '../workflows/certificates.ts'
import { startProxy, startTls } from '../workflows/true-names.ts'
import { startIssuerMirror } from './aws.ts'
import { run } from './command.ts'

const LOOPBACK = '127.0.0.1'

const report = z.object({
  categories: z.array(
    z.object({ checks: z.array(z.object({ what: z.string(), findings: z.array(z.unknown()) })) }),
  ),
})

/** Serves the documents as those of the issuer; gives the env in which they are found. */
async function publish(issuer: string, atEnd: (end: () => unknown) => void) {
  const { hostname } = new URL(issuer)
  const folder = makeTemporaryFolder()
  const authority = await makeAuthority(folder, 'issuer')
  const mirror = await startIssuerMirror({ env: {} }, issuer)
  atEnd(() => mirror.stop())
  const leaf = await makeLeaf(folder, [hostname], authority)
  const port = Number(new URL(mirror.url).port)
  const tls = await startTls({ address: LOOPBACK, port: 0 }, leaf, port)
  atEnd(() => tls.stop())
  const proxy = await startProxy({ address: LOOPBACK, port: tls.port }, hostname)
  atEnd(() => proxy.stop())
  const server = await run(['kubectl', 'config', 'view', '--minify', '--output=json'])
  const [, apiServer = ''] = /"server": "https:\/\/([^:"]+)/.exec(server) ?? []
  return {
    NODE_EXTRA_CA_CERTS: authority.certificate,
    NODE_USE_ENV_PROXY: '1',
    HTTPS_PROXY: `http://${LOOPBACK}:${proxy.port}`,
    NO_PROXY: apiServer,
  }
}

test('an issuer whose documents are published is good: a token of the cluster verifies', async (context) => {
  const document = await run(['kubectl', 'get', '--raw', '/.well-known/openid-configuration'])
  const { issuer } = z.object({ issuer: z.string() }).parse(JSON.parse(document))
  const env = await publish(issuer, (end) => context.after(end))
  const command = [process.execPath, 'cli/main.ts', 'check', '--category', 'issuer', '-o', 'json']
  const { categories } = report.parse(JSON.parse(await run(command, { env })))
  const checks = categories.flatMap((category) => category.checks)
  assert.ok(checks.length >= 3)
  assert.deepEqual(
    checks.filter(({ findings }) => findings.length > 0),
    [],
  )
})
