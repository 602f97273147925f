/** `inject` and `uninject` as a person uses them. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { assertGolden, fixture } from '../golden.ts'
import { runCommand } from '../run.ts'

const reports = fixture('reports.yaml')
const config = ['--config', fixture('config.yaml')]
const text = readFileSync(reports, 'utf8')

const folder = mkdtempSync(join(tmpdir(), 'rolechain-cli-'))
after(() => rmSync(folder, { recursive: true }))

function write(name: string, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const pod = (annotations: string) => `apiVersion: v1
kind: Pod
metadata:
  name: one
  annotations: ${annotations}
spec:
  containers:
    - name: app
      image: localhost/app:1
`

describe('inject', () => {
  it('prints the manifests, all that a person wrote as it was', async () => {
    const { code, stdout, stderr } = await runCommand(['inject', '-f', reports, ...config])
    assert.deepEqual([code, stderr], [0, ''])
    assertGolden('reports.injected.yaml', stdout)
    const lines = stdout.split('\n')
    const lost = text.split('\n').filter((line) => !lines.includes(line))
    assert.deepEqual(
      lost.filter((line) => !/NO_PROXY|\.svc|volumes:/.test(line)),
      [],
    )
  })

  it('prints a List of all objects as JSON', async () => {
    const { stdout } = await runCommand(['inject', '-f', reports, ...config, '-o', 'json'])
    assertGolden('reports.injected.json', stdout)
    const { stdout: yaml } = await runCommand(['inject', '-f', reports, ...config])
    const { kind, items } = JSON.parse(stdout) as { kind: string; items: unknown[] }
    assert.equal(kind, 'List')
    assert.deepEqual(
      items,
      parseAllDocuments(yaml).map((document) => document.toJS() as unknown),
    )
  })

  it('shows what changes', async () => {
    const { code, stdout } = await runCommand(['inject', '-f', reports, ...config, '--diff'])
    assert.equal(code, 0)
    assertGolden('reports.diff', stdout)
  })

  it('reads folders, several files, Lists and stdin', async () => {
    const list = `apiVersion: v1\nkind: List\nitems:\n- ${pod('{rolechain.io/target-role-arn: "arn:aws:iam::222222222222:role/x"}').trimEnd().replaceAll('\n', '\n  ')}\n`
    write('list.yaml', list)
    write('b.json', JSON.stringify({ kind: 'ConfigMap', metadata: { name: 'x' } }))
    write('notes.txt', 'no manifest')
    const { code, stdout } = await runCommand(
      ['inject', '-f', folder, '-', ...config, '-o', 'json'],
      { stdin: text },
    )
    assert.equal(code, 0)
    const { items } = JSON.parse(stdout) as { items: { kind: string }[] }
    assert.deepEqual(
      items.map(({ kind }) => kind),
      ['ConfigMap', 'Pod', 'ServiceAccount', 'Deployment', 'CronJob', 'ConfigMap'],
    )
    assert.equal(stdout.match(/"rolechain-sidecar"/g)?.length, 2)
  })

  it('prints nothing to apply where a pod would be refused, and says why', async () => {
    const bad = write('bad.yaml', pod('{rolechain.io/target-role-arn: nobody}'))
    const { code, stdout, stderr } = await runCommand(['inject', '-f', reports, bad, ...config])
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, /^× bad_value pod\/one: rolechain\.io\/target-role-arn: 'nobody' is not/m)
  })

  it('says of a service account that no file has how to find it', async () => {
    const { code, stderr } = await runCommand(['inject', '-f', '-', ...config], {
      stdin: text.replace(/[^]*?\n---\n/, ''),
    })
    assert.equal(code, 1)
    assert.match(
      stderr,
      /× service_account_missing deployment\/web: service account team-a\/reports/,
    )
    assert.match(stderr, /‼ service_account_missing cronjob\/nightly: /)
    assert.match(stderr, /Add its manifest with -f, or use --cluster/)
  })

  it('warns of a key on a workload that belongs on its pods', async () => {
    const stdin = text.replace(
      'metadata: { name: web, namespace: team-a }',
      'metadata: { name: web, namespace: team-a, annotations: { rolechain.io/gate: "off" } }',
    )
    const { code, stderr } = await runCommand(['inject', '-f', '-', ...config], { stdin })
    assert.equal(code, 0)
    assert.match(stderr, /‼ misplaced_key deployment\/web: /)
    const quiet = ['inject', '-f', '-', ...config, '--suppress', 'misplaced_key']
    assert.equal((await runCommand(quiet, { stdin })).stderr, '')
  })

  it('takes the configuration from what helm template prints', async () => {
    const path = write(
      'installed',
      `apiVersion: v1
kind: ConfigMap
metadata: {name: rolechain}
data:
  config.yaml: |
    region: eu-west-3
    sidecar: {image: localhost/sidecar:9}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: rolechain, labels: {app.kubernetes.io/name: rolechain}}
spec:
  template:
    spec:
      containers:
      - name: webhook
        args: [--chain-annotation-prefix=roles.example, --config=/etc/rolechain/config.yaml]
`,
    )
    const stdin = pod('{roles.example/target-role-arn: "arn:aws:iam::222222222222:role/x"}')
    const { code, stdout } = await runCommand(['inject', '-f', '-', '--config', path], { stdin })
    assert.equal(code, 0)
    assert.match(stdout, /image: localhost\/sidecar:9/)
    assert.match(stdout, /value: eu-west-3/)
    assert.match(stdout, /roles\.example\/injected: /)
  })

  for (const [args, said] of [
    [['inject'], /inject needs manifests: name files or folders with -f/],
    [['inject', '-f', 'nowhere.yaml'], /nowhere\.yaml cannot be read: ENOENT/],
    [['inject', '-f', '-'], /stdin cannot be read as manifests: .* at line 2, column 1/],
    [
      ['inject', '-f', reports, '--config', 'package.json'],
      /The configuration of package\.json cannot be used/,
    ],
    [['inject', '-f', reports, '--kubernetes-version', 'new'], /Write it such as 1\.34/],
  ] as const) {
    it(`is used wrongly: ${args.join(' ')}`, async () => {
      const { code, stdout, stderr } = await runCommand(args, { stdin: 'a: [\nb' })
      assert.deepEqual([code, stdout], [2, ''])
      assert.match(stderr, said)
    })
  }
})

describe('uninject', () => {
  for (const known of [config, []]) {
    it(`gives back what inject was given, letter by letter ${known.length > 0 ? 'with' : 'without'} its configuration`, async () => {
      const { stdout } = await runCommand(['inject', '-f', reports, ...config])
      const back = await runCommand(['uninject', '-f', '-', ...known], { stdin: stdout })
      assert.deepEqual(back, { code: 0, stdout: text, stderr: '' })
    })
  }

  it('leaves what was never injected as it was', async () => {
    const { stdout } = await runCommand(['uninject', '-f', reports])
    assert.equal(stdout, text)
  })

  it('keeps a region that the pod names itself', async () => {
    const own = text.replace(
      '- {name: LOG_LEVEL, value: debug}',
      '- {name: AWS_REGION, value: us-east-2}',
    )
    const { stdout } = await runCommand(['inject', '-f', '-', ...config], { stdin: own })
    const back = await runCommand(['uninject', '-f', '-', ...config], { stdin: stdout })
    assert.equal(back.stdout, own)
  })
})
