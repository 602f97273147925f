/** Faults by script, as a caller sees them, and for how long. */
import assert from 'node:assert/strict'
import { afterEach, after, before, test } from 'node:test'
import { ListBucketsCommand } from '@aws-sdk/client-s3'
import { GetCallerIdentityCommand, type Credentials } from '@aws-sdk/client-sts'
import { createFaultScript, type Fault } from '../../../stand-ins/aws/faults.ts'
import { fromNow, sendRaw, signRequest } from './signed-request.ts'
import { refusalOf, startStage, type Stage } from './stage.ts'

let stage: Stage
let credentials: Credentials

before(async () => {
  stage = await startStage()
  credentials = await stage.assumeBase()
})

afterEach(() => {
  stage.aws.clearFaults()
})

after(() => stage.stop())

function callSts() {
  return stage.sts(credentials).send(new GetCallerIdentityCommand({}))
}

/** Sends a good GetCallerIdentity and gives the whole answer. */
async function send(): Promise<Response> {
  const { headers, body } = await signRequest(stage.aws.url, { credentials })
  return fetch(stage.aws.url, { method: 'POST', headers, body })
}

test('an error is answered with its status, code and Retry-After, in the form of the service', async () => {
  const fault: Fault = {
    kind: 'error',
    status: 403,
    code: 'RegionDisabledException',
    message: 'Off.',
  }
  const remove = stage.aws.addFault({ ...fault, retryAfterSeconds: 3 })
  const answer = await send()
  assert.equal(answer.status, 403)
  assert.equal(answer.headers.get('retry-after'), '3')
  const text = await answer.text()
  assert.match(text, /<Type>Sender<\/Type><Code>RegionDisabledException<\/Code><Message>Off\.</)
  assert.match(text, new RegExp(`<RequestId>${answer.headers.get('x-amzn-requestid')}</RequestId>`))
  assert.equal(stage.aws.trail().at(-1)?.errorCode, 'RegionDisabledException')
  remove()
  await callSts()
  stage.aws.addFault({ kind: 'error', status: 500, code: 'InternalFailure' })
  assert.match(await (await send()).text(), /<Type>Receiver<\/Type>/)
})

test('throttling speaks the words of each service', async () => {
  stage.aws.addFault({ kind: 'throttle' })
  const sts = await refusalOf(callSts())
  assert.deepEqual([sts.name, sts.status, sts.message], ['Throttling', 400, 'Rate exceeded'])
  assert.equal((await send()).headers.get('retry-after'), null)
  const s3 = await refusalOf(stage.s3(credentials).send(new ListBucketsCommand({})))
  assert.deepEqual([s3.name, s3.status], ['SlowDown', 503])
  stage.aws.clearFaults()
  stage.aws.addFault({ kind: 'throttle', retryAfterSeconds: 2 })
  assert.equal((await send()).headers.get('retry-after'), '2')
})

test('a reset ends the connection before the call is judged', async () => {
  stage.aws.addFault({ kind: 'reset', calls: 1 })
  const calls = stage.aws.trail().length
  const refusal = await refusalOf(callSts())
  assert.match(`${refusal.name} ${refusal.message}`, /ECONNRESET|socket hang up/)
  assert.equal(stage.aws.trail().length, calls)
})

test('garbage and a body that is cut off come after the call was judged', async () => {
  stage.aws.addFault({ kind: 'garbage', calls: 1 })
  const calls = stage.aws.trail().length
  const answer = await send()
  assert.equal(answer.status, 200)
  assert.doesNotMatch(await answer.text(), /GetCallerIdentityResult/)
  stage.aws.addFault({ kind: 'cut_off', calls: 1 })
  const cut = await send()
  assert.ok(Number(cut.headers.get('content-length')) > 0)
  await assert.rejects(cut.text())
  assert.equal(stage.aws.trail().length, calls + 2)
})

test('a delay holds a call back while others go on', async () => {
  stage.aws.addFault({ kind: 'delay', delayMs: 1000, operation: 'GetCallerIdentity' })
  const delayed = callSts()
  await stage.assume(credentials, {})
  assert.equal(stage.aws.trail().at(-1)?.eventName, 'AssumeRole')
  await delayed
  assert.equal(stage.aws.trail().at(-1)?.eventName, 'GetCallerIdentity')
})

test('a clock that is off makes good signatures stale, and moves the end of sessions', async () => {
  stage.aws.addFault({ kind: 'clock', offsetMs: 16 * 60_000 })
  const { name, message } = await refusalOf(callSts())
  assert.equal(name, 'SignatureDoesNotMatch')
  assert.match(message, /^Signature expired/)
  const { url } = stage.aws
  const corrected = await signRequest(url, { credentials, date: fromNow(16 * 60_000) })
  assert.equal((await sendRaw(url, corrected)).status, 200)
  stage.aws.addFault({ kind: 'clock', offsetMs: 44 * 60_000 })
  const hourLater = await signRequest(url, { credentials, date: fromNow(60 * 60_000) })
  assert.equal((await sendRaw(url, hourLater)).code, 'ExpiredToken')
})

test('a clock that is off shows in the Date of every answer, by which an SDK corrects its own', async () => {
  stage.aws.addFault({ kind: 'clock', offsetMs: 16 * 60_000 })
  const { headers } = await send()
  const offMs = Date.parse(headers.get('date') ?? '') - Date.now() - 16 * 60_000
  assert.ok(Math.abs(offMs) < 60_000, `off by ${offMs} ms more than asked for`)
  const client = stage.sts(credentials)
  await refusalOf(client.send(new GetCallerIdentityCommand({})))
  const { Arn } = await client.send(new GetCallerIdentityCommand({}))
  assert.match(Arn ?? '', /:assumed-role\//)
})

test('a fault hits its operation only', async () => {
  stage.aws.addFault({ kind: 'throttle', operation: 'AssumeRole' })
  await callSts()
  assert.equal((await refusalOf(stage.assume(credentials, {}))).name, 'Throttling')
})

test('lasts for so many calls, for a share of them, or until it is taken back', () => {
  const script = createFaultScript()
  const draw = () => script.draw('AssumeRole').length
  script.add({ kind: 'reset', calls: 2 })
  assert.deepEqual([draw(), draw(), draw()], [1, 1, 0])
  const half = script.add({ kind: 'reset', share: 0.5 })
  assert.deepEqual([draw(), draw(), draw(), draw()], [0, 1, 0, 1])
  script.remove(half)
  script.add({ kind: 'reset', share: 0.25, calls: 1 })
  assert.deepEqual(Array.from({ length: 8 }, draw), [0, 0, 0, 1, 0, 0, 0, 0])
  script.add({ kind: 'reset' })
  script.add({ kind: 'garbage' })
  assert.deepEqual([draw(), draw()], [2, 2])
  script.clear()
  assert.equal(draw(), 0)
})

test('an hour ends sooner by the time scale, at a whole second', async (t) => {
  const wholeMs = Math.floor(Date.now() / 1000) * 1000
  const scaled = await startStage(undefined, { timeScale: 600, now: () => wholeMs + 250 })
  t.after(() => scaled.stop())
  const { Expiration } = await scaled.assumeBase()
  assert.equal(Expiration?.getTime(), wholeMs + 6000)
})
