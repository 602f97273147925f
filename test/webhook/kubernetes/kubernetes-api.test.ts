import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { accessFromPod } from '../../../webhook/kubernetes/cluster-access.ts'
import { accessFromKubeconfig } from '../../../webhook/kubernetes/kubeconfig.ts'
import {
  ApiError,
  createKubernetesApi,
  OBJECT_LIMIT_BYTES,
} from '../../../webhook/kubernetes/kubernetes-api.ts'
import { startCluster } from './cluster-of-a-test.ts'

const call = () => ({
  path: '/version',
  accept: 'application/json',
  signal: AbortSignal.timeout(5000),
})
const version = { major: '1', minor: '34', gitVersion: 'v1.34.0' }

test('an answer other than 200 is an error with its status and message', async (context) => {
  const { api } = await startCluster(context)
  await assert.rejects(
    api.read({ ...call(), path: '/api/v1/namespaces/a/serviceaccounts/b' }),
    (error) =>
      error instanceof ApiError &&
      error.status === 404 &&
      error.message === 'The API server answered 404: serviceaccounts "b" not found',
  )
})

test('an answer that breaks off is an error', async (context) => {
  const { api, kubernetes } = await startCluster(context)
  kubernetes.break('version', { kind: 'cut' })
  await assert.rejects(api.read(call()), /aborted/)
})

test('a read ends when its signal does', async (context) => {
  const { api, kubernetes } = await startCluster(context)
  kubernetes.break('version', { kind: 'hang' })
  await assert.rejects(api.read({ ...call(), signal: AbortSignal.timeout(10) }), /abort|timeout/i)
})

test('an answer and an event end where they are larger than an object can be', async (context) => {
  const half = 'x'.repeat(OBJECT_LIMIT_BYTES / 2)
  const server = createServer((request, response) => {
    if (request.url === '/fitting') response.end(JSON.stringify(half))
    // Without end: only a reader that gives up ends it.
    else for (let count = 0; count < 3; count += 1) response.write(`"${half}`)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const api = createKubernetesApi({
    server: `http://127.0.0.1:${port}`,
    readOptions: () => Promise.resolve({}),
  })
  context.after(() => api.stop())
  assert.equal(await api.read({ ...call(), path: '/fitting' }), half)
  const tooLarge = /^Error: The API server sent more than 3145728 bytes for one object or page\.$/
  await assert.rejects(api.read(call()), tooLarge)
  await assert.rejects(
    api.watch(call(), () => assert.fail('there is no whole event')),
    tooLarge,
  )
})

test('a connection that the server has closed while it was idle costs no failure', async (context) => {
  let requests = 0
  const server = createServer((_request, response) => {
    requests += 1
    response.end('{}')
  }).listen(0, '127.0.0.1')
  // The first answer is read, the second request finds its connection closed.
  server.on('request', (request, response) => {
    if (requests === 1) response.on('finish', () => setImmediate(() => request.socket.destroy()))
  })
  await once(server, 'listening')
  context.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const api = createKubernetesApi({
    server: `http://127.0.0.1:${port}`,
    readOptions: () => Promise.resolve({}),
  })
  context.after(api.stop)
  await api.read(call())
  await api.read(call())
  assert.equal(requests, 2)
})

test('a kubeconfig gives address, trust and credentials', async (context) => {
  const { kubernetes } = await startCluster(context)
  const folder = mkdtempSync(join(tmpdir(), 'rolechain-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const path = kubernetes.writeKubeconfig(join(folder, 'kubeconfig'))
  const api = createKubernetesApi(accessFromKubeconfig(path, ''))
  context.after(api.stop)
  assert.deepEqual(await api.read(call()), version)
  assert.equal(accessFromKubeconfig(path, 'https://10.0.0.1:6443/').server, 'https://10.0.0.1:6443')
  assert.throws(
    () => accessFromKubeconfig(join(folder, 'nothing'), ''),
    /^Error: --kubeconfig=\S+nothing cannot be used \(ENOENT\)/,
  )
  const damaged = join(folder, 'damaged')
  writeFileSync(damaged, 'users: [{ name: a, user: { token: hunter2 }\nkind: [')
  assert.throws(
    () => accessFromKubeconfig(damaged, ''),
    ({ message }: Error) => /it is no kubeconfig/.test(message) && !/hunter2/.test(message),
  )
})

test('a pod reads its token anew for each request', async (context) => {
  const { kubernetes } = await startCluster(context)
  const folder = mkdtempSync(join(tmpdir(), 'rolechain-'))
  context.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'ca.crt'), kubernetes.ca)
  writeFileSync(join(folder, 'token'), 'an old one\n')
  const { hostname: host, port } = new URL(kubernetes.url)
  const api = createKubernetesApi(accessFromPod({ host, port, folder }))
  context.after(api.stop)
  await assert.rejects(api.read(call()), /answered 401/)
  writeFileSync(join(folder, 'token'), `${kubernetes.token}\n`)
  assert.deepEqual(await api.read(call()), version)
})

test('elsewhere than in a pod, says that a kubeconfig is needed', () => {
  assert.throws(() => accessFromPod({ host: undefined, port: undefined }), /--kubeconfig/)
  assert.equal(accessFromPod({ host: 'fd00::1', port: '443' }).server, 'https://[fd00::1]:443')
})
