/** TLS by the flags with Go's names, as clients find it in handshakes. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { connect } from 'node:tls'
import type { ConnectionOptions } from 'node:tls'
import { parseCommandLine } from '../../../webhook/command-line/command-line.ts'
import { readProtocol } from '../../../webhook/certificates/serving-tls.ts'
import { makeCertificate } from '../../../stand-ins/kubernetes/certificate.ts'

/** Protocol and cipher that a client gets, or the code of the refusal. */
type Handshake = (options: ConnectionOptions) => Promise<string>

async function serve(context: TestContext, ...flags: readonly string[]): Promise<Handshake> {
  const line = parseCommandLine(flags)
  assert.ok(line.kind === 'run', JSON.stringify(line))
  const { ciphers, minVersion } = readProtocol(line.values)
  const { ca, certificate: cert, key } = await makeCertificate()
  const options = { cert, key, minVersion, ...(ciphers === '' ? {} : { ciphers }) }
  const server = createServer(options).listen(0, '127.0.0.1')
  context.after(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return async (client) => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca, ...client })
    try {
      await once(socket, 'secureConnect')
      return `${socket.getProtocol()} ${socket.getCipher().name}`
    } catch (error) {
      return String((error as { code?: unknown }).code)
    } finally {
      socket.destroy()
    }
  }
}

/** What a client needs to speak versions that OpenSSL keeps away. */
const old = { ciphers: 'DEFAULT:@SECLEVEL=0', minVersion: 'TLSv1' } as const
const refused = /^ERR_SSL_.*ALERT|ECONNRESET/

test('speaks no version below the lowest, by default 1.2', async (context) => {
  const handshake = await serve(context)
  assert.match(await handshake({}), /^TLSv1\.3 /)
  assert.match(await handshake({ ...old, maxVersion: 'TLSv1.2' }), /^TLSv1\.2 /)
  assert.match(await handshake({ ...old, maxVersion: 'TLSv1.1' }), refused)
  const newest = await serve(context, '--tls-min-version=VersionTLS13')
  assert.match(await newest({ maxVersion: 'TLSv1.2' }), refused)
})

test('speaks old versions where the flag says so', async (context) => {
  for (const [flag, maxVersion] of [
    ['1.0', 'TLSv1'],
    ['VersionTLS11', 'TLSv1.1'],
  ] as const) {
    const handshake = await serve(context, `--tls-min-version=${flag}`)
    assert.match(await handshake({ ...old, maxVersion }), new RegExp(`^${maxVersion} `))
    assert.match(await handshake({}), /^TLSv1\.3 /)
  }
})

test('offers the cipher suites of the list only, and all of TLS 1.3', async (context) => {
  const suite = 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384'
  const handshake = await serve(context, `--tls-cipher-suites=${suite}`)
  const maxVersion = 'TLSv1.2'
  assert.match(await handshake({ maxVersion }), /^TLSv1\.2 ECDHE-(?:RSA|ECDSA)-AES256-GCM-SHA384$/)
  const other = 'ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256'
  assert.match(await handshake({ maxVersion, ciphers: other }), refused)
  assert.match(await handshake({ ciphers: 'TLS_CHACHA20_POLY1305_SHA256' }), /^TLSv1\.3 /)
})
