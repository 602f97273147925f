/** The strict AWS as a process of its own, driven through its control paths. */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { startIssuer, type Issuer } from '../../../stand-ins/aws/issuer.ts'
import { BASE } from './stage.ts'
import { toPolicy } from './world.ts'

const MAIN = fileURLToPath(new URL('../../../stand-ins/aws/main.ts', import.meta.url))
const EXAMPLE = fileURLToPath(new URL('../../../stand-ins/aws/example.yaml', import.meta.url))

function run(...options: string[]): ChildProcess & { stdout: NodeJS.ReadableStream } {
  return spawn(process.execPath, [MAIN, ...options], { stdio: ['ignore', 'pipe', 'pipe'] })
}

let issuer: Issuer
let child: ChildProcess
let url: string

before(async () => {
  issuer = await startIssuer()
  const location = `${issuer.issuer}=${issuer.url}`
  const started = run('--config', EXAMPLE, '--time-scale', '60', '--issuer-location', location)
  child = started
  const [line] = (await once(createInterface(started.stdout), 'line')) as [string]
  url = (JSON.parse(line) as { url: string }).url
})

after(async () => {
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  assert.deepEqual(await ended, [0, null])
  await issuer.stop()
})

async function control(method: string, path: string, body?: unknown) {
  const answer = await fetch(`${url}/_/${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return { status: answer.status, value: await answer.json() }
}

async function assume(): Promise<number> {
  const WebIdentityToken = await issuer.mint({
    namespace: 'reports',
    serviceAccount: 'reporter',
    audience: 'sts.amazonaws.com',
  })
  const client = new STSClient({ endpoint: url, region: 'eu-west-1', maxAttempts: 1 })
  const command = { RoleArn: BASE, RoleSessionName: 'reports.pod', WebIdentityToken }
  const { Credentials } = await client.send(new AssumeRoleWithWebIdentityCommand(command))
  return (Credentials?.Expiration?.getTime() ?? 0) - Date.now()
}

test('serves STS with the options of the command line, and shows its trail', async () => {
  const lifeMs = await assume()
  assert.ok(lifeMs > 50_000 && lifeMs <= 60_000)
  const { value } = await control('GET', 'trail')
  assert.deepEqual(
    (value as { eventName: string }[]).map(({ eventName }) => eventName),
    ['AssumeRoleWithWebIdentity'],
  )
  assert.deepEqual((await control('DELETE', 'trail')).value, [])
})

test('takes faults, lists them, and takes them back', async () => {
  const fault = { kind: 'error', status: 500, code: 'InternalFailure' }
  const { status, value } = await control('POST', 'faults', fault)
  const { id } = value as { id: number }
  assert.equal(status, 201)
  assert.deepEqual((await control('GET', 'faults')).value, [{ id, ...fault }])
  await assert.rejects(assume(), /A fault that was asked for/)
  assert.deepEqual((await control('DELETE', `faults/${id}`)).value, [])
  await assume()
  await control('POST', 'faults', { kind: 'reset' })
  assert.deepEqual((await control('DELETE', 'faults')).value, [])
  await assume()
})

test('lets time pass faster for sessions that come later', async (t) => {
  t.after(() => control('PUT', 'time-scale', 60))
  assert.equal((await control('PUT', 'time-scale', 0)).status, 400)
  assert.equal((await control('PUT', 'time-scale', 600)).status, 200)
  const lifeMs = await assume()
  assert.ok(lifeMs > 0 && lifeMs <= 6_000)
})

test('changes who a role trusts, and says what is wrong with the policy', async () => {
  const path = `trust-policies/${BASE}`
  assert.equal((await control('PUT', `${path}-no`, toPolicy([]))).status, 404)
  assert.match(
    JSON.stringify((await control('PUT', path, toPolicy({ Effect: 'Alow' }))).value),
    /Not a trust policy/,
  )
  await assume()
  assert.equal((await control('PUT', path, toPolicy([]))).status, 200)
  await assert.rejects(assume(), /AccessDenied|not authorized/i)
})

test('says what is wrong with a fault and which paths there are', async () => {
  const wrong = await control('POST', 'faults', { kind: 'eror' })
  assert.equal(wrong.status, 400)
  assert.match(JSON.stringify(wrong.value), /Not a fault/)
  const unknown = await control('GET', 'nothing')
  assert.equal(unknown.status, 404)
  assert.match(JSON.stringify(unknown.value), /DELETE \/_\/faults\/<id>/)
})

test('a missing option or file ends it with a sentence', async (t) => {
  for (const [options, sentence] of [
    [[], /--config is missing/],
    [['--config', '/no/such/file'], /ENOENT/],
    [['--config', EXAMPLE, '--time-scale', 'x'], /--time-scale/],
    [['--config', EXAMPLE, '--port', '70000'], /--port/],
  ] as const) {
    const failed = run(...options)
    t.after(() => failed.kill())
    let text = ''
    failed.stderr?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    const [code] = (await once(failed, 'close')) as [number]
    assert.equal(code, 1)
    assert.match(text, sentence)
  }
})
