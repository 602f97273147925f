import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { listen } from '../../../webhook/http/listen.ts'

/** Listens as the script says, host by host. */
function appThat(codes: Readonly<Record<string, string | undefined>>): {
  app: FastifyInstance
  hosts: string[]
} {
  const hosts: string[] = []
  const app = {
    listen: ({ host }: { host: string }) => {
      hosts.push(host)
      const code = codes[host]
      if (code === undefined) return Promise.resolve()
      return Promise.reject(Object.assign(new Error(`listen ${code}`), { code }))
    },
    server: { address: () => ({ port: 8443 }) },
  }
  return { app: app as unknown as FastifyInstance, hosts }
}

test('listens on all addresses, and on those of IPv4 where there are no others', async () => {
  const both = appThat({})
  assert.equal(await listen(both.app, 0), 8443)
  const old = appThat({ '::': 'EAFNOSUPPORT' })
  assert.equal(await listen(old.app, 0), 8443)
  assert.deepEqual([both.hosts, old.hosts], [['::'], ['::', '0.0.0.0']])
})

test('says what to do where the port takes root, which upstream runs as', async () => {
  await assert.rejects(
    listen(appThat({ '::': 'EACCES' }).app, 443),
    /^Error: Port 443 is for root on this node: give --port=8443 .*targetPort.*sysctl/,
  )
})

test('any other failure is told as it is', async () => {
  await assert.rejects(listen(appThat({ '::': 'EADDRINUSE' }).app, 443), /listen EADDRINUSE/)
})
