/** Flags of parity mode that need more than one look: who has roles, and in which AWS account. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCommandLine } from '../../../webhook/command-line/command-line.ts'
import { readParitySettings } from '../../../webhook/command-line/parity-flags.ts'

function valuesOf(...args: readonly string[]) {
  const line = parseCommandLine(args)
  assert.ok(line.kind === 'run', JSON.stringify(line))
  return line.values
}

function problemsOf(...args: readonly string[]) {
  const line = parseCommandLine(args)
  return line.kind === 'refused' ? line.problems : []
}

test('reads where roles come from', async () => {
  const values = valuesOf(
    '--watch-config-map',
    '--watch-container-credentials-config=/etc/x.json',
    '--container-credentials-audience=aud',
    '--container-credentials-token-mount-path=/x',
    '--container-credentials-token-volume-name=v',
    '--container-credentials-token-path=a/b',
    '--container-credentials-full-uri=http://[fd00:ec2::23]/v1',
  )
  assert.equal(values['watch-config-map'], true)
  assert.equal(values['watch-container-credentials-config'], '/etc/x.json')
  const settings = await readParitySettings(values, () => assert.fail('nothing is to be composed'))
  assert.deepEqual(settings.containerCredentials, {
    audience: 'aud',
    tokenMountPath: '/x',
    tokenVolumeName: 'v',
    tokenPath: 'a/b',
    fullUri: 'http://[fd00:ec2::23]/v1',
  })
})

test('flags of EKS Pod Identity that would make every pod invalid are refused', () => {
  const name = 'container-credentials-token'
  for (const path of ['/a', '../a', '']) {
    assert.match(problemsOf(`--${name}-path=${path}`).join(), /is not a path inside the volume/)
  }
  assert.match(problemsOf(`--${name}-volume-name=A`).join(), /is not the name of a volume/)
  assert.match(problemsOf('--container-credentials-full-uri=x').join(), /is not a URL/)
})

test('the AWS account of composed ARNs comes from instance metadata, or from flags', async () => {
  const metadata = { partition: 'aws-cn', id: '999999999999' }
  const accountOf = async (...args: readonly string[]) => {
    const settings = await readParitySettings(valuesOf(...args), () => Promise.resolve(metadata))
    return settings.roleArnAccount
  }
  const compose = '--compose-role-arn'
  const id = '111111111111'
  const byId = `--aws-account-id=${id}`
  assert.equal(await accountOf(byId), null)
  assert.equal(await accountOf(compose), metadata)
  assert.deepEqual(await accountOf(compose, byId), { partition: 'aws', id })
  const china = '--aws-default-region=cn-north-1'
  assert.deepEqual(await accountOf(compose, byId, china), { partition: 'aws-cn', id })
  const gov = '--aws-partition=aws-us-gov'
  assert.deepEqual(await accountOf(compose, byId, china, gov), { partition: 'aws-us-gov', id })
  assert.match(problemsOf('--aws-account-id=1').join(), /its 12 digits/)
  assert.match(problemsOf('--aws-partition=AWS').join(), /is not a partition/)
})
