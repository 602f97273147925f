/** The page of `pods -o html`: it loads nothing, and no text of the cluster becomes markup or code. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { array, assert as assertLaw, constantFrom, oneof, property, string } from 'fast-check'
import { toGraph, type ChainOfAccount, type EdgeKind } from '../../../cli/core/pods/graph.ts'
import { toPage } from '../../../cli/core/pods/page.ts'
import type { PodRow } from '../../../cli/core/pods/rows.ts'
import { worldOf } from './world-of-pods.ts'

const NOW_MS = Date.parse('2030-01-01T00:00:00Z')

const hash = (text: string) => createHash('sha256').update(text).digest('base64')

function page(
  { rows, chains }: { rows: readonly PodRow[]; chains: readonly ChainOfAccount[] },
  server = 'https://api.example',
  kindsOf: (chain: ChainOfAccount) => readonly EdgeKind[] = () => [],
): string {
  const graph = toGraph(chains, rows, kindsOf)
  return toPage({ graph, rows, server, nowMs: NOW_MS, madeAt: '2030-01-01 00:00 UTC', hash })
}

/** The page as names of elements and attributes: what its texts must not change. */
function shapeOf(text: string): readonly string[] {
  const body = text.replace(/<style>[^]*?<\/style>|<script>[^]*?<\/script>/g, '')
  const tags = [...body.matchAll(/<[^>]*>/g)].map(([tag]) => tag)
  assert.equal(body.split('<').length - 1, tags.length, 'each < begins an element of ours')
  return tags.map((tag) => tag.replaceAll(/="[^"]*"/g, ''))
}

const hostile = oneof(
  string({ unit: 'binary', maxLength: 30 }),
  constantFrom(
    '"><script>alert(1)</script>',
    "' onmouseover=alert(1) x='",
    '</script><script>',
    '</style><img src=x onerror=alert(1)>',
    '<!--',
    ']]>',
    '&lt;script&gt;',
    '${alert(1)}',
    '\u2028',
  ),
)

/** One pod with one chain, and a name of the list in each place. */
function toWorld(names: readonly (string | undefined)[]) {
  const [a = '', b = '', c = '', d = '', e = '', f = '', g = '', h = ''] = names
  const roleArns = [`arn:aws:iam::1:role/${e}`, `arn:aws:iam::2:role/${f}`]
  return {
    chains: [
      { namespace: a, serviceAccount: b, roleArns, hops: [], sessionName: '', audience: '' },
    ],
    rows: [
      {
        namespace: a,
        name: c,
        serviceAccount: b,
        targets: [{ name: d, roleArns }],
        version: g,
        stamp: g,
        isOutdated: null,
        createdAt: h,
        gate: 'closed' as const,
        lastFailure: h,
      },
    ],
  }
}

function hops(namespace: string, ...roleArns: string[]): ChainOfAccount {
  return { namespace, serviceAccount: 'a', roleArns, hops: [], sessionName: '', audience: '' }
}

describe('the page', () => {
  it('has the same elements and attributes, whatever the names are', () => {
    assertLaw(
      property(array(hostile, { minLength: 9, maxLength: 9 }), (texts) => {
        const [namespace, account, pod, target, role, other, version, failure, server] = texts
        const names = [namespace, account, pod, target, role, other, version, failure]
        assert.deepEqual(
          shapeOf(page(toWorld(names), server)),
          shapeOf(page(toWorld(names.map(() => 'x')), 'x')),
        )
      }),
      { numRuns: 500 },
    )
  })

  it('keeps every text, escaped', () => {
    const [row] = worldOf(1).rows
    assert.ok(row !== undefined)
    const text = page({ rows: [{ ...row, lastFailure: `<b> & "c" 'd'` }], chains: [] })
    assert.ok(text.includes('&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;'))
  })

  it('loads nothing, and allows no script or style but its own', () => {
    const text = page(worldOf(5))
    assert.doesNotMatch(text, /\b(?:src|href)=|@import|url\(|fetch\(|XMLHttpRequest/)
    const [, style = ''] = /<style>([^]*?)<\/style>/.exec(text) ?? []
    const [, script = ''] = /<script>([^]*?)<\/script>/.exec(text) ?? []
    assert.ok(text.includes(`style-src &#39;sha256-${hash(style)}&#39;`))
    assert.ok(text.includes(`script-src &#39;sha256-${hash(script)}&#39;`))
    assert.doesNotMatch(text, /unsafe-inline| style="| on[a-z]+="/)
  })

  it('has an edge a hop, and of two chains that share one the worse', () => {
    const base = 'arn:aws:iam::111111111111:role/base'
    const reader = 'arn:aws:iam::222222222222:role/reader'
    const { nodes, edges } = toGraph(
      [hops('one', base, reader), hops('two', base, reader), hops('three', reader)],
      [],
      ({ namespace }) => (namespace === 'two' ? ['allowed', 'refused'] : ['allowed', 'allowed']),
    )
    assert.equal(nodes.length, 5)
    const named = edges.map(({ from, to, kind }) => [nodes[from]?.group, nodes[to]?.name, kind])
    assert.deepEqual(named, [
      ['one', base, 'allowed'],
      ['111111111111', reader, 'refused'],
      ['two', base, 'allowed'],
      ['three', reader, 'allowed'],
    ])
  })

  it('has names with numbers in the order of the numbers', () => {
    const { rows, chains } = worldOf(40)
    const names = toGraph(chains, rows, () => [])
      .nodes.filter(({ group }) => group === 'team-billing')
      .map(({ name }) => name)
    assert.deepEqual(
      names,
      [0, 8, 16, 24, 32].map((number) => `billing-reader-${number}`),
    )
  })

  it('says so where there is nothing to draw', () => {
    const said = 'No pod runs with a chain, and no service account has one.'
    assert.ok(page({ rows: [], chains: [] }).includes(said))
    assert.ok(!page(worldOf(5)).includes(said))
  })
})
