/** The sidecar's environment, good and bad. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Environment, probeSocketPath, readSettings } from '../../sidecar/environment.ts'
import { serialiseRoles } from '../../sidecar/contract.ts'
import { TARGET_ROLE } from './sessions.ts'

const CONFIGURATION = {
  targets: { default: { chain: [{ roleArn: TARGET_ROLE, sourceIdentity: '{serviceAccount}' }] } },
  port: 7755,
}

const good: Environment = {
  ROLECHAIN_CONFIG: JSON.stringify(CONFIGURATION),
  POD_NAME: 'nightly',
  POD_NAMESPACE: 'team-a',
  SERVICE_ACCOUNT: 'reports',
  ROLECHAIN_ROOT_FOLDER: '/root-folder',
}

function problemsOf(given: Environment): readonly string[] {
  const settings = readSettings({ ...good, ...given })
  return settings.kind === 'valid' ? [] : settings.problems
}

describe('the environment', () => {
  it('becomes settings, with every path under the root folder', () => {
    const settings = readSettings({
      ...good,
      AWS_REGION: 'us-gov-west-1',
      AWS_ENDPOINT_URL_STS: 'https://sts.internal',
      AWS_USE_FIPS_ENDPOINT: 'true',
      HTTPS_PROXY: 'http://user:password@proxy.internal:3128',
      NO_PROXY: '',
    })
    assert(settings.kind === 'valid')
    const { sts, context, stsTokenFile, stateFile, probeSocket, endpointTokenFiles } =
      settings.value
    assert.deepEqual(sts, {
      region: 'us-gov-west-1',
      endpoint: 'https://sts.internal',
      allowsHttp: false,
      usesFips: true,
      usesDualstack: false,
      httpsProxy: 'http://user:password@proxy.internal:3128',
    })
    assert.deepEqual(context, {
      sessionName: '{namespace}.{pod}',
      placeholders: {
        '{namespace}': 'team-a',
        '{pod}': 'nightly',
        '{serviceAccount}': 'reports',
        '{node}': '',
      },
    })
    assert.deepEqual(
      [stsTokenFile, stateFile, probeSocket, endpointTokenFiles['default']],
      [
        '/root-folder/var/run/secrets/rolechain.io/sts/token',
        '/root-folder/var/run/rolechain.io/state.json',
        '/root-folder/var/run/rolechain.io/probe.sock',
        '/root-folder/var/run/secrets/rolechain.io/default/token',
      ],
    )
    assert.equal(probeSocketPath({}), '/var/run/rolechain.io/probe.sock')
  })

  for (const [given, problem] of [
    [{ ROLECHAIN_CONFIG: undefined }, /^ROLECHAIN_CONFIG: is not set/],
    [{ POD_NAME: undefined }, /^POD_NAME: is not set, .* contains \{pod\}/],
    [{ SERVICE_ACCOUNT: '' }, /^SERVICE_ACCOUNT: is not set/],
    [{ AWS_REGION: 'Ireland' }, /^AWS_REGION: "Ireland" is not a region/],
    [
      { AWS_ENDPOINT_URL_STS: 'http://sts.internal' },
      /^AWS_ENDPOINT_URL_STS: "http:\/\/sts\.internal" is not an https URL/,
    ],
    [{ AWS_ENDPOINT_URL_STS: 'sts.internal' }, /^AWS_ENDPOINT_URL_STS: /],
    [{ AWS_USE_FIPS_ENDPOINT: 'yes' }, /^AWS_USE_FIPS_ENDPOINT: "yes" is neither true nor false/],
    [{ ROLECHAIN_ALLOW_HTTP_STS: '1' }, /^ROLECHAIN_ALLOW_HTTP_STS: /],
    [{ ROLECHAIN_CA_BUNDLE: '/etc/ca.pem' }, /^ROLECHAIN_CA_BUNDLE: holds no PEM/],
  ] as const) {
    it(`is refused with ${JSON.stringify(given)}`, () => {
      const problems = problemsOf(given)
      assert.equal(problems.length, 1)
      assert.match(problems[0] ?? '', problem)
    })
  }

  it('asks only for what the names need that are sent', () => {
    assert.deepEqual(problemsOf({ NODE_NAME: undefined }), [])
  })

  it('allows an http STS endpoint to tests only', () => {
    const AWS_ENDPOINT_URL_STS = 'http://127.0.0.1:1'
    assert.deepEqual(problemsOf({ AWS_ENDPOINT_URL_STS, ROLECHAIN_ALLOW_HTTP_STS: 'true' }), [])
  })

  it('never shows a proxy, which may hold a password', () => {
    const [problem] = problemsOf({ HTTPS_PROXY: 'user:password@proxy.internal' })
    assert.match(problem ?? '', /^HTTPS_PROXY: is not a URL/)
    assert.doesNotMatch(problem ?? '', /password@/)
  })

  it('tells all problems at once', () => {
    assert.equal(
      problemsOf({ ROLECHAIN_CONFIG: '{}', AWS_REGION: 'x', HTTPS_PROXY: 'x' }).length,
      4,
    )
  })
})

const chain = (...roleArns: string[]) => ({ chain: roleArns.map((roleArn) => ({ roleArn })) })

describe('the roles in plain sight', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((name) => `arn:aws:iam::111111111111:role/${name}`)
  const targets = { writer: chain(a ?? '', b ?? ''), '1': chain(a ?? '', c ?? '') }
  const source = JSON.stringify({ targets, port: 7755 })
  const differences = (roles: string) =>
    problemsOf({ ROLECHAIN_CONFIG: source, ROLECHAIN_ROLES: roles })

  it('are those of the configuration, whatever the targets are called', () => {
    assert.deepEqual(differences(serialiseRoles(targets)), [])
    assert.equal(serialiseRoles(targets), `${a} ${c}\n${a} ${b}`)
  })

  it('may be left out, as by an older webhook', () => {
    assert.deepEqual(problemsOf({ ROLECHAIN_CONFIG: source }), [])
  })

  for (const [what, roles, says] of [
    ['another role', `${a} ${c}\n${a} ${c}`, [/^ROLECHAIN_ROLES: line 2 .*chain of target writer/]],
    ['another order', `${a} ${b}\n${a} ${c}`, [/line 1/, /line 2/]],
    ['a role less', `${a}\n${a} ${b}`, [/line 1 is "arn\S+a",.* is "arn\S+a arn\S+c";/]],
    ['a chain less', `${a} ${c}`, [/line 2 is not there/]],
    ['a chain more', `${a} ${c}\n${a} ${b}\n${c}`, [/line 3, "arn\S+c", is of no target/]],
    ['a space more', `${a}  ${c}\n${a} ${b}`, [/line 1/]],
    ['nothing', '', [/line 1 is ""/, /line 2 is not there/]],
  ] as const) {
    it(`refuse to start with ${what}, and tell every difference`, () => {
      const found = differences(roles)
      assert.equal(found.length, says.length, found.join('\n'))
      for (const [index, pattern] of says.entries()) assert.match(found[index] ?? '', pattern)
    })
  }
})

describe('attested session tags', () => {
  const pod = { POD_UID: 'uid-1', ROLECHAIN_CLUSTER_NAME: 'prod' }
  const own = { key: 'team', value: 'a' }
  const [first, second, third] = chain(TARGET_ROLE, TARGET_ROLE, TARGET_ROLE).chain
  const source = JSON.stringify({
    targets: {
      long: { chain: [first, { ...second, sessionTags: [own] }, third] },
      short: { chain: [first] },
    },
    port: 7755,
  })
  const tagsOf = (given: Environment) => {
    const settings = readSettings({ ...good, ROLECHAIN_CONFIG: source, ...given })
    assert.ok(settings.kind === 'valid')
    return Object.values(settings.value.configuration.targets).map(({ chain: hops }) =>
      hops.map(({ sessionTags = [] }) => sessionTags.map(({ key, value }) => `${key}=${value}`)),
    )
  }
  const attested = [
    'eks-cluster-name=prod',
    'kubernetes-namespace=team-a',
    'kubernetes-service-account=reports',
    'kubernetes-pod-name=nightly',
    'kubernetes-pod-uid=uid-1',
  ]

  it('are those of EKS Pod Identity, on the first AssumeRole of each chain', () => {
    assert.deepEqual(tagsOf(pod), [[[], ['team=a', ...attested], []], [[]]])
    const arn = 'arn:aws:eks:eu-west-1:111111111111:cluster/prod'
    assert.deepEqual(tagsOf({ ...pod, ROLECHAIN_CLUSTER_ARN: arn })[0]?.[1], [
      'team=a',
      `eks-cluster-arn=${arn}`,
      ...attested,
    ])
  })

  it('take nothing else away', () => {
    const targets = { a: { ...chain(TARGET_ROLE, TARGET_ROLE), isOptional: true } }
    const settings = readSettings({
      ...good,
      ...pod,
      ROLECHAIN_CONFIG: JSON.stringify({ targets, port: 7755 }),
    })
    assert.ok(settings.kind === 'valid')
    assert.equal(settings.value.configuration.targets['a']?.isOptional, true)
  })

  it('are not there where the cluster does not ask for them', () => {
    assert.deepEqual(tagsOf({ POD_UID: 'uid-1' }), [[[], ['team=a'], []], [[]]])
  })

  it('need to be known', () => {
    assert.match(problemsOf({ ROLECHAIN_CLUSTER_NAME: 'prod' }).join(), /^POD_UID: is not set/)
  })

  for (const key of ['kubernetes-namespace', 'Kubernetes-Pod-Name', 'eks-cluster-name', 'EKS-x']) {
    it(`are nobody else's to say: ${key}`, () => {
      const hops = [first, { ...second, sessionTags: [{ key, value: 'payroll' }] }]
      const forgedSource = JSON.stringify({ targets: { a: { chain: hops } }, port: 7755 })
      const said = problemsOf({ ...pod, ROLECHAIN_CONFIG: forgedSource })
      assert.match(said.join(), /does not begin with eks- or kubernetes-/)
    })
  }
})
