/** The npm package: it installs alone, runs under both of its names, and starts quickly. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { parse } from 'yaml'
import { z } from 'zod'
import { toKrewManifest } from '../../build-command.ts'
import { installPackage } from './installed-package.ts'

const folder = mkdtempSync(join(tmpdir(), 'rolechain-package-'))
after(() => rmSync(folder, { recursive: true }))

const { archive, home, run } = await installPackage(folder)

describe('the package', () => {
  it('needs no other package, and holds its bundles and licences', () => {
    const { packages } = z
      .object({ packages: z.record(z.string(), z.unknown()) })
      .parse(JSON.parse(readFileSync(join(home, 'package-lock.json'), 'utf8')))
    assert.deepEqual(Object.keys(packages), ['', 'node_modules/rolechain'])
    const files = run('tar', ['--list', '--file', archive]).trim().split('\n').toSorted()
    assert.deepEqual(
      files.filter((file) => !/^package\/dist\/rolechain-[\w-]+\.cjs$/.test(file)),
      [
        'package/LICENSE',
        'package/README.md',
        'package/dist/rolechain.cjs',
        'package/dist/rolechain.licenses.txt',
        'package/package.json',
      ],
    )
    assert.ok(files.some((file) => file.startsWith('package/dist/rolechain-cluster')))
  })

  it('runs as rolechain', () => {
    assert.match(run('npx', ['rolechain', '--help']), /^Usage: rolechain \[options\] \[command\]/)
    assert.equal(run('npx', ['rolechain', '--version']), '0.1.0\n')
  })

  it('runs as a plugin of kubectl', () => {
    const plugin = join(home, 'node_modules/.bin/kubectl-rolechain')
    assert.match(run(plugin, ['--help']), /^Usage: kubectl rolechain /)
    assert.match(run(plugin, ['inject', '--help']), /^Usage: kubectl rolechain inject /)
  })

  it('judges pods', () => {
    const files = ['reports.yaml', 'config.yaml'].map((name) =>
      join(process.cwd(), 'test/fixtures/cli', name),
    )
    const [manifest = '', config = ''] = files
    const injected = run('npx', ['rolechain', 'inject', '-f', manifest, '--config', config])
    assert.match(injected, /name: rolechain-sidecar/)
  })

  it('loads the client of Kubernetes where a command needs it', () => {
    const { status, stderr } = spawnSync(
      join(home, 'node_modules/.bin/rolechain'),
      ['inject', '-f', '-', '--cluster', '--kubeconfig', 'nowhere'],
      { cwd: home, input: '', encoding: 'utf8', env: { PATH: process.env['PATH'] } },
    )
    assert.equal(status, 2, stderr)
    assert.match(stderr, /kubeconfig nowhere cannot be used/)
  })

  it('ends with 2 where it is used wrongly', () => {
    const { status, stderr } = spawnSync(
      join(home, 'node_modules/.bin/rolechain'),
      ['inject', '--filenam', 'x'],
      { cwd: home, encoding: 'utf8', env: { PATH: process.env['PATH'] } },
    )
    assert.equal(status, 2, stderr)
    assert.match(stderr, /^rolechain: unknown option '--filenam'/)
  })

  it('has its help in little more than a bare start of Node takes', () => {
    const bundle = join(home, 'node_modules/rolechain/dist/rolechain.cjs')
    const bare: number[] = []
    const help: number[] = []
    for (let round = 0; round < 5; round += 1) {
      bare.push(cpuMs(`'${process.execPath}' -e 0`))
      help.push(cpuMs(`'${process.execPath}' '${bundle}' --help`))
    }
    const [least, taken] = [Math.min(...bare), Math.min(...help)]
    assert.ok(taken <= 1.5 * least + 60, `${taken} ms, bare ${least} ms`)
  })
})

/** What a command takes of the processor, as the shell counts it. */
function cpuMs(command: string): number {
  const times = run('sh', ['-c', `${command} > /dev/null; times`])
  const [, children = ''] = times.trim().split('\n')
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)]
    .map(([, minutes, seconds]) => 60_000 * Number(minutes) + 1000 * Number(seconds))
    .reduce((sum, one) => sum + one, 0)
}

describe('the manifest of krew', () => {
  const platform = z.object({
    uri: z.string(),
    sha256: z.string(),
    bin: z.literal('rolechain.cjs'),
    files: z.array(z.object({ from: z.string() })),
  })
  const schema = z.object({
    kind: z.literal('Plugin'),
    metadata: z.object({ name: z.literal('rolechain') }),
    spec: z.object({ version: z.literal('v0.1.0'), platforms: z.array(platform).length(2) }),
  })

  it('names the archive by its hash, and files that are in it', () => {
    const content = readFileSync(archive)
    const { spec } = schema.parse(parse(toKrewManifest('0.1.0', content)))
    const files = run('tar', ['--list', '--file', archive])
    for (const { uri, sha256, files: named } of spec.platforms) {
      assert.ok(uri.endsWith('/v0.1.0/rolechain-0.1.0.tgz'))
      assert.equal(sha256, createHash('sha256').update(content).digest('hex'))
      for (const { from } of named) assert.ok(files.includes(from.replace(/\*$/, '')), from)
    }
  })
})
