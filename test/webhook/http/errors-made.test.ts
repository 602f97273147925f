/**
 * What an ordinary review does not do: make errors. Each takes a trace of the stack, which costs a tenth of a review or
 * more.
 */
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, test } from 'node:test'
import type { AppUnderTest, Surroundings } from './app-under-test.ts'

const made: string[] = []
const OrdinaryError = globalThis.Error

/** Before the webhook is loaded: its own kinds of errors extend what stands there then. */
before(() => {
  globalThis.Error = new Proxy(OrdinaryError, {
    construct: (target, args, kind) => {
      made.push(`${kind.name}: ${String(args[0])}`)
      return Reflect.construct(target, args, kind) as object
    },
  })
})
after(() => {
  globalThis.Error = OrdinaryError
})

async function reviewOverHttp(body: string, surroundings: Surroundings): Promise<string> {
  const { createAppUnderTest } = await import('./app-under-test.ts')
  const { app }: AppUnderTest = createAppUnderTest(surroundings)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const address = app.server.address()
  assert.ok(typeof address === 'object' && address !== null)
  made.length = 0
  const answer = await post(address.port, body)
  await app.close()
  return answer
}

/** Rejects unless all of `body` was sent and answered. */
function post(port: number, body: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const headers = { 'content-type': 'application/json', connection: 'close' }
  const sending = request(
    { port, host: '127.0.0.1', method: 'POST', path: '/mutate?timeout=5s', headers },
    (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('close', () => resolve(text))
    },
  )
  sending.on('error', reject).end(body)
  return promise
}

test('a pod for the base role makes no error', async () => {
  const { baseRole, plainPod, serviceAccount, toBody } = await import('./app-under-test.ts')
  const cached = serviceAccount({ 'eks.amazonaws.com/role-arn': baseRole })
  assert.match(await reviewOverHttp(toBody(plainPod), { cached }), /"patch"/)
  assert.deepEqual(made, [])
})

test('a pod with a chain makes no error', async () => {
  const { chainPod, serviceAccount, toBody } = await import('./app-under-test.ts')
  const live = { kind: 'found', serviceAccount: serviceAccount({}) } as const
  assert.match(await reviewOverHttp(toBody(chainPod), { live }), /"patch"/)
  assert.deepEqual(made, [])
})
