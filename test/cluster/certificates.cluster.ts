/**
 * Certificates on a real API server: kept by the webhooks themselves, and by the operator in a Secret. No pod is
 * refused meanwhile.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makePair } from '../../webhook/certificates/x509.ts'
import { admitsAllDuring } from './admissions.ts'
import { run } from './command.ts'
import { CONFIGURATION, install, NAMESPACE, RELEASE, toValues } from './installation.ts'
import { AWS_URL_IN_PODS, until } from './suite.ts'
import {
  areServed,
  CONFIGURATION_KINDS,
  expiryOf,
  readBundles,
  readSecret,
  SECRET,
  takesUp,
  trustsEverywhere,
  writeSecret,
} from './webhooks.ts'

const here = ['--namespace', NAMESPACE]

/** In how much time a caBundle that somebody spoilt has to be right again. */
const REPAIR_MS = 30_000

function makeShortPair(lifeMs: number) {
  return makePair({ dnsName: `${RELEASE}.${NAMESPACE}.svc`, nowMs: Date.now(), lifeMs })
}

test('a certificate that ends soon is rotated, and what has ended is trusted no longer', () =>
  admitsAllDuring(async () => {
    const before = await readSecret(SECRET)
    const short = await makeShortPair(60_000)
    await writeSecret(SECRET, {
      'tls.crt': short.certificate,
      'tls.key': short.key,
      'ca.crt': short.authority,
    })
    const next = await until('another certificate', async () => {
      const { 'tls.crt': certificate } = await readSecret(SECRET)
      const isNew = ![before['tls.crt'], short.certificate].includes(certificate ?? '')
      return isNew && certificate !== undefined ? certificate : undefined
    })
    await until('both webhooks with it', () => areServed(expiryOf(next)))
    await until('every caBundle without the one that ended', async () => {
      const bundles = await readBundles()
      return bundles.some((bundle) => bundle.includes(short.authority)) ? undefined : true
    })
  }))

test('a lost Secret comes back with the certificate that is served', () =>
  admitsAllDuring(async () => {
    const { 'tls.crt': served } = await readSecret(SECRET)
    await run(['kubectl', 'delete', 'secret', SECRET, ...here])
    const { 'tls.crt': rescued } = await until('the Secret', () => readSecret(SECRET))
    assert.equal(rescued, served)
  }))

for (const kind of CONFIGURATION_KINDS)
  for (const [what, operation] of [
    ['removed', { op: 'remove' }],
    ['replaced', { op: 'replace', value: Buffer.from('spoilt').toString('base64') }],
  ] as const)
    test(`a caBundle of the ${kind} that was ${what} is repaired`, async () => {
      const { 'ca.crt': authority } = await readSecret(SECRET)
      const patch = JSON.stringify([{ path: '/webhooks/0/clientConfig/caBundle', ...operation }])
      await run(['kubectl', 'patch', kind, CONFIGURATION, '--type=json', `--patch=${patch}`])
      assert.equal(await trustsEverywhere(authority), undefined)
      await until('the caBundle', () => trustsEverywhere(authority), REPAIR_MS)
    })

test('a certificate of the operator is taken up when it is renewed, without a restart', async () => {
  const secretName = 'rolechain-files'
  const [first, second] = [await makeShortPair(3_600_000), await makeShortPair(7_200_000)]
  const toFiles = ({ certificate, key }: typeof first) => ({
    'tls.crt': certificate,
    'tls.key': key,
  })
  await writeSecret(secretName, toFiles(first))
  const files = { secretName, caBundle: first.authority + second.authority }
  // The webhooks own the caBundles so far, and helm asks before it takes something from another owner.
  const parameters = ['--force-conflicts']
  await install(toValues(AWS_URL_IN_PODS, { certificates: { mode: 'files', files } }), {
    parameters,
  })
  try {
    await until('both webhooks with the first', () => areServed(first.expiresAtMs))
    await admitsAllDuring(async () => {
      await writeSecret(secretName, toFiles(second))
      await takesUp(second.expiresAtMs)
    })
  } finally {
    await install(toValues(AWS_URL_IN_PODS))
    await run(['kubectl', 'delete', 'secret', secretName, ...here])
  }
})
