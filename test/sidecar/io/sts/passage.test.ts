/** What is noted of an answer on its way, and said of it. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import {
  describeAnswer,
  noteRequest,
  type Passage,
  readAnswer,
} from '../../../../sidecar/io/sts/passage.ts'

async function describe(contentType: string | undefined, text: string): Promise<string> {
  const passage: Passage = { secrets: [] }
  noteRequest(passage, { hostname: 'sts.example', protocol: 'https:' })
  const body = (async function* () {
    yield Buffer.from(text)
  })()
  await readAnswer(passage, { statusCode: 502, headers: { 'content-type': contentType }, body })
  return describeAnswer(passage) ?? ''
}

it('names the whole type of a page, without its parameters', async () => {
  assert.equal(
    await describe('text/html; charset=utf-8', '<html>'),
    'HTTP 502, text/html, from sts.example:443',
  )
  assert.equal(
    await describe('application/problem+json', '{}'),
    'HTTP 502, application/problem+json, from sts.example:443',
  )
})

it('shows no type that is none, and no more of a long one than fits a sentence', async () => {
  const none = 'HTTP 502, no content type, from sts.example:443'
  for (const type of [undefined, '', 'html', 'secret stuff/html', `${'x'.repeat(41)}/html`])
    assert.equal(await describe(type, ''), none, type)
  assert.equal(
    await describe(`text/${'x'.repeat(100)}`, ''),
    `HTTP 502, text/${'x'.repeat(40)}, from sts.example:443`,
  )
})
