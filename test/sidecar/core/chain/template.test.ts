import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { fitName, isName, renderTemplate } from '../../../../sidecar/core/chain/template.ts'
import { hashText } from '../../../../sidecar/io/sts/hash.ts'

const placeholders = { '{namespace}': 'team-a', '{pod}': 'nightly-28', '{node}': 'ip-10-0-0-1' }

describe('templates', () => {
  for (const [template, text] of [
    ['{namespace}.{pod}', 'team-a.nightly-28'],
    ['{pod}{pod}', 'nightly-28nightly-28'],
    ['fixed', 'fixed'],
    ['{unknown}', '{unknown}'],
    ['{Namespace}', '{Namespace}'],
    ['{{pod}}', '{nightly-28}'],
    ['{constructor}', '{constructor}'],
    ['', ''],
  ] as const) {
    it(`renders ${JSON.stringify(template)} as ${JSON.stringify(text)}`, () => {
      assert.equal(renderTemplate(template, placeholders), text)
    })
  }

  it('does not render what a value brings along', () => {
    assert.equal(renderTemplate('{pod}', { '{pod}': '{node}', '{node}': 'x' }), '{node}')
  })

  it('keeps a value with dollar signs as it is', () => {
    assert.equal(renderTemplate('{pod}', { '{pod}': '$&$1' }), '$&$1')
  })
})

describe('names for STS', () => {
  it('stay as they are up to 64 characters', () => {
    assert.equal(fitName('a'.repeat(64), hashText), 'a'.repeat(64))
  })

  it('keep their beginning when they are longer, and differ when the long names differ', () => {
    const long = `team-a.${'x'.repeat(80)}`
    const fitted = fitName(long, hashText)
    assert.equal(fitted.length, 64)
    assert.ok(fitted.startsWith('team-a.xxx'))
    assert.notEqual(fitted, fitName(`${long}y`, hashText))
  })

  it('fit STS whatever the names of namespace and pod are', () => {
    const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9.]{0,250}[a-z0-9])?$/)
    fc.assert(
      fc.property(label, label, (namespace, pod) =>
        isName(fitName(`${namespace}.${pod}`, hashText)),
      ),
    )
  })

  for (const name of ['a', '', 'with space', 'ümlaut', 'a'.repeat(65), 'a/b', 'a:b', 'ab\n']) {
    it(`refuse ${JSON.stringify(name)}`, () => assert.equal(isName(name), false))
  }
})
