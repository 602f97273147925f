/** `rolechain verify --live`: really walks chains, and puts AWS's answer beside the evaluation. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { BASE, READER } from '../core/chains.ts'
import type { Account } from '../core/verify/spoiled-accounts.ts'
import { answersOf, startWalkStage, type WalkStage } from './walk-stage.ts'

let good: WalkStage
before(async () => {
  good = await startWalkStage()
})
after(() => good.stop())

function roleOf(accounts: Account[], arn: string) {
  const role = accounts.flatMap(({ roles }) => roles).find((one) => one.arn === arn)
  assert.ok(role)
  return role
}

describe('a chain that AWS allows', () => {
  it('is walked to its end, and AWS has the last word on what was not looked at', async () => {
    assert.deepEqual(await good.verify(), {
      code: 0,
      stderr: '',
      stdout: `service account reports/reporter, target default: ${READER}
walked for real, as session reports.rolechain-verify
hop 1 √ arn:aws:iam::111111111111:oidc-provider/oidc.cluster.example → ${BASE}
  trust side: AssumeRoleWithWebIdentity
  evaluation: allowed; AWS: allowed
hop 2 √ ${BASE} → ${READER}
  trust side: AssumeRole, TagSession; permission side: AssumeRole of rolechain, TagSession of rolechain
  evaluation: allowed; AWS: allowed
not looked at: policies of VPC endpoints for STS
`,
    })
  })

  it('takes a token of ten minutes, and calls that CloudTrail tells from those of pods', async () => {
    good.stage.aws.clearTrail()
    await good.verify()
    assert.deepEqual(good.asked.at(-1), {
      namespace: 'reports',
      serviceAccount: 'reporter',
      expirationSeconds: 600,
      audiences: ['sts.amazonaws.com'],
    })
    const seen = good.stage.aws.trail()
    assert.deepEqual(
      seen.map(({ eventName, requestParameters }) => [
        eventName,
        requestParameters?.['roleSessionName'],
        requestParameters?.['externalId'],
      ]),
      [
        ['AssumeRoleWithWebIdentity', 'reports.rolechain-verify', undefined],
        ['AssumeRole', 'reports.rolechain-verify', 'team-a'],
      ],
    )
    assert.ok(seen.every(({ userAgent }) => / rolechain\/dev\b/.test(userAgent)))
  })

  it('has the session name of a pod that is named', async () => {
    const { stdout } = await good.verify('--live --pod web-0')
    assert.match(stdout, /^walked for real, as session reports\.web-0$/m)
  })

  it('is not walked where nobody asks for it', async () => {
    good.stage.aws.clearTrail()
    const { stdout } = await good.verify('')
    assert.doesNotMatch(stdout, /AWS: /)
    assert.deepEqual(good.stage.aws.trail(), [])
  })

  it('has the answers in JSON too', async () => {
    const { stdout } = await good.verify('--live -o json')
    const { chains } = JSON.parse(stdout) as {
      chains: readonly { live: object; hops: readonly { aws: object }[] }[]
    }
    assert.deepEqual(chains[0]?.live, {
      sessionName: 'reports.rolechain-verify',
      answer: 'allowed',
    })
    assert.deepEqual(
      chains[0]?.hops.map(({ aws }) => aws),
      [{ answer: 'allowed' }, { answer: 'allowed' }],
    )
  })
})

describe('AWS and the documents', () => {
  it('differ where the trust policy is another one by now', async (t) => {
    const stage = await startWalkStage((accounts) => {
      roleOf(accounts, READER).trust.Statement.length = 0
    })
    t.after(() => stage.stop())
    const told = await stage.verify()
    assert.equal(told.code, 1)
    assert.deepEqual(answersOf(told), [
      '  evaluation: allowed; AWS: allowed',
      '  evaluation: allowed; AWS: refused (AccessDenied)',
    ])
    assert.match(told.stdout, new RegExp(`^hop 2 × ${BASE}`, 'm'))
    assert.match(
      told.stdout,
      / {2}hop 2 × AWS: refused, although the documents allow it: AccessDenied: User: arn:aws:sts::111111111111:assumed-role\/cluster-base\/reports\.rolechain-verify is not authorized to perform: sts:AssumeRole [^]*#live_refused\n/,
    )
    const { stdout } = await stage.verify('--live -o json')
    const { chains } = JSON.parse(stdout) as {
      chains: readonly {
        live: { answer: string }
        hops: readonly { aws: Record<string, string> }[]
      }[]
    }
    assert.equal(chains[0]?.live.answer, 'refused')
    const { message = '', requestId = '', ...aws } = chains[0].hops[1]?.aws ?? {}
    assert.deepEqual(aws, { answer: 'refused', code: 'role_denied', awsErrorCode: 'AccessDenied' })
    assert.match(message, /^AccessDenied: User: /)
    assert.match(requestId, /^[\da-f-]{36}$/)
  })

  it('differ where an organization decides, and its policy is named as AWS names it', async () => {
    const takeBack = good.stage.aws.addFault({
      kind: 'error',
      operation: 'AssumeRole',
      status: 403,
      code: 'AccessDenied',
      message: `User: ${BASE} is not authorized to perform: sts:AssumeRole on resource: ${READER} with an explicit deny in a service control policy`,
    })
    const { code, stdout } = await good.verify()
    takeBack()
    assert.equal(code, 1)
    assert.match(stdout, /hop 2 × AWS: .* A service control policy \(SCP\) of the AWS organization/)
  })

  it('differ where the provider does not take the audience any more; later hops are not asked', async (t) => {
    const stage = await startWalkStage((accounts) => {
      for (const account of accounts) account.clientIds = ['kubernetes']
    })
    t.after(() => stage.stop())
    const told = await stage.verify()
    assert.equal(told.code, 1)
    assert.deepEqual(answersOf(told), [
      '  evaluation: allowed; AWS: refused (InvalidIdentityToken)',
      '  evaluation: allowed; AWS: not asked',
    ])
    assert.match(told.stdout, /audience sts\.amazonaws\.com\. Add the token's audience/)
  })

  it('agree on a refusal, which is then told once', async () => {
    const told = await good.verify('--live --external-id team-b')
    assert.equal(told.code, 1)
    assert.equal(answersOf(told)[1], '  evaluation: refused; AWS: refused (AccessDenied)')
    assert.match(told.stdout, /#trust_refuses/)
    assert.doesNotMatch(told.stdout, /#live_/)
  })

  it('differ where AWS allows by now what the documents refuse', async (t) => {
    const stage = await startWalkStage((accounts) => {
      const { trust } = roleOf(accounts, READER)
      trust.Statement = trust.Statement.map((one) => ({ ...one, Condition: {} }))
    })
    t.after(() => stage.stop())
    const told = await stage.verify('--live --external-id team-b')
    assert.equal(told.code, 1)
    assert.equal(answersOf(told)[1], '  evaluation: refused; AWS: allowed')
    assert.match(told.stdout, / {2}hop 2 ‼ AWS: allowed, although the documents refuse it\n/)
    const quiet = await stage.verify('--live --external-id team-b --suppress trust_refuses')
    assert.equal(quiet.code, 0)
  })
})

it('what is looked for in all that is printed are tokens, keys and session tokens', async () => {
  const count = good.secrets.length
  await good.verify('--live -o yaml')
  // The token, and of two sessions ID, key and token.
  assert.equal(good.secrets.length - count, 7)
})
