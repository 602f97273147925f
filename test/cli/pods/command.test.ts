/** `pods` as a command: its table, its other forms, and the page with and without dumps of IAM. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, it, type TestContext } from 'node:test'
import { parse } from 'yaml'
import { EXIT } from '../../../cli/output/exit-codes.ts'
import { BROKEN_STATES } from '../check/broken-states.ts'
import { startStage } from '../check/stage.ts'

const stage = await startStage()

beforeEach(async () => {
  stage.heal()
  await BROKEN_STATES['a trust policy that refuses']?.breakIt(stage)
})

const REPORTS = 'arn:aws:iam::222222222222:role/reports-reader'

describe('pods', () => {
  it('prints a table, as on the page', async () => {
    const { code, stdout } = await stage.run('pods')
    assert.equal(code, EXIT.fine)
    // The age is counted to this day.
    const lines = stdout.replaceAll(/\b0s\b/g, '3d').replaceAll(/ +$/gm, '')
    assert.deepEqual(
      lines.split('\n').map((line) => line.split(/ {2,}/).slice(0, 6)),
      [
        ['NAMESPACE', 'NAME', 'TARGETS', 'VERSION', 'AGE', 'GATE'],
        ['team-b', 'reports-1', 'reports-reader@222222222222', '0.1.0', '3d', 'open'],
        ['team-b', 'web', 'reports-reader@222222222222', '0.1.0', '3d', 'closed'],
        [''],
      ],
    )
    assert.match(lines, /hop 2, arn:aws:iam::222222222222:role\/reports-reader: AccessDenied/)
  })

  it('gives the same as JSON and YAML', async () => {
    const json = JSON.parse((await stage.run('pods', '-o', 'json')).stdout) as {
      pods: readonly { name: string; targets: unknown; isOutdated: boolean; gate: string }[]
    }
    assert.deepEqual(parse((await stage.run('pods', '-o', 'yaml')).stdout), json)
    assert.deepEqual(json.pods[0]?.targets, [{ name: 'default', roleArns: [REPORTS] }])
    assert.deepEqual(
      json.pods.map(({ isOutdated, gate }) => [isOutdated, gate]),
      [
        [false, 'open'],
        [false, 'closed'],
      ],
    )
  })

  it('leaves the others out with --outdated', async () => {
    assert.equal((await stage.run('pods', '--outdated')).stdout, '')
    await BROKEN_STATES['a sidecar of the version before']?.breakIt(stage)
    const { stdout } = await stage.run('pods', '--outdated')
    assert.match(stdout, /reports-1 .* 0\.0\.9 \(outdated\)/)
    assert.doesNotMatch(stdout, /web/)
  })

  it('looks at one namespace', async () => {
    assert.equal((await stage.run('pods', '-n', 'team-a')).stdout, '')
  })

  it('that may not be listed end the command with 3', async () => {
    stage.world.isForbidden = (path) => path === '/api/v1/pods'
    const { code, stderr } = await stage.run('pods')
    assert.equal(code, EXIT.unreachable)
    assert.match(stderr, /Pods cannot be listed: User "developer"/)
  })

  it('draws a page, whose edges are plain without dumps', async () => {
    const { code, stdout } = await stage.run('pods', '-o', 'html')
    assert.equal(code, EXIT.fine)
    assert.match(stdout, /^<!doctype html>/)
    assert.match(stdout, /data-edges="\d+:plain"/)
    assert.ok(stdout.includes(REPORTS))
  })

  it('colours the edges by dumps of IAM', async (context) => {
    const { stdout } = await stage.run('pods', '-o', 'html', '--from', dump(context, []))
    assert.match(stdout, /data-edges="\d+:refused"/)
  })

  it('is used wrongly with a dump that is none', async () => {
    const { code, stderr } = await stage.run('pods', '-o', 'html', '--from', 'package.json')
    assert.equal(code, EXIT.usedWrongly)
    assert.match(stderr, /package\.json is none of what verify reads/)
  })
})

/** What `aws iam get-account-authorization-details` prints of an AWS account whose one role trusts nobody. */
function dump(context: TestContext, Statement: readonly object[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'rolechain-pods-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, '222222222222.json')
  const role = {
    Arn: REPORTS,
    RoleName: 'reports-reader',
    Path: '/',
    AssumeRolePolicyDocument: { Version: '2012-10-17', Statement },
    RolePolicyList: [],
    AttachedManagedPolicies: [],
  }
  const details = { UserDetailList: [], GroupDetailList: [], RoleDetailList: [role], Policies: [] }
  writeFileSync(file, JSON.stringify(details))
  return file
}
