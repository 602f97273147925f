/** The table of `decideStep`, row by row, and what its rows leave open. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decideStep } from '../../../webhook/certificates/steps.ts'
import type { Entry, Facts, Pair, Step } from '../../../webhook/certificates/steps.ts'

const dnsName = 'webhook.rolechain.svc'

function pair(name: string, expiresAtMs = 900): Pair {
  return {
    certificate: `${name} leaf`,
    key: `${name} key`,
    authority: `${name} authority`,
    expiresAtMs,
    dnsNames: [dnsName],
  }
}

function entry(...pairs: readonly Pair[]): Entry {
  const authorities = pairs.map(({ authority, expiresAtMs }) => ({
    certificate: authority,
    expiresAtMs,
  }))
  return { configuration: 'ours', name: 'chain', authorities, isDamaged: false }
}

const old = pair('old', 400)
const now = pair('now')
const later = pair('later', 1500)
const over = pair('over', 50)
const elsewhere: Pair = { ...pair('elsewhere'), dnsNames: ['elsewhere.rolechain.svc'] }
const steady: Facts = {
  nowMs: 100,
  dnsName,
  renewBeforeMs: 300,
  held: { current: now, next: undefined },
  serving: now,
  entries: [entry(now)],
  entriesBefore: [entry(now)],
}
const nothing = { current: undefined, next: undefined }
const starting = { serving: undefined, entriesBefore: undefined }

function trust(...certificates: readonly string[]): Step {
  return { kind: 'trust', bundles: [{ configuration: 'ours', name: 'chain', certificates }] }
}

const rows: readonly (readonly [string, Partial<Facts>, Step])[] = [
  ['rests while all is well', {}, { kind: 'rest' }],
  ['serves at its start what every caBundle verifies', starting, { kind: 'serve', pair: now }],
  [
    'serves where there is no webhook configuration yet',
    { ...starting, entries: [] },
    { kind: 'serve', pair: now },
  ],
  [
    'has itself trusted before it serves anything',
    { ...starting, entries: [entry(now), entry()] },
    trust(now.authority),
  ],
  [
    'makes the first pair of a cluster',
    { ...starting, held: nothing, entries: [entry()] },
    { kind: 'make', as: 'current' },
  ],
  [
    'leaves a caBundle alone as long as there is no pair',
    { ...starting, held: nothing, entries: [{ ...entry(over), isDamaged: true }] },
    { kind: 'make', as: 'current' },
  ],
  [
    'goes over to a new pair that every caBundle has verified for a while',
    {
      serving: old,
      entries: [entry(old, now)],
      entriesBefore: [entry(old, now)],
    },
    { kind: 'serve', pair: now },
  ],
  [
    'waits with a new pair until API servers surely know its authority',
    { serving: old, entries: [entry(old, now)], entriesBefore: [entry(old)] },
    { kind: 'rest' },
  ],
  [
    'keeps an old authority in the caBundle as long as it is valid',
    { serving: now, entries: [entry(old, now)] },
    { kind: 'rest' },
  ],
  [
    'takes an authority away when it has ended',
    { entries: [entry(over, now)] },
    trust(now.authority),
  ],
  [
    'adds what is missing although as much has ended',
    { entries: [entry(over)] },
    trust(now.authority),
  ],
  [
    'clears what is no certificate from a caBundle',
    { entries: [{ ...entry(now), isDamaged: true }] },
    trust(now.authority),
  ],
  [
    'keeps what others trust when it repairs a caBundle',
    { entries: [entry(old)] },
    trust(old.authority, now.authority),
  ],
  [
    'has trusted what it still serves although the Secret has moved on',
    { serving: old, entries: [entry()], entriesBefore: [entry()] },
    trust(now.authority, old.authority),
  ],
  [
    'puts back what it serves when the Secret is lost',
    { held: nothing },
    { kind: 'store', held: { current: now, next: undefined } },
  ],
  [
    'keeps the next pair when only the current one is lost',
    { held: { current: undefined, next: later }, entries: [entry(now, later)] },
    { kind: 'store', held: { current: now, next: later } },
  ],
  [
    'takes the next pair when the current one has ended in its absence',
    { ...starting, held: { current: over, next: later }, entries: [entry(later)] },
    { kind: 'store', held: { current: later, next: undefined } },
  ],
  [
    'makes a current pair when all have ended',
    { ...starting, held: { current: over, next: undefined }, entries: [entry()] },
    { kind: 'make', as: 'current' },
  ],
  [
    'makes the next pair some time before the end of the current one',
    { nowMs: 600 },
    { kind: 'make', as: 'next' },
  ],
  ['makes no next pair before that', { nowMs: 599 }, { kind: 'rest' }],
  [
    'has the next pair trusted',
    { nowMs: 600, held: { current: now, next: later } },
    trust(now.authority, later.authority),
  ],
  [
    'waits with the next pair until API servers surely know its authority',
    { held: { current: now, next: later }, entries: [entry(now, later)] },
    { kind: 'rest' },
  ],
  [
    'does not count on caBundles that it has not seen for a while',
    {
      held: { current: now, next: later },
      entries: [entry(now, later)],
      entriesBefore: undefined,
    },
    { kind: 'rest' },
  ],
  [
    'makes the next pair the current one when it is trusted',
    {
      held: { current: now, next: later },
      entries: [entry(now, later)],
      entriesBefore: [entry(now, later)],
    },
    { kind: 'store', held: { current: later, next: undefined } },
  ],
  [
    'replaces a next pair that has ended',
    { nowMs: 600, held: { current: now, next: over } },
    { kind: 'make', as: 'next' },
  ],
  [
    'never serves a pair for another name, and has it trusted for those that do',
    { ...starting, held: { current: elsewhere, next: undefined }, entries: [entry()] },
    trust(elsewhere.authority),
  ],
  [
    'makes a pair for its own name',
    { ...starting, held: { current: elsewhere, next: undefined }, entries: [entry(elsewhere)] },
    { kind: 'make', as: 'current' },
  ],
]

for (const [behaviour, facts, expected] of rows) {
  test(behaviour, () => assert.deepEqual(decideStep({ ...steady, ...facts }), expected))
}
