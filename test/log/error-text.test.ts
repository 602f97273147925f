/** What an error says in a log: one bounded line, without what it quotes of secrets. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { toSentence } from '../../log/error-text.ts'

const WEB_TOKEN = `eyJhbGciOiJSUzI1NiJ9.${'eyJzdWIiOiJzeXN0ZW0i'.repeat(20)}.c2lnbmF0dXJl`

describe('the text of an error', () => {
  it('is one line with the causes behind it', () => {
    const error = new Error('Reading failed', {
      cause: new Error('two\n  lines', { cause: 'the last' }),
    })
    assert.equal(toSentence(error), 'Reading failed: two lines: the last')
  })

  it('is silent about a cause that is neither an error nor a text', () => {
    const error = new Error('The claim is wrong', { cause: { payload: { sub: 'secret' } } })
    assert.equal(toSentence(error), 'The claim is wrong')
  })

  it('is what the errors inside say, where it has no words of its own', () => {
    const inside = ['one', 'two'].map((text) => new Error(text))
    assert.equal(toSentence(new AggregateError(inside)), 'one; two')
  })

  it('has an end, whatever an error is made of', () => {
    const own = new Error('round')
    own.cause = own
    assert.match(toSentence(own), /^(?:round: ){8}round$/)
    const wide = Array.from({ length: 1000 }, () => new Error('x'.repeat(10_000)))
    const deep = Array.from({ length: 20 }).reduce<Error>(
      (inside) => new AggregateError(Array.from({ length: 100 }, () => inside)),
      new AggregateError(wide),
    )
    for (const error of [new AggregateError(wide), deep, new Error('y'.repeat(1e6))]) {
      assert.ok(toSentence(error).length < 10_000)
    }
  })

  for (const [what, text] of [
    ['a web token', WEB_TOKEN],
    ['a session token of AWS', `IQoJb3JpZ2luX2Vj${'A'.repeat(400)}`],
    ['a private key', '-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----'],
    ['a password in a URL', 'https://user:hunter2@proxy.example:3128'],
  ] as const) {
    it(`has no ${what} in it, in a cause neither`, () => {
      const secret = text.match(/hunter2|MIIEvQ|[A-Za-z0-9]{12,}/)?.[0] ?? ''
      for (const error of [
        new Error(`cannot use ${text} here`),
        new Error('outer', { cause: new TypeError(`cannot use ${text}`) }),
        `thrown ${text}`,
        new Error(`${'x'.repeat(1015)} ${text}`),
      ]) {
        assert.ok(!toSentence(error).includes(secret), toSentence(error))
      }
    })
  }

  it('quotes nothing of what was parsed as JSON', () => {
    for (const text of ['AKIASECRET', '{"tls.key":"S3cret', '{"a": S3cret}', '{"a":1}S3cret']) {
      try {
        JSON.parse(text)
        assert.fail()
      } catch (error) {
        assert.doesNotMatch(toSentence(error), /KIASECRET|3cret|tls/)
      }
    }
  })
})
