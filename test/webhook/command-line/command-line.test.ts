import assert from 'node:assert/strict'
import { test } from 'node:test'
import { helpText, parseCommandLine } from '../../../webhook/command-line/command-line.ts'
import { FLAGS } from '../../../webhook/command-line/flags.ts'

function valuesOf(...args: readonly string[]) {
  const line = parseCommandLine(args)
  assert.equal(line.kind, 'run', JSON.stringify(line))
  return line.kind === 'run' ? line.values : assert.fail()
}

function problemsOf(...args: readonly string[]) {
  const line = parseCommandLine(args)
  return line.kind === 'refused' ? line.problems : []
}

test('has the defaults of the upstream webhook', () => {
  const values = valuesOf()
  assert.equal(values.port, 443)
  assert.equal(values['metrics-port'], 9999)
  assert.equal(values['in-cluster'], true)
  assert.equal(values['tls-cert'], '/etc/webhook/certs/tls.crt')
  assert.equal(values['tls-key'], '/etc/webhook/certs/tls.key')
  assert.equal(values['service-name'], 'pod-identity-webhook')
  assert.equal(values.namespace, 'eks')
  assert.equal(values['tls-secret'], 'pod-identity-webhook')
  assert.equal(values['annotation-prefix'], 'eks.amazonaws.com')
  assert.equal(values['token-audience'], 'sts.amazonaws.com')
  assert.equal(values['token-mount-path'], '/var/run/secrets/eks.amazonaws.com/serviceaccount')
  assert.equal(values['token-expiration'], 86_400)
  assert.equal(values['aws-default-region'], '')
  assert.equal(values['sts-regional-endpoint'], false)
})

test('waits a second for an unknown service account, where upstream does not wait', () => {
  assert.equal(valuesOf()['service-account-lookup-grace-period'], 1000)
  assert.equal(
    valuesOf('--service-account-lookup-grace-period=0')['service-account-lookup-grace-period'],
    0,
  )
})

test('reads values after an equals sign and after a space', () => {
  const values = valuesOf('--port=8443', '--metrics-port', '9000', '--kubeconfig', '--odd')
  assert.deepEqual([values.port, values['metrics-port'], values.kubeconfig], [8443, 9000, '--odd'])
})

test('one hyphen is as good as two, and values may hold equals signs and be empty', () => {
  const values = valuesOf('-port=8443', '-token-audience', 'a=b', '--config=', '-in-cluster=0')
  assert.deepEqual(
    [values.port, values['token-audience'], values.config, values['in-cluster']],
    [8443, 'a=b', '', false],
  )
})

test('reads numbers in all of the spellings of Go', () => {
  for (const text of ['8443', '+8443', '0x20fb', '0X20_FB', '0o20373', '020373', '8_443']) {
    assert.equal(valuesOf(`--port=${text}`).port, 8443, text)
  }
  assert.equal(valuesOf('--v=-1').v, -1)
  for (const text of ['', '8443.0', '8e3', '0x', '08', '8__4', '_8', '99999999999999999999']) {
    assert.equal(problemsOf(`--port=${text}`).length, 1, text)
  }
})

test('a grace period below zero is none, as in upstream', () => {
  const name = 'service-account-lookup-grace-period'
  assert.deepEqual(
    ['-1s', '+1s', '1\u00b5s', '1\u03bcs', '1m0.5s'].map(
      (text) => valuesOf(`--${name}=${text}`)[name],
    ),
    [0, 1000, 0.001, 0.001, 60_500],
  )
})

test('an empty TLS version or list of ciphers is the default', () => {
  const values = valuesOf('--tls-min-version=', '--tls-cipher-suites=')
  assert.deepEqual([values['tls-min-version'], values['tls-cipher-suites']], ['TLSv1.2', ''])
})

test('of a flag that is given twice, the last counts', () => {
  assert.equal(valuesOf('--port=1', '--port=2').port, 2)
})

test('reads booleans alone and in all of the spellings of Go', () => {
  assert.equal(valuesOf('--sts-regional-endpoint')['sts-regional-endpoint'], true)
  for (const text of ['1', 't', 'T', 'TRUE', 'true', 'True']) {
    assert.equal(valuesOf(`--sts-regional-endpoint=${text}`)['sts-regional-endpoint'], true)
  }
  for (const text of ['0', 'f', 'F', 'FALSE', 'false', 'False']) {
    assert.equal(valuesOf(`--in-cluster=${text}`)['in-cluster'], false)
  }
})

test('reads the log level in all of the spellings of klog', () => {
  for (const args of [['-v=4'], ['-v4'], ['-v', '4'], ['--v=4'], ['--v', '4']]) {
    assert.equal(valuesOf(...args).v, 4, args.join(' '))
  }
})

