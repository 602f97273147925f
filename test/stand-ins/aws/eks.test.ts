/** EKS, and what an API server that authenticates as EKS does asks STS: requests as the AWS CLI and it send them. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Credentials } from '@aws-sdk/client-sts'
import { signRequest } from './signed-request.ts'
import { BASE, readExample, startStage, type Stage } from './stage.ts'

const CLUSTERS = 'arn:aws:eks:us-east-1:111111111111:cluster/'

function withEks(): unknown {
  const { awsAccounts } = structuredClone(readExample()) as {
    awsAccounts: Record<
      string,
      { roles: Record<string, { permissionPolicies: object[] }>; eksClusters?: object }
    >
  }
  const own = awsAccounts['111111111111']
  own?.roles['cluster-base']?.permissionPolicies.push({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 'eks:ListClusters', Resource: `${CLUSTERS}*` },
      {
        Effect: 'Allow',
        Action: 'eks:DescribeCluster',
        Resource: [`${CLUSTERS}company`, `${CLUSTERS}gone`],
      },
    ],
  })
  if (own !== undefined)
    own.eksClusters = {
      company: {
        oidcIssuer: 'https://oidc.cluster.example',
        endpoint: 'https://company.eks.example',
        certificateAuthority: 'UEVN',
      },
      secret: { oidcIssuer: 'https://oidc.secret.example' },
      far: { region: 'eu-west-1', oidcIssuer: 'https://oidc.far.example' },
    }
  return { awsAccounts }
}

let stage: Stage
let base: Credentials

before(async () => {
  stage = await startStage(withEks())
  base = await stage.assumeBase()
})

after(() => stage.stop())

async function ask(path: string, { service = 'eks', region = 'us-east-1' } = {}) {
  // The signer of the tests makes GETs for S3 only; the path of EKS is encoded as it is sent.
  const signed = await signRequest(stage.aws.url, {
    credentials: base,
    service,
    region,
    path,
    method: 'GET',
  })
  const answer = await fetch(`${stage.aws.url}${path}`, { headers: signed.headers })
  const body = (await answer.json()) as Record<string, unknown>
  return { status: answer.status, code: answer.headers.get('x-amzn-errortype'), body }
}

test('lists the clusters of the region', async () => {
  assert.deepEqual(await ask('/clusters'), {
    status: 200,
    code: null,
    body: { clusters: ['company', 'secret'] },
  })
})

test('describes a cluster as kubeconfigs need it', async () => {
  const { status, body } = await ask('/clusters/company')
  assert.equal(status, 200)
  assert.deepEqual(body['cluster'], {
    name: 'company',
    arn: `${CLUSTERS}company`,
    status: 'ACTIVE',
    version: '1.34',
    endpoint: 'https://company.eks.example',
    certificateAuthority: { data: 'UEVN' },
    identity: { oidc: { issuer: 'https://oidc.cluster.example' } },
    accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP' },
  })
  const last = stage.aws.trail().at(-1)
  assert.deepEqual(
    [last?.eventSource, last?.eventName, last?.requestParameters],
    ['eks.amazonaws.com', 'DescribeCluster', { name: 'company' }],
  )
})

const REFUSED: readonly (readonly [string, string, number, string, string])[] = [
  [
    'a cluster that is not allowed, whether it is there or not',
    '/clusters/secret',
    403,
    'AccessDeniedException',
    `User: arn:aws:sts::111111111111:assumed-role/cluster-base/reports.pod is not authorized to perform: eks:DescribeCluster on resource: ${CLUSTERS}secret`,
  ],
  [
    'a cluster that is not there',
    '/clusters/gone',
    404,
    'ResourceNotFoundException',
    'No cluster found for name: gone.',
  ],
]

for (const [what, path, status, code, message] of REFUSED)
  test(`refuses ${what}`, async () => {
    assert.deepEqual(await ask(path), { status, code, body: { message } })
  })

test('refuses another region than the policy allows', async () => {
  assert.equal((await ask('/clusters', { region: 'eu-west-1' })).status, 403)
})

/** A token of `aws eks get-token` is such a URL: presigned together with the name of the cluster. */
async function presign(cluster: string): Promise<string> {
  const { query } = await signRequest(stage.aws.url, {
    credentials: base,
    expiresSeconds: 60,
    headers: { 'x-k8s-aws-id': cluster },
  })
  return `${stage.aws.url}/?${new URLSearchParams(query).toString().replaceAll('+', '%20')}`
}

async function whoIs(url: string, cluster: string) {
  const headers = { accept: 'application/json', 'x-k8s-aws-id': cluster }
  const answer = await fetch(url, { headers })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

test('tells in JSON who presigned a GetCallerIdentity for a cluster', async () => {
  const { status, body } = await whoIs(await presign('company'), 'company')
  assert.equal(status, 200)
  const { GetCallerIdentityResult } = body['GetCallerIdentityResponse'] as Record<string, object>
  const { UserId, ...shown } = GetCallerIdentityResult as Record<string, string>
  assert.match(UserId ?? '', /^AROA[A-Z0-9]{17}:reports\.pod$/)
  assert.deepEqual(shown, {
    Arn: `${BASE.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/reports.pod`,
    Account: '111111111111',
  })
})

test('refuses the same for another cluster, in JSON too', async () => {
  const { status, body } = await whoIs(await presign('company'), 'other')
  assert.equal(status, 403)
  assert.equal((body['Error'] as { Code: string }).Code, 'SignatureDoesNotMatch')
})
