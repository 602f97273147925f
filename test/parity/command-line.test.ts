/** Flags, as far as no pod shows them: spellings, defaults, and what is refused at the start. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseCommandLine } from '../../webhook/command-line/command-line.ts'

const cluster = ['--in-cluster=false']

function valuesOf(...args: readonly string[]): Readonly<Record<string, unknown>> {
  const parsed = parseCommandLine(args)
  assert.ok(parsed.kind === 'run', JSON.stringify(parsed))
  return parsed.values
}

function problemsOf(...args: readonly string[]): string {
  const parsed = parseCommandLine(args)
  assert.ok(parsed.kind === 'refused', JSON.stringify(parsed))
  return parsed.problems.join('\n')
}

describe('Flags: defaults', () => {
  const defaults = {
    port: 443,
    'metrics-port': 9999,
    kubeconfig: '',
    'kube-api': '',
    'in-cluster': true,
    'tls-key': '/etc/webhook/certs/tls.key',
    'tls-cert': '/etc/webhook/certs/tls.crt',
    'service-name': 'pod-identity-webhook',
    namespace: 'eks',
    'tls-secret': 'pod-identity-webhook',
    'annotation-prefix': 'eks.amazonaws.com',
    'token-audience': 'sts.amazonaws.com',
    'token-mount-path': '/var/run/secrets/eks.amazonaws.com/serviceaccount',
    'token-expiration': 86_400,
    'aws-default-region': '',
    'sts-regional-endpoint': false,
    'watch-config-map': false,
    'compose-role-arn': false,
    'watch-container-credentials-config': '',
    'container-credentials-audience': 'pods.eks.amazonaws.com',
    'container-credentials-token-mount-path':
      '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount',
    'container-credentials-token-volume-name': 'eks-pod-identity-token',
    'container-credentials-token-path': 'eks-pod-identity-token',
    'container-credentials-full-uri': 'http://169.254.170.23/v1/credentials',
    'enable-debugging-handlers': false,
  }
  for (const [name, value] of Object.entries(defaults)) {
    it(`${name} is ${JSON.stringify(value)}`, () => assert.equal(valuesOf()[name], value))
  }

  it('ours: service-account-lookup-grace-period is 1 s', () =>
    assert.equal(valuesOf()['service-account-lookup-grace-period'], 1000))
})

describe('Flags: spelling', () => {
  const readings: readonly (readonly [readonly string[], string, unknown])[] = [
    [['--port=8443'], 'port', 8443],
    [['--port', '8443'], 'port', 8443],
    [['--port=1', '--port=2'], 'port', 2],
    [['--port=0x1bb'], 'port', 443],
    [['--token-expiration=1_000'], 'token-expiration', 1000],
    [['--token-expiration=03600'], 'token-expiration', 1920],
    [['--namespace', 'aws'], 'namespace', 'aws'],
    [['--token-audience='], 'token-audience', ''],
    [['--token-audience=a=b'], 'token-audience', 'a=b'],
    [['--sts-regional-endpoint'], 'sts-regional-endpoint', true],
    [['--sts-regional-endpoint=true'], 'sts-regional-endpoint', true],
    [['--sts-regional-endpoint=1'], 'sts-regional-endpoint', true],
    [['--sts-regional-endpoint=T'], 'sts-regional-endpoint', true],
    [['--in-cluster=false'], 'in-cluster', false],
    [['--in-cluster=F'], 'in-cluster', false],
    [['--in-cluster=0'], 'in-cluster', false],
    [['--service-account-lookup-grace-period=100ms'], 'service-account-lookup-grace-period', 100],
    [['--service-account-lookup-grace-period=1s'], 'service-account-lookup-grace-period', 1000],
    [
      ['--service-account-lookup-grace-period=1m30s'],
      'service-account-lookup-grace-period',
      90_000,
    ],
    [['--service-account-lookup-grace-period=.5s'], 'service-account-lookup-grace-period', 500],
    [['--service-account-lookup-grace-period=0'], 'service-account-lookup-grace-period', 0],
    [['--tls-min-version=1.3'], 'tls-min-version', 'TLSv1.3'],
    [['--tls-min-version=VersionTLS12'], 'tls-min-version', 'TLSv1.2'],
    [['-v=4'], 'v', 4],
    [['--v=4'], 'v', 4],
    [['-v', '4'], 'v', 4],
  ]
  for (const [args, name, value] of readings) {
    it(`${args.join(' ')} makes ${name} ${String(value)}`, () =>
      assert.equal(valuesOf(...cluster, ...args)[name], value))
  }

  it('version prints the version', () =>
    assert.equal(parseCommandLine(['--version']).kind, 'version'))

  it('resync-period is taken', () =>
    assert.equal(parseCommandLine(['--resync-period=10m']).kind, 'run'))

  it('tls-cipher-suites takes names of Go', () => {
    const names = 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_AES_128_GCM_SHA256'
    assert.equal(parseCommandLine([`--tls-cipher-suites=${names}`]).kind, 'run')
  })
})

describe('Flags: refused at the start', () => {
  const refusals: readonly (readonly [readonly string[], RegExp])[] = [
    [['--tls-cipher-suites=TLS_OF_TOMORROW'], /TLS_OF_TOMORROW/],
    [['--tls-min-version=1.4'], /tls-min-version/],
    [['--tls-min-version=TLSv1.2'], /tls-min-version/],
    [['--port=http'], /--port=http/],
    [['--sts-regional-endpoint=yes'], /sts-regional-endpoint=yes/],
    [['--service-account-lookup-grace-period=1'], /grace-period=1/],
    [['--token-expiration=1h'], /token-expiration=1h/],
  ]
  for (const [args, told] of refusals) {
    it(args.join(' '), () => assert.match(problemsOf(...args), told))
  }

  it('an unknown flag, with the nearest name', () =>
    assert.match(problemsOf('--token-audiance=x'), /--token-audiance .*--token-audience/))
})
