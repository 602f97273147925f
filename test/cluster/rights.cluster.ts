/**
 * What the webhook may do on the API server, in the mode `self`: what it needs, by name where Kubernetes can say so.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attempt } from './command.ts'
import { CONFIGURATION, NAMESPACE, RELEASE } from './installation.ts'
import { CONFIGURATION_KINDS, SECRET } from './webhooks.ts'

const AS = `--as=system:serviceaccount:${NAMESPACE}:${RELEASE}`

const MAY: readonly (readonly [verb: string, what: string, namespace: string])[] = [
  ...['get', 'list', 'watch'].map((verb) => [verb, 'serviceaccounts', 'default'] as const),
  ...['get', 'update'].map((verb) => [verb, `secrets/${SECRET}`, NAMESPACE] as const),
  ['create', 'secrets', NAMESPACE],
  ['get', '/version', 'default'],
  ...CONFIGURATION_KINDS.flatMap((kind) =>
    ['get', 'patch'].map((verb) => [verb, `${kind}s/${CONFIGURATION}`, 'default'] as const),
  ),
]

const MAY_NOT: typeof MAY = [
  ['list', 'secrets', NAMESPACE],
  ['get', 'secrets/other', NAMESPACE],
  ['delete', `secrets/${SECRET}`, NAMESPACE],
  ['get', `secrets/${SECRET}`, 'default'],
  ['create', 'secrets', 'default'],
  ['update', 'serviceaccounts', 'default'],
  ['list', 'pods', 'default'],
  ['create', 'pods', NAMESPACE],
  ...CONFIGURATION_KINDS.flatMap(
    (kind) =>
      [
        ['list', `${kind}s`, 'default'],
        ['create', `${kind}s`, 'default'],
        ['patch', `${kind}s/other`, 'default'],
        ['delete', `${kind}s/${CONFIGURATION}`, 'default'],
      ] as const,
  ),
]

async function mayDo([verb, what, namespace]: (typeof MAY)[number]): Promise<string> {
  const command = ['kubectl', 'auth', 'can-i', verb, what, `--namespace=${namespace}`, AS]
  const { stdout } = await attempt(command)
  return `${verb} ${what} in ${namespace}: ${stdout.trim()}`
}

test('the webhook may do what it needs, and nothing else of the same kinds', async () => {
  const toLine = (answer: string) => (row: (typeof MAY)[number]) =>
    `${row[0]} ${row[1]} in ${row[2]}: ${answer}`
  assert.deepEqual(await Promise.all(MAY.map(mayDo)), MAY.map(toLine('yes')))
  assert.deepEqual(await Promise.all(MAY_NOT.map(mayDo)), MAY_NOT.map(toLine('no')))
})
