/** `rolechain verify` as people run it, over dumps. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { makeTemporaryFolder } from '../../temporary-folder.ts'
import { BASE, READER, run, writeDocuments } from './iam-stage.ts'

const UNSEEN = `not looked at: service control policies (SCP) and resource control policies (RCP) of the organization
not looked at: policies of VPC endpoints for STS
`

describe('verify', () => {
  it('is content with what policy wrote', async () => {
    const folder = await writeDocuments('--external-id team-a')
    const ended = await run('verify', `--external-id team-a --from ${folder}`)
    assert.deepEqual(ended, {
      code: 0,
      stderr: '',
      stdout: `service account reports/reporter, target default: ${READER}
hop 1 √ arn:aws:iam::111111111111:oidc-provider/oidc.cluster.example → ${BASE}
  trust side: AssumeRoleWithWebIdentity
hop 2 √ ${BASE} → ${READER}
  trust side: AssumeRole; permission side: AssumeRole of rolechain
${UNSEEN}`,
    })
  })

  it('reads what policy prints of all AWS accounts', async () => {
    const { stdout } = await run('policy', '-o json')
    const file = join(makeTemporaryFolder(), 'all.json')
    writeFileSync(file, stdout)
    assert.equal((await run('verify', `--from ${file}`)).code, 0)
  })

  it('says what is wrong, with the value that is wanted and the one that is sent', async () => {
    const folder = await writeDocuments('--external-id team-a')
    const { code, stdout } = await run('verify', `--from ${folder}`)
    assert.equal(code, 1)
    assert.equal(
      stdout,
      `service account reports/reporter, target default: ${READER}
hop 1 √ arn:aws:iam::111111111111:oidc-provider/oidc.cluster.example → ${BASE}
  trust side: AssumeRoleWithWebIdentity
hop 2 × ${BASE} → ${READER}
  hop 2 × trust side: statement AssumeRole wants sts:ExternalId 'team-a', the chain sends none
      Set the annotation external-id to what the statement wants, or change the condition on sts:ExternalId in the policy of ${READER}.
      https://github.com/rolechain/rolechain/blob/main/docs/checks.md#trust_refuses
${UNSEEN}`,
    )
  })

  it('says the same as JSON', async () => {
    const folder = await writeDocuments()
    const { code, stdout } = await run('verify', `--session-tags a=b --from ${folder} -o json`)
    assert.equal(code, 1)
    const { chains } = JSON.parse(stdout) as {
      chains: readonly { outcome: string; hops: readonly { findings: readonly object[] }[] }[]
    }
    assert.equal(chains[0]?.outcome, 'refused')
    assert.deepEqual(chains[0]?.hops[1]?.findings, [
      {
        code: 'trust_refuses',
        level: 'problem',
        hop: 2,
        side: 'trust',
        subject: READER,
        action: 'sts:TagSession',
        message: 'no statement allows sts:TagSession',
        hint: `Allow sts:TagSession to ${BASE} in the trust policy of ${READER}.`,
        address: 'https://github.com/rolechain/rolechain/blob/main/docs/checks.md#trust_refuses',
      },
      {
        code: 'permission_missing',
        level: 'problem',
        hop: 2,
        side: 'permission',
        subject: BASE,
        action: 'sts:TagSession',
        message: 'no statement allows sts:TagSession',
        hint: `Allow sts:TagSession on ${READER} in a permission policy of ${BASE}.`,
        address:
          'https://github.com/rolechain/rolechain/blob/main/docs/checks.md#permission_missing',
      },
    ])
  })

  it('leaves out codes that are suppressed', async () => {
    const folder = await writeDocuments()
    const { code, stdout } = await run(
      'verify',
      `--session-tags a=b --from ${folder} --suppress trust_refuses --suppress permission_missing`,
    )
    assert.equal(code, 0)
    assert.doesNotMatch(stdout, /TagSession/)
  })

  it('names a file that it cannot use', async () => {
    const folder = makeTemporaryFolder()
    const file = join(folder, 'x.json')
    writeFileSync(file, '{"a": 1}')
    const other = await run('verify', `--from ${folder}`)
    assert.equal(other.code, 2)
    assert.ok(other.stderr.startsWith(`rolechain: ${file} is none of what verify reads`))
    writeFileSync(file, '{')
    assert.match((await run('verify', `--from ${folder}`)).stderr, /x\.json is no JSON: /)
    const missing = await run('verify', `--from ${join(folder, 'y.json')}`)
    assert.equal(missing.code, 2)
    assert.match(missing.stderr, /y\.json cannot be read/)
    assert.equal(readFileSync(file, 'utf8'), '{')
  })
})
