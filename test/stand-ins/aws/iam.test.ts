/** What IAM tells whoever may read it, as its own SDK reads it. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  GetAccountAuthorizationDetailsCommand,
  GetOpenIDConnectProviderCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListOpenIDConnectProvidersCommand,
  ListRolePoliciesCommand,
} from '@aws-sdk/client-iam'
import { readDocument } from '../../../cli/core/verify/dumps.ts'
import { toWorld } from '../../../stand-ins/aws/configuration.ts'
import { startLiveStage, toConfiguration, type LiveStage } from '../../cli/aws/live-stage.ts'
import { refusalOf, toIdentity } from './stage.ts'
import { createSession, roleOf } from './world.ts'
import { decideAssumeRole } from '../../../stand-ins/aws/permissions.ts'
import { NO_REQUEST } from './situation.ts'

let live: LiveStage
let iam: IAMClient
before(async () => {
  live = await startLiveStage("it's *")
  iam = new IAMClient({
    region: 'us-east-1',
    endpoint: live.stage.aws.url,
    maxAttempts: 1,
    credentials: toIdentity(live.auditor),
  })
})
after(async () => {
  iam.destroy()
  await live.stage.stop()
})

describe('IAM', () => {
  it('gives a role with its documents as they were written', async () => {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'base' }))
    assert.equal(Role?.Arn, 'arn:aws:iam::111111111111:role/base')
    assert.equal(Role?.MaxSessionDuration, 3600)
    assert.equal(
      Role?.PermissionsBoundary?.PermissionsBoundaryArn,
      'arn:aws:iam::111111111111:policy/boundary',
    )
    assert.match(Role?.AssumeRolePolicyDocument ?? '', /^%7B%22Version%22/)
    const { Statement } = readDocument(Role?.AssumeRolePolicyDocument) as { Statement: object }
    assert.equal('Sid' in Statement && Statement.Sid, 'Cluster')
  })

  it('gives policies inline, attached and by version', async () => {
    const inline = await iam.send(new ListRolePoliciesCommand({ RoleName: 'auditor' }))
    assert.deepEqual([inline.PolicyNames, inline.IsTruncated], [['inline-1', 'inline-2'], false])
    const one = await iam.send(
      new GetRolePolicyCommand({ RoleName: 'auditor', PolicyName: 'inline-2' }),
    )
    assert.match(decodeURIComponent(one.PolicyDocument ?? ''), /sts:AssumeRole/)
    const attached = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: 'base' }))
    const [policy] = attached.AttachedPolicies ?? []
    assert.deepEqual(policy, {
      PolicyName: 'assume',
      PolicyArn: 'arn:aws:iam::111111111111:policy/assume',
    })
    const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn: policy?.PolicyArn }))
    const { PolicyVersion } = await iam.send(
      new GetPolicyVersionCommand({
        PolicyArn: policy?.PolicyArn,
        VersionId: Policy?.DefaultVersionId,
      }),
    )
    assert.equal(PolicyVersion?.IsDefaultVersion, true)
    assert.match(decodeURIComponent(PolicyVersion?.Document ?? ''), /"sts:\*"/)
  })

  it('goes page by page', async () => {
    const first = await iam.send(new ListRolePoliciesCommand({ RoleName: 'auditor', MaxItems: 1 }))
    assert.deepEqual([first.PolicyNames, first.IsTruncated], [['inline-1'], true])
    const second = await iam.send(
      new ListRolePoliciesCommand({ RoleName: 'auditor', Marker: first.Marker }),
    )
    assert.deepEqual([second.PolicyNames, second.IsTruncated], [['inline-2'], false])
  })

  it('gives OIDC providers, and all roles at once', async () => {
    const { OpenIDConnectProviderList } = await iam.send(new ListOpenIDConnectProvidersCommand({}))
    const arn = OpenIDConnectProviderList?.[0]?.Arn
    const provider = await iam.send(
      new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }),
    )
    assert.deepEqual(
      [provider.Url, provider.ClientIDList],
      ['oidc.cluster.example', ['sts.amazonaws.com']],
    )
    const details = await iam.send(new GetAccountAuthorizationDetailsCommand({}))
    assert.deepEqual(
      details.RoleDetailList?.map(({ RoleName }) => RoleName),
      ['auditor', 'nobody', 'base'],
    )
    assert.deepEqual(
      details.Policies?.map(({ PolicyName }) => PolicyName),
      ['assume', 'boundary'],
    )
  })

  it('refuses in its own words what is not there, and whoever may not read', async () => {
    const missing = await refusalOf(iam.send(new GetRoleCommand({ RoleName: 'x' })))
    assert.deepEqual(
      [missing.name, missing.status, missing.message],
      ['NoSuchEntity', 404, 'The role with name x cannot be found.'],
    )
    const nobody = await live.stage.assumeBase({ RoleArn: 'arn:aws:iam::111111111111:role/nobody' })
    const client = new IAMClient({
      region: 'us-east-1',
      endpoint: live.stage.aws.url,
      maxAttempts: 1,
      credentials: toIdentity(nobody),
    })
    const denied = await refusalOf(client.send(new GetRoleCommand({ RoleName: 'base' })))
    assert.deepEqual([denied.name, denied.status], ['AccessDenied', 403])
    assert.match(denied.message, /iam:GetRole on resource: arn:aws:iam::111111111111:role\/base/)
  })
})

describe('a world with managed policies', () => {
  it('knows the names that it uses', () => {
    const broken = {
      trustPolicy: { Version: '2012-10-17', Statement: [] },
      attachedPolicies: ['y'],
    }
    assert.throws(
      () => toWorld({ awsAccounts: { '111111111111': { roles: { x: broken } } } }),
      /111111111111, role x: there is no managed policy y/,
    )
  })

  it('narrows sessions by the boundary of their role', () => {
    const narrow = {
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: 's3:*', Resource: '*' },
    }
    const configuration = toConfiguration('id') as {
      awsAccounts: Record<string, { managedPolicies: Record<string, unknown> }>
    }
    const decide = () => {
      const world = toWorld(configuration)
      const caller = createSession(roleOf(world, 'arn:aws:iam::111111111111:role/base'))
      const role = roleOf(world, 'arn:aws:iam::222222222222:role/team/reader')
      const request = { ...NO_REQUEST, externalId: 'id' }
      return decideAssumeRole(caller, { action: 'sts:AssumeRole', role, request }).outcome
    }
    assert.equal(decide(), 'allowed')
    const account = configuration.awsAccounts['111111111111']
    assert.ok(account)
    account.managedPolicies['boundary'] = narrow
    assert.equal(decide(), 'refused')
  })
})
