/** `rolechain policy` as people run it. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { makeTemporaryFolder } from '../../temporary-folder.ts'
import { ASKING, BASE, READER, run, runLine } from './iam-stage.ts'

describe('policy', () => {
  it('writes a file an AWS account, in the order to apply them, in each format that has files', async () => {
    for (const [format, names] of Object.entries({
      json: ['111111111111.json', '222222222222.json'],
      terraform: ['1-111111111111.tf', '2-222222222222.tf'],
      cloudformation: ['1-111111111111.template.yaml', '2-222222222222.template.yaml'],
      'aws-cli': ['1-111111111111.sh', '2-222222222222.sh'],
    })) {
      const folder = join(makeTemporaryFolder(), 'iam')
      const { code, stdout } = await run('policy', `-o ${format} --out-dir ${folder}`)
      assert.equal(code, 0)
      assert.deepEqual(readdirSync(folder).toSorted(), names)
      assert.equal(stdout, names.map((name) => `${join(folder, name)}\n`).join(''))
    }
  })

  it('says what eksctl cannot make, and needs the name of its cluster', async () => {
    const without = await run('policy', '-o eksctl')
    assert.deepEqual([without.code, without.stdout], [2, ''])
    assert.match(without.stderr, /--cluster-name and --region/)
    const { code, stdout, stderr } = await run(
      'policy',
      '-o eksctl --cluster-name kit --region eu-west-1',
    )
    assert.equal(code, 0)
    assert.match(stdout, /roleName: base\n/)
    assert.equal(stderr, `eksctl cannot make ${READER}; use another format for it.\n`)
  })

  it('has the access of the target to an EKS cluster', async () => {
    const { stdout } = await run('policy', '--eks-cluster prod --eks-groups a,b')
    assert.match(
      stdout,
      /EKS cluster prod: an access entry for arn:aws:iam::222222222222:role\/reader, or in aws-auth:\n {4}- rolearn: arn:aws:iam::222222222222:role\/reader\n/,
    )
    const { stdout: json } = await run('policy', '--eks-cluster prod -o json')
    const { awsAccounts } = JSON.parse(json) as { awsAccounts: readonly { eksAccess?: object }[] }
    assert.deepEqual(
      awsAccounts.map(({ eksAccess }) => eksAccess !== undefined),
      [false, true],
    )
  })

  it('refuses what admission would refuse, in the same words', async () => {
    const { code, stdout, stderr } = await run('policy', '--external-id a$b')
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(
      stderr,
      /× bad_value serviceaccount\/reporter: rolechain\.io\/external-id: 'a\$b' has to be/,
    )
  })

  it('is told of mistakes on the command line', async () => {
    const noChain = await runLine('policy -n reports')
    assert.equal(noChain.code, 2)
    assert.match(noChain.stderr, /^rolechain: No chain is named: give manifests /)
    assert.equal((await run('policy', '--issuer http://x')).code, 2)
    const text = await run('policy', `--out-dir ${makeTemporaryFolder()}`)
    assert.equal(text.code, 2)
    assert.match(
      text.stderr,
      /--out-dir takes json, terraform, cloudformation, aws-cli, eksctl as -o/,
    )
  })

  it('takes several targets, and one without a base role', async () => {
    const { stdout } = await runLine(
      `policy ${ASKING} --target ${READER} --target ${READER},${BASE} -o json`,
    )
    const { awsAccounts } = JSON.parse(stdout) as {
      awsAccounts: readonly { awsAccount: string; OpenIDConnectProviderList?: readonly object[] }[]
    }
    assert.deepEqual(
      awsAccounts.map(({ awsAccount, OpenIDConnectProviderList = [] }) => [
        awsAccount,
        OpenIDConnectProviderList.length,
      ]),
      [
        ['222222222222', 1],
        ['111111111111', 0],
      ],
    )
  })
})
