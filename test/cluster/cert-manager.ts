/**
 * cert-manager as seen from outside: the kinds that the chart uses, with the fields and values that its documentation gives them, and
 * what it does with a Certificate and with the annotation of its cainjector. It signs nothing twice and renews nothing.
 */
import { makePair } from '../../webhook/io/x509.ts'
import { run } from './command.ts'
import { CONFIGURATION, NAMESPACE } from './installation.ts'
import { until } from './suite.ts'
import { CONFIGURATION_KINDS, readJson } from './webhooks.ts'

const GROUP = 'cert-manager.io'
const text = { type: 'string' }
const oneOf = (...values: readonly (string | number)[]) => ({
  type: typeof values[0] === 'number' ? 'integer' : 'string',
  enum: values,
})

const CERTIFICATE = {
  type: 'object',
  required: ['secretName', 'issuerRef'],
  properties: {
    secretName: text,
    commonName: text,
    dnsNames: { type: 'array', items: text },
    isCA: { type: 'boolean' },
    issuerRef: {
      type: 'object',
      required: ['name'],
      properties: { name: text, kind: text, group: text },
    },
    duration: text,
    renewBefore: text,
    usages: {
      type: 'array',
      items: oneOf(
        'signing',
        'digital signature',
        'content commitment',
        'key encipherment',
        'key agreement',
        'data encipherment',
        'cert sign',
        'crl sign',
        'encipher only',
        'decipher only',
        'any',
        'server auth',
        'client auth',
      ),
    },
    privateKey: {
      type: 'object',
      properties: {
        algorithm: oneOf('RSA', 'ECDSA', 'Ed25519'),
        encoding: oneOf('PKCS1', 'PKCS8'),
        rotationPolicy: oneOf('Never', 'Always'),
        size: { type: 'integer' },
      },
    },
  },
}

const ISSUER = {
  type: 'object',
  properties: {
    selfSigned: {
      type: 'object',
      properties: { crlDistributionPoints: { type: 'array', items: text } },
    },
    ca: { type: 'object', required: ['secretName'], properties: { secretName: text } },
  },
}

function definition(kind: string, spec: object): object {
  const singular = kind.toLowerCase()
  const plural = `${singular}s`
  const openAPIV3Schema = { type: 'object', required: ['spec'], properties: { spec } }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: { kind, listKind: `${kind}List`, singular, plural },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  }
}

const ITEMS = [definition('Certificate', CERTIFICATE), definition('Issuer', ISSUER)]
const DEFINITIONS = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: ITEMS })

/** Runs `scenario` on a cluster that knows cert-manager's kinds. */
export async function withCertManagerKinds(scenario: () => Promise<void>): Promise<void> {
  await run(['kubectl', 'apply', '-f', '-'], { input: DEFINITIONS })
  try {
    await run(['kubectl', 'wait', '--for=condition=Established', '-f', '-'], { input: DEFINITIONS })
    await scenario()
  } finally {
    await run(['kubectl', 'delete', '-f', '-'], { input: DEFINITIONS })
  }
}

interface Certificate {
  readonly spec: { readonly secretName: string; readonly dnsNames: readonly [string] }
}

interface Annotated {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> }
  readonly webhooks: readonly object[]
}

/**
 * Does once what cert-manager does for a Certificate, when it comes: signs it, and injects its authority where that is asked for. Gives
 * when the certificate ends, in milliseconds since 1970.
 */
export async function issue(name: string): Promise<number> {
  const { spec } = await until(`the Certificate ${name}`, () =>
    readJson<Certificate>('certificates.cert-manager.io', name, `--namespace=${NAMESPACE}`),
  )
  const [dnsName] = spec.dnsNames
  const pair = await makePair({ dnsName, nowMs: Date.now(), lifeMs: 7_200_000 })
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    metadata: { name: spec.secretName, namespace: NAMESPACE },
    stringData: { 'tls.crt': pair.certificate, 'tls.key': pair.key, 'ca.crt': pair.authority },
  }
  await run(['kubectl', 'create', '-f', '-'], { input: JSON.stringify(secret) })
  for (const kind of CONFIGURATION_KINDS) await inject(kind, { name, authority: pair.authority })
  return pair.expiresAtMs
}

async function inject(kind: string, from: { name: string; authority: string }): Promise<void> {
  const { webhooks } = await until(`the annotation of the ${kind}`, async () => {
    const configuration = await readJson<Annotated>(kind, CONFIGURATION)
    const wanted = configuration.metadata.annotations?.['cert-manager.io/inject-ca-from']
    return wanted === `${NAMESPACE}/${from.name}` ? configuration : undefined
  })
  const value = Buffer.from(from.authority).toString('base64')
  const patch = webhooks.map((_, index) => ({
    op: 'add',
    path: `/webhooks/${index}/clientConfig/caBundle`,
    value,
  }))
  await run([
    'kubectl',
    'patch',
    kind,
    CONFIGURATION,
    '--type=json',
    `--patch=${JSON.stringify(patch)}`,
  ])
}