test('raises a token expiration below 600 s to 600 s', () => {
  assert.equal(valuesOf('--token-expiration=60')['token-expiration'], 600)
  assert.equal(valuesOf('--token-expiration=600')['token-expiration'], 600)
  assert.equal(valuesOf('--token-expiration=172800')['token-expiration'], 172_800)
})

test('a comma too many in the list of ciphers names none', () => {
  const suite = 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'
  const expected = valuesOf(`--tls-cipher-suites=${suite}`)['tls-cipher-suites']
  for (const [text, ciphers] of [
    [`${suite},`, expected],
    [`,${suite}`, expected],
    [` ${suite} , ,${suite},`, expected],
    [',', ''],
    [' , ,', ''],
  ]) {
    assert.equal(valuesOf(`--tls-cipher-suites=${text}`)['tls-cipher-suites'], ciphers, text)
  }
})

test('reads TLS versions and Go names of cipher suites, and keeps those of TLS 1.3', () => {
  assert.equal(valuesOf('--tls-min-version=VersionTLS13')['tls-min-version'], 'TLSv1.3')
  assert.equal(valuesOf('--tls-min-version=1.0')['tls-min-version'], 'TLSv1')
  assert.equal(
    valuesOf('--tls-cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256')['tls-cipher-suites'],
    'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:ECDHE-RSA-AES128-GCM-SHA256',
  )
})

test("accepts klog's flags and says that they have no effect", () => {
  const given = [
    '--logtostderr',
    '--vmodule=x=1',
    '--alsologtostderr=false',
    '--alsologtostderrthreshold=WARNING',
    '--add_dir_header=true',
    '--legacy_stderr_threshold_behavior',
    '--log_backtrace_at=x.go:1',
    '--log_dir=/tmp',
    '--log_file=/tmp/x',
    '--log_file_max_size=1800',
    '--one_output',
    '--skip_headers',
    '--skip_log_headers',
    '--stderrthreshold=2',
  ]
  const line = parseCommandLine(given)
  assert.deepEqual(
    line.kind === 'run' ? line.notes : line,
    given.map((flag) => `${flag.replace(/=.*/, '')} has no effect.`),
  )
})

test('passes over what is no flag, as upstream does, and says so', () => {
  const line = parseCommandLine(['--in-cluster', 'false', '--port', '8443', 'extra'])
  assert.ok(line.kind === 'run')
  assert.equal(line.values['in-cluster'], true)
  assert.equal(line.values.port, 8443)
  assert.match(
    line.notes[0] ?? '',
    /^false is not a flag and has no effect; .*--in-cluster=false\.$/,
  )
  assert.match(line.notes[1] ?? '', /^extra is not a flag/)
})

test('tells all problems at once, each with what to do', () => {
  const problems = problemsOf(
    '--prot=1',
    '--port=70000',
    '--token-expiration=1h',
    '--service-account-lookup-grace-period=1 second',
    '--tls-min-version=1.4',
    '--tls-cipher-suites=constructor',
    '--annotation-prefix=a/b',
    '--kube-api=nowhere',
    '--kubeconfig',
  )
  const expected = [
    /^--prot is not a flag; did you mean --port\?$/,
    /^--kubeconfig needs a value/,
    /^--port=70000 is not a port; use/,
    /^--token-expiration=1h is not a whole number/,
    /^--service-account-lookup-grace-period=1 second is not a duration; use/,
    /^--tls-min-version=1\.4 is not a TLS version; use/,
    /^--tls-cipher-suites=constructor names cipher suites that are unknown \(constructor\); use/,
    /^--annotation-prefix=a\/b is not the prefix of an annotation; use/,
    /^--kube-api=nowhere is not a URL; use/,
  ]
  assert.equal(problems.length, expected.length, problems.join('\n'))
  for (const [index, pattern] of expected.entries()) assert.match(problems[index] ?? '', pattern)
})

test('takes the value of an unknown flag for part of the same problem', () => {
  assert.equal(problemsOf('--prot', '8443').length, 1)
})

test('version and help win over problems', () => {
  assert.equal(parseCommandLine(['--version', '--nope']).kind, 'version')
  assert.equal(parseCommandLine(['-h', '--nope']).kind, 'help')
  assert.equal(parseCommandLine(['--help', '--nope']).kind, 'help')
})

test('the help shows every flag that has an effect', () => {
  for (const [name, { standard }] of Object.entries(FLAGS)) {
    assert.equal(helpText().includes(`--${name}=`), standard !== null, name)
  }
})
