/** The sidecar's environment where EKS Pod Identity is the source. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Environment, readSettings } from '../../sidecar/environment.ts'
import { TARGET_ROLE } from './sessions.ts'

const good: Environment = {
  POD_NAME: 'nightly',
  POD_NAMESPACE: 'team-a',
  SERVICE_ACCOUNT: 'reports',
}

function problemsOf(given: Environment): readonly string[] {
  const settings = readSettings({ ...good, ...given })
  return settings.kind === 'valid' ? [] : settings.problems
}

describe('EKS Pod Identity as the source', () => {
  const source = JSON.stringify({
    targets: { a: { chain: [] } },
    port: 7755,
    source: 'pod-identity',
  })
  const given = { ROLECHAIN_CONFIG: source, ROLECHAIN_ROLES: '' }
  const agent = (url: string | undefined, more: Environment = {}) =>
    problemsOf({ ...given, AWS_CONTAINER_CREDENTIALS_FULL_URI: url, ...more })

  it('is an agent on the node, and a token where EKS puts it', () => {
    const AWS_CONTAINER_CREDENTIALS_FULL_URI = 'http://169.254.170.23/v1/credentials'
    const ROLECHAIN_ROOT_FOLDER = '/r'
    const settings = readSettings({
      ...good,
      ...given,
      AWS_CONTAINER_CREDENTIALS_FULL_URI,
      ROLECHAIN_ROOT_FOLDER,
    })
    assert.ok(settings.kind === 'valid')
    assert.deepEqual(settings.value.context.podIdentity, {
      agentUrl: AWS_CONTAINER_CREDENTIALS_FULL_URI,
      tokenFile: '/r/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token',
    })
  })

  it('has an agent under two addresses, and in tests on the loopback', () => {
    assert.deepEqual(agent('http://[fd00:ec2::23]/v1/credentials'), [])
    const loopback = 'http://127.0.0.1:8080/v1/credentials'
    assert.deepEqual(agent(loopback, { ROLECHAIN_ALLOW_HTTP_STS: 'true' }), [])
  })

  for (const url of [
    undefined,
    '',
    'agent',
    'http://127.0.0.1:8080/v1/credentials',
    'http://169.254.170.2/v1/credentials',
    'http://169.254.170.23.example/v1/credentials',
    'http://169.254.170.23@example.com/v1/credentials',
    'https://169.254.170.23/v1/credentials',
  ]) {
    it(`sends its token to nobody else: ${String(url)}`, () => {
      assert.match(agent(url).join(), /^AWS_CONTAINER_CREDENTIALS_FULL_URI: .*169\.254\.170\.23/)
    })
  }

  it('has tags of its own, which are not sent a second time', () => {
    const url = 'http://169.254.170.23/v1/credentials'
    const tags = { ROLECHAIN_CLUSTER_NAME: 'prod', POD_UID: undefined }
    assert.deepEqual(agent(url, tags), [])
    const long = JSON.stringify({
      targets: { a: { chain: [{ roleArn: TARGET_ROLE }, { roleArn: TARGET_ROLE }] } },
      port: 7755,
      source: 'pod-identity',
    })
    const settings = readSettings({
      ...good,
      ...tags,
      ROLECHAIN_CONFIG: long,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: url,
    })
    assert.ok(settings.kind === 'valid')
    assert.doesNotMatch(JSON.stringify(settings.value.configuration), /sessionTags/)
  })
})
