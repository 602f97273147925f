/** The real child where EKS Pod Identity is the source: its agent, and roles that trust its tags. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import type { Session } from '../../sidecar/core/session.ts'
import { findFreePort } from '../../stand-ins/ports.ts'
import {
  DEEP,
  DEEP_WITHOUT_TAGS,
  type PodIdentityStage,
  READER,
  READER_WITHOUT_TAGS,
  startPodIdentityStage,
} from './pod-identity-stage.ts'

let stage: PodIdentityStage

before(async () => {
  stage = await startPodIdentityStage()
})
after(() => stage.stop())
afterEach(async () => {
  stage.aws.clearFaults()
  stage.aws.clearTrail()
  await stage.writeToken()
})

async function identityOf(session: Session | undefined): Promise<string> {
  assert.ok(session)
  const { accessKeyId, secretAccessKey, sessionToken } = session
  const client = new STSClient({
    region: 'eu-west-1',
    endpoint: stage.aws.url,
    credentials: { accessKeyId, secretAccessKey, sessionToken },
  })
  return (await client.send(new GetCallerIdentityCommand({}))).Arn ?? ''
}

describe('an association', () => {
  it('begins chains into other AWS accounts, and is asked for once for all of them', async () => {
    const asked = stage.agent.requests()
    const { sessions, failures } = await stage.run({ near: [READER], far: [READER, DEEP], own: [] })
    assert.deepEqual(failures, {})
    assert.match(
      await identityOf(sessions['near']),
      /^arn:aws:sts::222222222222:assumed-role\/reader\/team-a\.nightly$/,
    )
    assert.match(
      await identityOf(sessions['far']),
      /^arn:aws:sts::333333333333:assumed-role\/deep\/team-a\.nightly$/,
    )
    assert.match(
      await identityOf(sessions['own']),
      /^arn:aws:sts::111111111111:assumed-role\/courier\/eks-/,
    )
    assert.equal(sessions['own']?.accountId, '111111111111')
    assert.equal(stage.agent.requests() - asked, 1)
  })

  it('is of the pod that asks, and of no other', async () => {
    await stage.writeToken('other')
    const { failures } = await stage.run({ default: [READER] })
    assert.equal(failures['default']?.code, 'pod_identity_no_association')
    assert.match(
      failures['default'].sentence,
      /^hop 0: ResourceNotFoundException: .*create-pod-identity-association/,
    )
    assert.equal(failures['default'].isPermanent, true)
  })

  it('has a role that has to trust EKS', async () => {
    await stage.writeToken('closed')
    const { failures } = await stage.run({ default: [READER] })
    assert.equal(failures['default']?.code, 'pod_identity_refused')
    assert.match(
      failures['default'].sentence,
      /trust policy of the association's role allow sts:AssumeRole and sts:TagSession/,
    )
  })
})

describe('a token', () => {
  for (const [what, given] of [
    ['for STS', { audience: 'sts.amazonaws.com' }],
    ['of another cluster', { claims: { iss: 'https://oidc.other.example' } }],
    ['without a pod', { claims: { 'kubernetes.io': {} } }],
  ] as const) {
    it(`${what} is refused as a token`, async () => {
      const token = await stage.writeToken('reports', given)
      const failure = (await stage.run({ default: [READER] })).failures['default']
      assert.equal(failure?.code, 'pod_identity_token_refused', failure?.sentence)
      assert.ok(!failure.sentence.includes(token.split('.')[2] ?? ''))
    })
  }
})

describe('trouble with EKS or its agent', () => {
  const operation = 'AssumeRoleForPodIdentity'

  it('that is throttling is called so', async () => {
    await stage.writeToken('reports', { pod: { name: 'nightly', uid: 'throttled' } })
    stage.aws.addFault({
      kind: 'error',
      operation,
      status: 429,
      code: 'ThrottlingException',
      message: 'Rate exceeded',
    })
    const failure = (await stage.run({ default: [READER] })).failures['default']
    assert.equal(failure?.code, 'pod_identity_throttled')
    assert.equal(failure.isPermanent, false)
  })

  it('that passes leaves the session that is held, for chains', async () => {
    const { baseSessions } = await stage.run({ default: [READER] })
    const podIdentity = {
      agentUrl: `http://127.0.0.1:${await findFreePort()}/v1/credentials`,
      tokenFile: stage.tokenFile,
    }
    const context = { sessionName: 'nightly', placeholders: {}, podIdentity }
    const { sessions, failures } = await stage.run(
      { default: [READER], own: [] },
      { context, baseSessions },
    )
    assert.match(await identityOf(sessions['default']), /reader/)
    assert.equal(failures['own']?.code, 'pod_identity_no_agent')
  })
})

describe('the session tags of EKS', () => {
  it('are inherited by every hop, and are not sent again', async () => {
    await stage.run({ default: [READER, DEEP] })
    const hops = stage.aws
      .trail()
      .filter(
        ({ eventName, requestParameters }) =>
          eventName === 'AssumeRole' &&
          /22222|33333/.test(JSON.stringify(requestParameters['roleArn'])),
      )
    assert.equal(hops.length, 2)
    for (const { requestParameters } of hops)
      assert.doesNotMatch(JSON.stringify(requestParameters), /kubernetes-/)
  })

  for (const [what, chain, hop] of [
    ['first', [READER_WITHOUT_TAGS], 1],
    ['second', [READER, DEEP_WITHOUT_TAGS], 2],
  ] as const) {
    it(`are refused by a ${what} role that does not trust tags, with the two cures`, async () => {
      const failure = (await stage.run({ default: chain })).failures['default']
      assert.equal(failure?.code, 'role_denied')
      assert.equal(failure.hop, hop)
      assert.match(failure.sentence, /sts:TagSession.*or turn session tags off on the association/)
    })

    it(`and not by the same ${what} role when the association has none`, async () => {
      await stage.writeToken('plain')
      const { sessions, failures } = await stage.run({ default: chain })
      assert.deepEqual(failures, {})
      assert.match(await identityOf(sessions['default']), /without-tags/)
    })
  }

  it('leave little room for a session policy, as the failure says', async () => {
    const Statement = Array.from({ length: 12 }, (_, index) => ({
      Effect: 'Allow',
      Action: [`s3:GetObject`, `dynamodb:GetItem`],
      Resource: `arn:aws:s3:::bucket-number-${index}-of-many/*`,
    }))
    const sessionPolicy = JSON.stringify({ Version: '2012-10-17', Statement })
    const failure = (await stage.run({ default: [{ ...READER, sessionPolicy }] })).failures[
      'default'
    ]
    assert.equal(failure?.code, 'packed_policy_too_large')
    assert.match(failure.sentence, /or turn session tags off on the association/)
  })
})
