/** `rolechain verify` that asks IAM itself, with the credentials of whoever runs it. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { BASE, READER, startLiveStage, type LiveStage } from './live-stage.ts'

const PROFILES = '--profile 111111111111=cluster --profile 222222222222=data'

function chain(target = READER, external = 'team-a'): string {
  return `-n reports --service-account reporter --issuer https://oidc.cluster.example --base-role ${BASE} --target ${target} --external-id ${external}`
}

let live: LiveStage
before(async () => {
  live = await startLiveStage()
})
after(() => live.stage.stop())

describe('verify without dumps', () => {
  it('reads the roles of both AWS accounts, each by its profile', async () => {
    live.stage.aws.clearTrail()
    const { code, stdout, stderr } = await live.run(`verify ${chain()} ${PROFILES}`)
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(stdout, /^hop 1 √ .*\n {2}trust side: Cluster$/m)
    assert.match(
      stdout,
      /^hop 2 √ .*\n {2}trust side: CrossAccount; permission side: 1 of arn:aws:iam::111111111111:policy\/assume; boundary side: Edge of arn:aws:iam::111111111111:policy\/boundary$/m,
    )
    const read = live.stage.aws
      .trail()
      .map(({ eventSource, eventName }) => `${eventSource} ${eventName}`)
    assert.ok(read.includes('iam.amazonaws.com GetOpenIDConnectProvider'))
    // It only reads, and only what the chain names.
    assert.ok(read.every((call) => / (Get|List)/.test(call)))
  })

  it('says what is wrong with them', async () => {
    const { code, stdout } = await live.run(`verify ${chain(READER, 'team-b')} ${PROFILES}`)
    assert.equal(code, 1)
    assert.match(
      stdout,
      / {2}hop 2 × trust side: statement CrossAccount wants sts:ExternalId 'team-a', the chain sends 'team-b'\n/,
    )
  })

  it('finds a role that is not there, and the one of the same name with a path', async () => {
    const { stdout } = await live.run(
      `verify ${chain('arn:aws:iam::222222222222:role/reader')} ${PROFILES}`,
    )
    assert.match(
      stdout,
      /hop 2 × trust side: there is no role arn:aws:iam::222222222222:role\/reader; there is arn:aws:iam::222222222222:role\/team\/reader\n {6}Write the ARN with its path/,
    )
    const none = await live.run(`verify ${chain('arn:aws:iam::222222222222:role/x')} ${PROFILES}`)
    assert.match(none.stdout, /there is no role arn:aws:iam::222222222222:role\/x\n/)
  })

  it('leaves open what it has no credentials for, and says so', async () => {
    const { code, stdout, stderr } = await live.run(
      `verify ${chain()} --profile 111111111111=cluster`,
    )
    assert.equal(code, 1)
    assert.match(stderr, /AWS account 222222222222 was not read: there are no default credentials /)
    assert.match(stderr, /name a profile with --profile 222222222222=NAME/)
    assert.match(stdout, /^hop 2 \? /m)
    assert.match(stdout, new RegExp(`${READER} was not read`))
  })

  it('takes the default credentials for their own AWS account only', async () => {
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = live.auditor
    const { stdout, stderr } = await live.run(`verify ${chain()}`, {
      AWS_ACCESS_KEY_ID: AccessKeyId,
      AWS_SECRET_ACCESS_KEY: SecretAccessKey,
      AWS_SESSION_TOKEN: SessionToken,
    })
    assert.match(stdout, /^hop 1 √ /m)
    assert.match(
      stderr,
      /AWS account 222222222222 was not read: the default credentials are of AWS account 111111111111; /,
    )
    for (const printed of [stdout, stderr])
      for (const secret of [SecretAccessKey, SessionToken]) assert.ok(!printed.includes(secret))
  })

  it('ends with 3 where IAM refuses to be read, and names what that needs', async () => {
    const { code, stdout, stderr } = await live.run(
      `verify ${chain()} --profile 111111111111=nobody --profile 222222222222=data`,
    )
    assert.deepEqual([code, stdout], [3, ''])
    assert.match(
      stderr,
      /IAM of AWS account 111111111111 cannot be read; whoever reads it needs iam:GetRole, /,
    )
    assert.match(stderr, /not authorized to perform: iam:GetRole/)
  })

  it('ends with 2 where a profile is of another AWS account', async () => {
    const { code, stderr } = await live.run(
      `verify ${chain()} --profile 111111111111=data --profile 222222222222=data`,
    )
    assert.equal(code, 2)
    assert.match(
      stderr,
      /Profile data is of AWS account 222222222222, and --profile names it for 111111111111\./,
    )
  })

  it('ends with 3 where there is no such profile', async () => {
    const { code, stderr } = await live.run(`verify ${chain()} --profile 111111111111=absent`)
    assert.equal(code, 3)
    assert.match(stderr, /AWS account 111111111111 cannot be read with profile absent/)
  })
})
