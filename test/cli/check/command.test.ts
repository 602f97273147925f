/** `check` as a command: its text, its other forms, its exit codes, and what it does where it may not look. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { beforeEach, describe, it } from 'node:test'
import { parse } from 'yaml'
import type { Report } from '../../../cli/core/check/check.ts'
import { EXIT } from '../../../cli/output/exit-codes.ts'
import { runCommand } from '../run.ts'
import { BROKEN_STATES } from './broken-states.ts'
import { startStage } from './stage.ts'

const stage = await startStage()

beforeEach(() => stage.heal())

/** `UPDATE=1` writes the file anew. */
function assertGolden(name: string, text: string): void {
  const file = new URL(`golden/${name}`, import.meta.url)
  if (process.env['UPDATE'] === '1') writeFileSync(file, text)
  assert.equal(text, readFileSync(file, 'utf8'))
}

/** The first block of the page that begins with the command. */
function blockOf(command: string): string {
  const page = readFileSync('docs/command.md', 'utf8')
  const block = [...page.matchAll(/```console\n([^]*?)```/g)]
    .map(([, text = '']) => text)
    .find((text) => text.startsWith(`$ ${command}\n`))
  return block?.slice(command.length + 3) ?? ''
}

describe('the text of check', () => {
  it('has a line for all that was looked at', async () => {
    const { code, stdout, stderr } = await stage.run('check')
    assert.deepEqual([code, stderr], [EXIT.fine, ''])
    assertGolden('healthy.txt', stdout)
  })

  it('says of each finding what is so, what mends it, and where more is said', async () => {
    for (const what of ['no guard', 'a mesh after rolechain', 'a trust policy that refuses']) {
      await BROKEN_STATES[what]?.breakIt(stage)
    }
    const { code, stdout } = await stage.run('check')
    assert.equal(code, EXIT.problems)
    assertGolden('broken.txt', stdout)
  })

  it('before the installation is the one on the page', async () => {
    await BROKEN_STATES['no installation']?.breakIt(stage)
    stage.world.objects = stage.world.objects.filter(
      ({ metadata }) => metadata.name !== 'pod-credentials-rolechain',
    )
    const { code, stdout } = await stage.run('check', '--pre')
    assert.equal(code, EXIT.fine)
    assert.equal(stdout, blockOf('npx rolechain check --pre'))
  })

  it('of one category is the one on the page', async () => {
    await BROKEN_STATES['one replica only']?.breakIt(stage)
    const { code, stdout } = await stage.run('check', '--category', 'webhook')
    assert.equal(code, EXIT.fine)
    assert.equal(stdout, blockOf('npx rolechain check --category webhook'))
  })
})

describe('check', () => {
  it('does not blame the issuer for the clock of this machine', async () => {
    for (const minutes of [-90, 90]) {
      const { code, stdout } = await runCommand(
        ['check', '--category', 'issuer', '--kubeconfig', stage.kubeconfig],
        { nowMs: () => Date.now() + minutes * 60_000 },
      )
      assert.equal(code, EXIT.fine, stdout)
    }
  })

  it('gives the same as JSON and YAML', async () => {
    const json = JSON.parse((await stage.run('check', '-o', 'json')).stdout) as Report
    const yaml = parse((await stage.run('check', '-o', 'yaml')).stdout) as Report
    assert.deepEqual(yaml, json)
    assert.deepEqual(
      json.categories.map(({ category }) => category),
      ['kubernetes', 'issuer', 'webhook', 'pods', 'policy', 'boundary', 'quota', 'others'],
    )
  })

  it('leaves out what is suppressed, and ends well then', async () => {
    await BROKEN_STATES['no guard']?.breakIt(stage)
    assert.equal((await stage.run('check')).code, EXIT.problems)
    const { code, stdout } = await stage.run('check', '--suppress', 'guard_missing')
    assert.equal(code, EXIT.fine)
    assert.doesNotMatch(stdout, /guard_missing/)
  })

  it('says before the installation that somebody has the name already', async () => {
    await BROKEN_STATES['no installation']?.breakIt(stage)
    const { code, stdout } = await stage.run('check', '--pre', '--category', 'others')
    assert.equal(code, EXIT.problems)
    assert.match(stdout, /name_taken mutatingwebhookconfiguration\/pod-credentials-rolechain/)
  })

  it('looks at all else where it may not look, and says so', async () => {
    stage.world.isForbidden = (path) => /\/(nodes|secrets|token|portforward)$/.test(path)
    const { code, stdout } = await stage.run('check')
    assert.equal(code, EXIT.fine)
    assert.match(stdout, /‼ all nodes run native sidecars\n {4}not_seen cluster: User "developer"/)
    assert.match(stdout, /‼ the discovery document can be read\n {4}not_seen/)
    assert.match(stdout, /√ dry runs reach it through every entry/)
  })

  it('looks at pods of the namespace alone', async () => {
    await BROKEN_STATES['a pod with its base role only']?.breakIt(stage)
    assert.equal((await stage.run('check', '-n', 'team-a')).code, EXIT.problems)
    assert.equal((await stage.run('check', '-n', 'team-b')).code, EXIT.fine)
    assert.equal((await stage.run('check', '-n', 'team-b', '-A')).code, EXIT.problems)
  })

  it('looks again until all is well, with --wait', async () => {
    await BROKEN_STATES['no replica that is ready']?.breakIt(stage)
    const before = stage.kubernetes.requests.length
    const waiting = stage.run('check', '--wait', '1m')
    while (stage.kubernetes.requests.length < before + 14) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    stage.heal()
    assert.equal((await waiting).code, EXIT.fine)
  })

  for (const [args, says] of [
    [['--category', 'pod'], /Allowed choices are kubernetes, issuer/],
    [['--wait', '2'], /Write a duration such as 30s or 2m/],
    [['--suppress', 'no_gard'], /did you mean/],
    [['--kubeconfig', '/nowhere'], /\/nowhere cannot be used/],
  ] as const) {
    it(`is used wrongly with ${args.join(' ')}`, async () => {
      const { code, stderr } = await runCommand(['check', ...args])
      assert.equal(code, EXIT.usedWrongly)
      assert.match(stderr, says)
    })
  }
})

describe('the token of check', () => {
  it('is for nobody, and appears nowhere', async () => {
    const { stdout, stderr } = await stage.run('check', '-o', 'json')
    assert.doesNotMatch(stdout + stderr, /eyJ/)
  })
})
