/** Which URLs the sidecar's settings take: what is passed on must not need to be spelt in another way. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSettings } from '../../../../webhook/core/configuration/settings-schema.ts'

const isTaken = (httpsProxy: string) =>
  parseSettings({ sidecar: { httpsProxy } }).kind === 'settings'

for (const url of [
  'http://proxy',
  'https://egress.internal:3128',
  'http://10.0.0.1:80/',
  'http://[fd00::1]:3128',
  'http://proxy/a/path?with=query',
  'http://proxy?query',
  'http://proxy#part',
]) {
  test(`takes ${url}`, () => assert.ok(isTaken(url)))
}

for (const url of [
  'proxy:3128',
  'ftp://proxy',
  'HTTP://proxy',
  'xhttp://proxy',
  'http://',
  'http://pro xy',
  'http://proxy:port',
  'http://proxy:123456',
  'http://proxy/a b',
  'http://proxy/a\tb',
  'http://proxy/\n',
  'http://user@proxy',
  'http://[fd00::g]',
]) {
  test(`refuses ${JSON.stringify(url)}`, () => assert.ok(!isTaken(url)))
}
