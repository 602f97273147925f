import assert from 'node:assert/strict'
import { test } from 'node:test'
import { packageFolder, thirdPartyLicenses } from '../licenses.ts'

test('finds the innermost package of a bundled file, scoped or not', () => {
  const folders = [
    'webhook/main.ts',
    'node_modules/zod/v4/core/util.js',
    'node_modules/@smithy/core/dist/index.js',
    'node_modules/a/node_modules/@b/c/lib/index.js',
  ].map(packageFolder)
  assert.deepEqual(folders, [
    undefined,
    'node_modules/zod',
    'node_modules/@smithy/core',
    'node_modules/a/node_modules/@b/c',
  ])
})

test('gives the licence text of each bundled package once, and names our own files nowhere', () => {
  const text = thirdPartyLicenses([
    'webhook/main.ts',
    'node_modules/zod/index.js',
    'node_modules/zod/v4/index.js',
    'node_modules/@aws-sdk/client-sts/dist/index.js',
  ])
  assert.equal(text.match(/^# zod [\d.]+ \(MIT\)$/gm)?.length, 1)
  assert.match(text, /Permission is hereby granted, free of charge/)
  assert.match(text, /^# @aws-sdk\/client-sts [\d.]+ \(Apache-2\.0\)$/m)
  assert.doesNotMatch(text, /webhook/)
})

test('names a package that ships no licence file with the licence it declares', () => {
  const text = thirdPartyLicenses(['node_modules/stream-buffers/lib/streambuffer.js'])
  assert.match(text, /^# stream-buffers [\d.]+ \(Unlicense\)\n$/)
})
