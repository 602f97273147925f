/**
 * Configurations as values of the chart, and what becomes of each: the one table for the schema, the templates and the
 * webhook.
 */

export interface Row {
  readonly name: string
  readonly configuration: object
  /**
   *   nobody   | it can be used
   *   schema   | `values.schema.json` and the webhook refuse it
   *   template | a template and the webhook do, since no schema can say it
   */
  readonly refusedBy: 'nobody' | 'schema' | 'template'
  /** Part of what Helm says. */
  readonly says?: string
}

const roleArn = 'arn:aws:iam::222222222222:role/reports-reader'

function chain(hop: object, name = 'reports'): object {
  return { chains: { [name]: { namespaces: ['team-a'], chain: [{ roleArn, ...hop }] } } }
}

function good(name: string, configuration: object): Row {
  return { name, configuration, refusedBy: 'nobody' }
}

function bySchema(name: string, configuration: object, says: string): Row {
  return { name, configuration, refusedBy: 'schema', says }
}

function byTemplate(name: string, configuration: object, says: string): Row {
  return { name, configuration, refusedBy: 'template', says }
}

const policy = JSON.stringify({ Version: '2012-10-17', Statement: [] })

export const ROWS: readonly Row[] = [
  good('the defaults', {}),
  good('a region', { region: 'us-gov-west-1' }),
  good('no region', { region: null }),
  good('a hop with everything', {
    ...chain({
      externalId: 'a:b/c',
      sessionTags: { team: '{namespace}', 'cost center!': 'über 9' },
      sourceIdentity: '{serviceAccount}@{namespace}',
      sessionPolicy: policy,
      durationSeconds: '900',
    }),
  }),
  good(
    'texts that look like something else',
    chain({ externalId: '0o17', sessionTags: { on: 'null', '0x1': '1_0' } }),
  ),
  good('pull secrets, written both ways', {
    sidecar: { imagePullSecrets: ['registry.example', { name: 'mirror' }] },
  }),
  good('two ports', { sidecar: { port: 9000, metricsPort: 9001 } }),
  good('a request that is its limit, in other words', {
    sidecar: { cpuRequest: '0.25', cpuLimit: '250m' },
  }),
  good('amounts with exponents and signs', {
    sidecar: { cpuRequest: '1e-2', cpuLimit: '+.5', memoryRequest: '64E6', memoryLimit: '1.e9' },
  }),
  good('more for the sidecar', { sidecar: { memoryRequest: '0.5Gi', memoryLimit: '1G' } }),
  good('http for tests', {
    sidecar: { stsEndpoint: 'http://sts.test:8080/x', allowHttpSts: true },
  }),
  good('a policy', {
    policy: { default: 'deny', rules: [{ namespaces: ['team-*'], roleArns: ['*'] }] },
  }),
  good('a cluster with a name and an ARN', {
    clusterName: 'prod',
    clusterArn: 'arn:aws:eks:eu-west-1:111111111111:cluster/prod',
  }),
  bySchema('a cluster whose name is none', { clusterName: 'a.b' }, '/clusterName'),
  bySchema('a cluster whose ARN is none', { clusterArn: 'prod' }, '/clusterArn'),
  byTemplate(
    'attested tags of no cluster',
    { sessionTags: 'attested' },
    'configuration.clusterName: is needed with sessionTags: attested',
  ),
  bySchema('a place on another planet', { region: 'mars' }, '/configuration/region'),
  bySchema('a chain with a name of its own kind', chain({}, 'Bad_Name'), 'Bad_Name'),
  bySchema('a role that is none', chain({ roleArn: 'nope' }), '/roleArn'),
  bySchema('a role without AWS account', chain({ roleArn: 'arn:aws:iam::2:role/x' }), '/roleArn'),
  bySchema('an external id with a space', chain({ externalId: 'a b' }), '/externalId'),
  bySchema('an external id that is a number', chain({ externalId: 12 }), '/externalId'),
  bySchema('a tag that AWS keeps for itself', chain({ sessionTags: { 'AWS:x': 'y' } }), 'AWS:x'),
  bySchema('a tag with a bad value', chain({ sessionTags: { team: 'a|b' } }), '/sessionTags/team'),
  bySchema(
    'more tags than STS takes',
    chain({
      sessionTags: Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`t${index}`, ''])),
    }),
    '/sessionTags',
  ),
  bySchema('a source identity with a slash', chain({ sourceIdentity: 'a/b' }), '/sourceIdentity'),
  bySchema(
    'a session policy that is too long',
    chain({ sessionPolicy: policy.padEnd(2049) }),
    '/sessionPolicy',
  ),
  bySchema('a hop that is too long', chain({ durationSeconds: 43_201 }), '/durationSeconds'),
  bySchema('a hop that is too short', chain({ durationSeconds: '0899' }), '/durationSeconds'),
  bySchema('a misspelt field of a hop', chain({ externalID: 'x' }), 'externalID'),
  bySchema('a chain without hops', { chains: { a: { namespaces: ['*'], chain: [] } } }, '/chain'),
  bySchema(
    'a chain for nobody',
    { chains: { a: { namespaces: [], chain: [{ roleArn }] } } },
    '/namespaces',
  ),
  bySchema('a session name of one letter', { sessionName: 'x' }, '/sessionName'),
  bySchema(
    'a session name with another placeholder',
    { sessionName: '{cluster}-{pod}' },
    '/sessionName',
  ),
  bySchema('a misspelt setting', { regoin: 'eu-west-1' }, 'regoin'),
  bySchema(
    'a pull secret whose name is none',
    { sidecar: { imagePullSecrets: ['Registry'] } },
    'imagePullSecrets',
  ),
  bySchema('an exponent without digits', { sidecar: { memoryLimit: '1e' } }, 'memoryLimit'),
  bySchema('an exponent of nothing', { sidecar: { memoryRequest: '0e3' } }, 'memoryRequest'),
  byTemplate(
    'a request with an exponent above its limit',
    { sidecar: { memoryRequest: '1e9' } },
    "sidecar.memoryRequest: '1e9' is above memoryLimit, '96Mi'",
  ),
  bySchema('a misspelt setting of the sidecar', { sidecar: { memory: '96Mi' } }, 'memory'),
  bySchema('no policy', { policy: { default: 'maybe' } }, '/policy/default'),
  bySchema('a port for root', { sidecar: { port: 80 } }, '/sidecar/port'),
  bySchema('root', { sidecar: { user: 0 } }, '/sidecar/user'),
  bySchema('an amount that is none', { sidecar: { cpuLimit: 'fast' } }, '/cpuLimit'),
  bySchema('an amount of nothing', { sidecar: { memoryRequest: '0.0Mi' } }, '/memoryRequest'),
  bySchema(
    'a proxy with a password',
    { sidecar: { httpsProxy: 'http://user:secret@proxy:3128' } },
    '/httpsProxy',
  ),
  bySchema('a proxy that is no URL', { sidecar: { httpsProxy: 'proxy:3128' } }, '/httpsProxy'),
  bySchema('certificates that are none', { sidecar: { caBundle: 'x' } }, '/caBundle'),
  byTemplate(
    'one port for two',
    { sidecar: { port: 9000, metricsPort: 9000 } },
    'sidecar.metricsPort: 9000 is the port of the endpoint',
  ),
  byTemplate(
    'the standard port for metrics',
    { sidecar: { metricsPort: 7755 } },
    'sidecar.metricsPort: 7755 is the port of the endpoint',
  ),
  byTemplate(
    'a request above its limit',
    { sidecar: { memoryRequest: '1Gi', memoryLimit: '1000M' } },
    "sidecar.memoryRequest: '1Gi' is above memoryLimit, '1000M'",
  ),
  byTemplate(
    'a request above the limit by default',
    { sidecar: { cpuRequest: '1' } },
    "sidecar.cpuRequest: '1' is above cpuLimit, '250m'",
  ),
  byTemplate(
    'a limit below the request by default',
    { sidecar: { memoryLimit: '16Mi' } },
    "sidecar.memoryRequest: '32Mi' is above memoryLimit, '16Mi'",
  ),
  byTemplate(
    'http',
    { sidecar: { stsEndpoint: 'http://sts.test' } },
    'sidecar.stsEndpoint: has to be https',
  ),
  byTemplate(
    'a session policy that is no JSON',
    chain({ sessionPolicy: '{"Statement"' }),
    'chains.reports.chain[0].sessionPolicy: is not an IAM policy',
  ),
  byTemplate(
    'a session policy without statement',
    chain({ sessionPolicy: '[{"Statement":1}]' }),
    'sessionPolicy: is not an IAM policy',
  ),
  byTemplate(
    'a tag twice',
    chain({ sessionTags: { team: 'a', 'Team!': 'b' } }),
    "sessionTags: tag key 'team' is there twice",
  ),
]
