/**
 * The whole demo, as a process in a pipe: what a newcomer sees, what it ends with, and that nothing of it stays behind.
 */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { stringify } from 'yaml'
import { findFreePort } from '../../stand-ins/ports.ts'

const main = fileURLToPath(new URL('../../demo/main.ts', import.meta.url))

interface Run {
  readonly child: ChildProcess
  /** Resolves with the output so far when it has matched. */
  readonly said: (pattern: RegExp) => Promise<string>
  /** Resolves with the whole output and the exit status. */
  readonly ended: Promise<{ readonly output: string; readonly status: unknown }>
}

function run(context: TestContext, ...args: readonly string[]): Run {
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Some programs colour pipes too where this is set.
    env: { ...process.env, CI: 'true' },
  })
  context.after(() => child.kill('SIGTERM'))
  let output = ''
  const looks = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      for (const look of looks) look()
    })
  }
  const ended = once(child, 'close').then(([status]) => ({ output, status: status as unknown }))
  const said = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        if (pattern.test(output)) resolve(output)
      }
      looks.add(look)
      look()
      void ended.then(() => reject(new Error(`It never said ${pattern}:\n${output}`)))
    })
  return { child, said, ended }
}

async function write(context: TestContext, ...documents: readonly unknown[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rolechain-manifest-'))
  context.after(() => rm(folder, { recursive: true }))
  const path = join(folder, 'manifest.yaml')
  await writeFile(path, documents.map((document) => stringify(document)).join('---\n'))
  return path
}

const template = {
  metadata: { labels: { app: 'web' } },
  spec: { serviceAccountName: 'reports', containers: [{ name: 'app', image: 'example.com/a:1' }] },
}
const serviceAccount = {
  kind: 'ServiceAccount',
  metadata: {
    name: 'reports',
    namespace: 'team-a',
    annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111111111111:role/cluster-base' },
  },
}

// Most of the first one is waiting for half of a session's life.
suite('the demo', { concurrency: 2 }, () => {
  test('shows one annotation become a role in another AWS account, through an outage of STS', async (context) => {
    const { child, said, ended } = run(context, '--keep')
    const shown = await said(
      /Everything goes on until Ctrl-C\.[^]*aws sts get-caller-identity[^]*$/u,
    )
    assert.match(shown, /All \d+ checks held, in/u)
    assert.doesNotMatch(shown, /✗/u)
    assert.equal(shown, stripVTControlCharacters(shown))
    for (const sentence of [
      /\+ +- name: rolechain-sidecar\n/u,
      /✓ app is arn:aws:iam::222222222222:role\/reports-reader\./u,
      /✓ app reads from s3:\/\/reports-222222222222\//u,
      /✓ app does not see the token that STS takes/u,
      /✓ Whoever asks the endpoint without that token gets 401/u,
      /✓ The sidecar is killed .* serves the same credentials/u,
      /✓ The credentials are renewed before the old ones end/u,
      /token of team-a:reports +AssumeRoleWithWebIdentity +111111111111 cluster-base/u,
      /111111111111 cluster-base\S* +AssumeRole +222222222222 reports-reader/u,
    ])
      assert.match(shown, sentence)

    const [, file = '', uri = ''] = /\$\(cat '(.+)'\)" (http:\S+)/u.exec(shown) ?? []
    assert.equal((await fetch(uri)).status, 401)
    assert.ok(existsSync(file))

    child.kill('SIGINT')
    const { status } = await ended
    assert.equal(status, 0)
    assert.equal(existsSync(file), false)
    await assert.rejects(fetch(uri))
    for (const [, pid] of shown.matchAll(/\(pid (\d+)\)/gu))
      assert.throws(() => process.kill(Number(pid), 0), { code: 'ESRCH' })
  })

  test('shows a Deployment without a target as the role of its service account', async (context) => {
    const metadata = { name: 'web', namespace: 'team-a' }
    const path = await write(
      context,
      { kind: 'Deployment', metadata, spec: { template } },
      serviceAccount,
    )
    const { output, status } = await run(context, path).ended
    assert.match(output, /Deployment team-a\/web/u)
    assert.match(output, /✓ app is arn:aws:iam::111111111111:role\/cluster-base\./u)
    assert.equal(status, 0, output)
  })

  test('shows one container in three AWS accounts at once, through an outage of STS', async (context) => {
    const manifest = fileURLToPath(new URL('../../demo/three-accounts.yaml', import.meta.url))
    const { output, status } = await run(context, manifest).ended
    assert.equal(status, 0, output)
    for (const [profile, accountId] of [
      ['dev', '222222222222'],
      ['stg', '333333333333'],
      ['prod', '444444444444'],
    ] as const) {
      const name = `✓ release, by its profile ${profile},`
      assert.match(output, new RegExp(`${name} is arn:aws:iam::${accountId}:role/ci\\.`, 'u'))
      assert.match(output, new RegExp(`${name} reads from s3://reports-${accountId}/`, 'u'))
      assert.match(output, new RegExp(`and release, by its profile ${profile}, reads on`, 'u'))
    }
    assert.match(output, /each is a profile of its name.*\n.*name: AWS_CONFIG_FILE\b/u)
    assert.match(output, /✓ Through all of it release read \d+ times from S3, and nothing failed/u)
  })

  test('says why the webhook refuses a pod, and ends with 1', async (context) => {
    const annotations = { 'rolechain.io/target-role-arn': 'reports-reader' }
    const metadata = { name: 'web', namespace: 'team-a', annotations }
    const path = await write(
      context,
      { kind: 'Pod', metadata, spec: template.spec },
      serviceAccount,
    )
    const { output, status } = await run(context, path).ended
    assert.match(output, /✗ The webhook lets the pod in\.\n.*reports-reader/u)
    assert.match(output, /1 of 1 checks did not hold/u)
    assert.equal(status, 1)
  })

  test('ends at once when it is interrupted, and blames nobody', async (context) => {
    const annotations = {
      'rolechain.io/target-role-arn': 'arn:aws:iam::222222222222:role/reports-reader',
      'rolechain.io/sidecar-port': String(await findFreePort()),
    }
    const metadata = { name: 'web', namespace: 'team-a', annotations }
    const pod = { kind: 'Pod', metadata, spec: template.spec }
    const { child, said, ended } = run(context, await write(context, pod, serviceAccount))
    await said(/rolechain-sidecar started/u)
    child.kill('SIGINT')
    const { output, status } = await ended
    assert.doesNotMatch(output, /✗|Error/u)
    assert.equal(status, 1)
    for (const [, pid] of output.matchAll(/\(pid (\d+)\)/gu))
      assert.throws(() => process.kill(Number(pid), 0), { code: 'ESRCH' })
  })

  test('says what is wrong with a manifest or the command line, and ends with 2', async (context) => {
    const path = await write(context, { kind: 'Service', metadata: { name: 'web' } })
    for (const [args, problem] of [
      [[path], /Cannot show .*: It has no Pod.*only Service/u],
      [['none.yaml'], /Cannot show none\.yaml: ENOENT/u],
      [['--unknown'], /^Usage/u],
    ] as const) {
      const { output, status } = await run(context, ...args).ended
      assert.match(output, problem)
      assert.equal(status, 2)
    }
  })
})
