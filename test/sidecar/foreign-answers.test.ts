/**
 * The real child against something that answers in place of STS: nothing of it is believed, kept or repeated that
 * should not be.
 */
import assert from 'node:assert/strict'
import type { RequestListener, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import type { Failure } from '../../sidecar/core/failures/failure.ts'
import { session } from './sessions.ts'
import { startStranger } from './front.ts'
import { base, type Stage, startStage, target } from './stage.ts'

let stage: Stage

before(async () => {
  stage = await startStage()
})
after(() => stage.stop())

/** What the walk of a chain ends with when `answer` is at the STS endpoint. */
async function failureOf(
  answer: RequestListener,
  held?: ReturnType<typeof session>,
): Promise<{ failure: Failure; host: string }> {
  const stranger = await startStranger(answer)
  try {
    const job = stage.jobOf({ default: [base, target] })
    const sts = { ...job.sts, endpoint: stranger.url }
    const keys = held === undefined ? [] : Object.keys((await stage.run(job)).baseSessions)
    const baseSessions = Object.fromEntries(keys.flatMap((key) => (held ? [[key, held]] : [])))
    const run = await stage.run({ ...job, baseSessions, sts })
    const failure = run.failures['default']
    assert.ok(failure)
    return { failure, host: new URL(stranger.url).host }
  } finally {
    await stranger.stop()
  }
}

function refusal(code: string, message: string, requestId = 'a-request'): string {
  return (
    '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">' +
    `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>` +
    `<RequestId>${requestId}</RequestId></ErrorResponse>`
  )
}

/** The head of a refusal; with a piece of the secret in the header that has the request id, if that is the place. */
function startRefusal(response: ServerResponse, place: string, secret: string): ServerResponse {
  const requestId = place.endsWith('header') ? secret.slice(20, 60) : 'a-request'
  return response.writeHead(400, { 'content-type': 'text/xml', 'x-amzn-requestid': requestId })
}

/** No piece of 12 characters of a secret is in the text. */
function assertFree(said: string, secret: string): void {
  for (let index = 0; index + 12 <= secret.length; index += 1) {
    const piece = secret.slice(index, index + 12)
    assert.ok(!said.includes(piece), `${piece} is in ${said}`)
  }
}

describe('an answer without end', () => {
  for (const [what, status] of [
    ['outcome', 200],
    ['refusal', 400],
  ] as const) {
    it(`is cut at 256 KiB: an ${what}`, async () => {
      let written = 0
      const { failure, host } = await failureOf((_, response) => {
        response.writeHead(status, { 'content-type': 'text/xml' })
        response.write('<ErrorResponse>')
        const more = (): void => {
          if (response.destroyed) return
          written += 65_536
          response.write('x'.repeat(65_536), () => setImmediate(more))
        }
        more()
      })
      assert.equal(failure.code, 'answer_unreadable')
      assert.equal(failure.isPermanent, false)
      assert.ok(
        failure.sentence.includes(`HTTP ${status}, text/xml, more than 256 KiB, from ${host}.`),
      )
      // What sockets buffer comes on top.
      assert.ok(written < 32 * 1024 * 1024, String(written))
    })
  }
})

describe('something else that answers', () => {
  for (const [what, status, headers, body, code] of [
    [
      'a page',
      404,
      { 'content-type': 'text/html; charset=utf-8' },
      '<html>No</html>',
      'answer_unreadable',
    ],
    [
      'a page with 200',
      200,
      { 'content-type': 'text/html' },
      '<html>Log in</html>',
      'answer_unreadable',
    ],
    ['a redirect', 302, { location: 'https://login.example/' }, '', 'answer_unreadable'],
    [
      'an API gateway',
      403,
      { 'content-type': 'application/json' },
      '{"message":"Forbidden"}',
      'answer_unreadable',
    ],
    [
      'XML of another service',
      200,
      { 'content-type': 'text/xml' },
      '<ListBucketResult/>',
      'answer_unreadable',
    ],
    [
      'a proxy without a way on',
      502,
      { 'content-type': 'text/html' },
      '<html>Bad gateway</html>',
      'gateway_failed',
    ],
    ['a load balancer', 503, {}, '', 'gateway_failed'],
    ['a proxy that limits', 429, { 'content-type': 'text/plain' }, 'slow down', 'throttled'],
  ] as const) {
    it(`is ${code}, with status, content type and place: ${what}`, async () => {
      const { failure, host } = await failureOf((_, response) => {
        response.writeHead(status, headers).end(body)
      })
      assert.equal(failure.code, code)
      assert.equal(failure.isPermanent, false)
      const type =
        'content-type' in headers ? headers['content-type'].split(';')[0] : 'no content type'
      assert.ok(
        failure.sentence.includes(`HTTP ${status}, ${type}, from ${host}`),
        failure.sentence,
      )
      assert.equal(failure.awsErrorCode, undefined)
    })
  }

  for (const [what, body] of [
    ['nested without end', `<ErrorResponse>${'<a>'.repeat(80_000)}`],
    ['cut off', '<ErrorResponse><Error><Code>AccessDenied</Co'],
    ['without a code', '<ErrorResponse><Error/></ErrorResponse>'],
  ] as const) {
    it(`is not believed when it looks like STS and is ${what}`, async () => {
      const { failure, host } = await failureOf((_, response) => {
        response.writeHead(400, { 'content-type': 'text/xml' }).end(body)
      })
      assert.equal(failure.code, 'answer_unreadable')
      assert.ok(failure.sentence.includes(`HTTP 400, text/xml, from ${host}`), failure.sentence)
    })
  }

  it('has no say in a content type of its own making', async () => {
    const { failure } = await failureOf((request, response) => {
      void text(request).then((body) => {
        const token = new URLSearchParams(body).get('WebIdentityToken') ?? ''
        response.writeHead(404, { 'content-type': `${token}/x` }).end()
      })
    })
    assertFree(JSON.stringify(failure), await stage.writeToken())
  })
})

describe('a side that repeats the secrets of the call', () => {
  const places: readonly (readonly [string, (secret: string) => string])[] = [
    ['as the code', (secret) => refusal(secret, 'No')],
    ['as the beginning of a code', (secret) => refusal(secret.slice(0, 60), 'No')],
    ['as the end of a code', (secret) => refusal(`X${secret.slice(-50)}`, 'No')],
    ['as the request id', (secret) => refusal('ValidationError', 'No', secret.slice(40, 90))],
    ['as the request id in the header', () => refusal('ValidationError', 'No')],
    ['in the message', (secret) => refusal('ValidationError', `Value '${secret}' is wrong`)],
    ['in pieces', (secret) => refusal('ValidationError', secret.replace(/.{40}/g, '$& '))],
    ['cut', (secret) => refusal('ValidationError', `…${secret.slice(100, 400)}`)],
    ['encoded', (secret) => refusal('ValidationError', encodeURIComponent(secret).slice(20, 500))],
    [
      'in the code of another form',
      (secret) =>
        `<Response><Errors><Error><Code>${secret.slice(9, 69)}</Code></Error></Errors></Response>`,
    ],
  ]
  for (const [what, answer] of places) {
    it(`(the token, ${what}) is not heard`, async () => {
      const token = await stage.writeToken()
      const { failure } = await failureOf((_, response) => {
        startRefusal(response, what, token).end(answer(token))
      })
      assertFree(JSON.stringify(failure), token)
    })

    it(`(a session, ${what}) is not heard`, async () => {
      const sessionToken = `IQoJb3JpZ2luX2Vj${'+/aB3cD4eF5gH6iJ7kL8mN9oP0'.repeat(30)}==`
      const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
      const held = session({
        roleArn: base.roleArn,
        sessionToken,
        secretAccessKey,
        expiresAtMs: Date.now() + 3_600_000,
      })
      for (const secret of [sessionToken, secretAccessKey]) {
        const { failure } = await failureOf((_, response) => {
          startRefusal(response, what, secret).end(answer(secret))
        }, held)
        assertFree(JSON.stringify(failure), secret)
      }
    })
  }
})
