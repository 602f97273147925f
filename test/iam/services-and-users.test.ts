/** Callers that are no sessions: services of AWS, which have no policies of their own, and users, which have. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toServiceContext } from '../../iam/assume-role.ts'
import { evaluate } from '../../iam/evaluate.ts'
import { trustPolicy } from '../../iam/policy.ts'

const CLUSTER = 'arn:aws:eks:eu-west-1:111111111111:cluster/kit'
const ROLE = 'arn:aws:iam::111111111111:role/target'

function decide(statement: object, name = 'pods.eks.amazonaws.com') {
  const request = {
    sessionName: 'eks-company-pod',
    externalId: undefined,
    sourceIdentity: undefined,
    tags: [['kubernetes-namespace', 'reports']] as const,
    transitiveTagKeys: ['kubernetes-namespace'],
  }
  const trust = trustPolicy.parse({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: ['sts:AssumeRole', 'sts:TagSession'], ...statement },
  })
  return evaluate(
    {
      caller: { kind: 'service', name },
      action: 'sts:TagSession',
      resource: ROLE,
      context: toServiceContext(request, { arn: CLUSTER, accountId: '111111111111' }),
    },
    { trust, identity: [] },
  ).outcome
}

const EKS = { Principal: { Service: 'pods.eks.amazonaws.com' } }

function inNamespace(namespace: string) {
  return { Condition: { StringEquals: { 'aws:RequestTag/kubernetes-namespace': namespace } } }
}

function ofSource(arn: string, accountId: string) {
  return {
    Condition: {
      StringEquals: { 'aws:SourceAccount': accountId },
      ArnLike: { 'aws:SourceArn': arn },
    },
  }
}

const CASES: readonly (readonly [string, object, string])[] = [
  ['the service', EKS, 'allowed'],
  ['the service and one namespace, this one', { ...EKS, ...inNamespace('reports') }, 'allowed'],
  ['the service and one namespace, another', { ...EKS, ...inNamespace('other') }, 'refused'],
  ['the service for this cluster', { ...EKS, ...ofSource(CLUSTER, '111111111111') }, 'allowed'],
  [
    'the service for another cluster',
    { ...EKS, ...ofSource(`${CLUSTER}-2`, '111111111111') },
    'refused',
  ],
  [
    'the service for clusters of another AWS account',
    { ...EKS, ...ofSource('*', '222222222222') },
    'refused',
  ],
  ['another service', { Principal: { Service: 'ec2.amazonaws.com' } }, 'refused'],
  ['the AWS account', { Principal: { AWS: '111111111111' } }, 'refused'],
  ['everyone, of whom nobody says whether services are meant', { Principal: '*' }, 'undecided'],
]

for (const [whom, statement, outcome] of CASES)
  test(`a service is ${outcome} where the role trusts ${whom}`, () => {
    assert.equal(decide(statement), outcome)
  })

/** Whether a user without a permission for it may assume a role of its own AWS account that trusts `AWS`. */
function decideUser(AWS: string) {
  const trust = trustPolicy.parse({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS } },
  })
  const caller = { kind: 'user', userArn: 'arn:aws:iam::111111111111:user/ana' } as const
  return evaluate(
    { caller, action: 'sts:AssumeRole', resource: ROLE, context: new Map() },
    { trust, identity: [] },
  ).outcome
}

test('a user that the trust policy names needs no permission in its own AWS account, unlike the account', () => {
  assert.equal(decideUser('arn:aws:iam::111111111111:user/ana'), 'allowed')
  assert.equal(decideUser('arn:aws:iam::111111111111:user/ben'), 'refused')
  assert.equal(decideUser('111111111111'), 'refused')
})
