/**
 * The commands of CONTRIBUTING.md, run as they stand on a copy of the project, with stand-ins for programs that need
 * more than that.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  globSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { after, test } from 'node:test'

const TOP = process.cwd()
const LEFT_BEHIND = new Set(['node_modules', '.git', 'dist'])

/**
 * Notes its call, and does what the page counts on: `npx node` runs, `git checkout` restores, docker knows the network
 * of kind.
 */
const STAND_IN = String.raw`#!/usr/bin/env bash
echo "$(basename "$0") $*" >> "$CALLS"
case "$(basename "$0") $1" in
  'npx node') shift; exec "$NODE" "$@" ;;
  'git checkout') cp "$TOP/$2" "$2" ;;
  'git rev-parse') echo 0123456789abcdef ;;
  'docker network') echo 'fc00:f853:ccd:e793::1 172.18.0.1 ' ;;
  'npm run') echo "host=$CLUSTER_HOST_IP load=$CLUSTER_LOAD_IMAGE" >> "$CALLS" ;;
esac
`

const folder = mkdtempSync(join(tmpdir(), 'rolechain-contributing-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const code = [...readFileSync('CONTRIBUTING.md', 'utf8').matchAll(/^( *)```sh\n([^]*?)^ *```$/gm)]
  .map(([, indent = '', block = '']) => block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''))
  .join('')

function runPage(): { output: string; calls: string[] } {
  const copy = join(folder, 'project')
  cpSync(TOP, copy, {
    recursive: true,
    filter: (source) => !LEFT_BEHIND.has(relative(TOP, source)),
  })
  symlinkSync(join(TOP, 'node_modules'), join(copy, 'node_modules'))
  const programs = ['npm', 'npx', 'git', 'docker', 'kind', 'helm'].map((name) => join(folder, name))
  for (const file of [...programs, join(copy, '.ci/run')]) {
    writeFileSync(file, STAND_IN, { mode: 0o755 })
  }
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const calls = join(folder, 'calls')
  const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-euo', 'pipefail', '-c', code], {
    cwd: copy,
    encoding: 'utf8',
    env: {
      ...env,
      PATH: `${folder}:${process.env['PATH'] ?? ''}`,
      CALLS: calls,
      TOP,
      NODE: process.execPath,
      CLUSTER_HOST_IP: '',
      CLUSTER_LOAD_IMAGE: '',
    },
  })
  assert.equal(status, 0, `${stdout}\n${stderr}`)
  return { output: stdout, calls: readFileSync(calls, 'utf8').trimEnd().split('\n') }
}

const { output, calls } = runPage()

function called(program: string): string[] {
  return calls.filter((call) => call.startsWith(`${program} `))
}

test('each script that is run is in package.json', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: object }
  const names = called('npm').map((call) => call.split(' ').filter((word) => word !== 'run')[1])
  const unknown = names.filter((name) => name !== 'ci' && !Object.hasOwn(scripts, name ?? ''))
  assert.deepEqual(unknown, [])
  assert.ok(names.length > 8, names.join(', '))
})

test('each scenario and SDK that is named exists', () => {
  for (const scenario of called('npm').flatMap((call) => call.split('test:cluster -- ')[1] ?? [])) {
    assert.equal(globSync(`test/cluster/${scenario}.cluster.ts`).length, 1, scenario)
  }
  const sdk = called('npm').flatMap((call) => call.split('test:sdks -- ')[1] ?? [])
  const sources = globSync('test/sdks/*.ts').map((file) => readFileSync(file, 'utf8'))
  assert.ok(
    sdk.every((name) => sources.some((source) => source.includes(`'${name}'`))),
    sdk[0],
  )
})

test('the change that the page breaks the code with is noticed by the test that it names, and only that', () => {
  assert.match(output, /^ℹ fail 0$/m)
  assert.match(output, /^noticed$/m)
  assert.deepEqual(
    called('git').filter((call) => call.includes('checkout')),
    ['git checkout sidecar/core/refresh/schedule.ts'],
  )
})

test('the suite on kind is told how that cluster gets images, and where its pods reach this machine', () => {
  assert.ok(
    calls.includes('host=172.18.0.1 load=kind load image-archive --name rolechain'),
    calls.join('\n'),
  )
})

test('a release builds both images', () => {
  const built = called('docker').filter((call) => call.startsWith('docker build'))
  assert.deepEqual(
    built.map((call) => /--file (\S+)/.exec(call)?.[1]),
    ['Dockerfile.webhook', 'Dockerfile.sidecar'],
  )
})

test('the version stands in the two places of the chart that the page speaks of', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  const chart = readFileSync('charts/rolechain/Chart.yaml', 'utf8')
  assert.deepEqual(
    [...chart.matchAll(/^(?:version|appVersion): (.+)$/gm)].map(([, one]) => one),
    [version, version],
  )
})
