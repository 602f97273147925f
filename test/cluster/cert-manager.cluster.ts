/**
 * The chart with the real cert-manager: what it makes is served and trusted, and no pod is refused while it makes it
 * again.
 */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { after, before, test } from 'node:test'
import { admitsAllDuring } from './admissions.ts'
import { startCertManager, type CertManager } from './cert-manager.ts'
import { run } from './command.ts'
import { install, NAMESPACE, RELEASE, toValues } from './installation.ts'
import { AWS_URL_IN_PODS, until } from './suite.ts'
import { areServed, expiryOf, readSecret, takesUp, trustsEverywhere } from './webhooks.ts'

const here = ['--namespace', NAMESPACE]
const SECRET = `${RELEASE}-tls`
const AUTHORITY = `${RELEASE}-authority`

/** Go may have to build cert-manager first. */
const PATIENCE = { timeout: 20 * 60_000 }

let certManager: CertManager | undefined

/** A test whose failure has cert-manager's log with it. */
function scenario(sentence: string, happens: () => Promise<void>): void {
  test(sentence, async () => {
    assert.ok(certManager)
    await certManager.during(happens)
  })
}

before(async () => {
  certManager = await startCertManager()
  const values = toValues(AWS_URL_IN_PODS, { certificates: { mode: 'cert-manager' } })
  await certManager.during(() => install(values))
}, PATIENCE)

after(async () => {
  await install(toValues(AWS_URL_IN_PODS))
  await certManager?.stop()
  // They stay when their Certificates go.
  await run(['kubectl', 'delete', 'secret', SECRET, AUTHORITY, '--ignore-not-found', ...here])
}, PATIENCE)

/** What a Secret holds once its certificate is another than `old`. */
function readNext(secret: string, old: string | undefined) {
  return until(`another certificate in ${secret}`, async () => {
    const data = await readSecret(secret)
    return [old, undefined, ''].includes(data['tls.crt']) ? undefined : data
  })
}

/** As `cmctl renew` does. */
async function renew(certificate: string): Promise<void> {
  const lastTransitionTime = new Date().toISOString()
  const value = { type: 'Issuing', status: 'True', reason: 'ManuallyTriggered', lastTransitionTime }
  const patch = JSON.stringify([{ op: 'add', path: '/status/conditions/-', value }])
  const command = ['kubectl', 'patch', 'certificate', certificate, '--subresource=status']
  await run([...command, '--type=json', `--patch=${patch}`, ...here])
}

async function lose(secret: string): Promise<void> {
  await run(['kubectl', 'delete', 'secret', secret, ...here])
}

scenario('cert-manager makes the certificate, and its cainjector fills in caBundle', async () => {
  await run(['kubectl', 'wait', '--for=condition=Ready', 'certificates', '--all', ...here])
  const { 'tls.crt': certificate, 'ca.crt': authority } = await readSecret(SECRET)
  // On a busy machine cert-manager signs the authority twice, with one key: either is the authority of the other's.
  const { publicKey } = new X509Certificate((await readSecret(AUTHORITY))['tls.crt'] ?? '')
  assert.ok(new X509Certificate(authority ?? '').publicKey.equals(publicKey))
  await until('both webhooks with it', () => areServed(expiryOf(certificate)))
  await until('the authority in every caBundle', () => trustsEverywhere(authority))
  await admitsAllDuring(async () => {
    const deployment = `deployment/${RELEASE}`
    await run(['kubectl', 'rollout', 'restart', deployment, ...here])
    await run(['kubectl', 'rollout', 'status', deployment, ...here, '--timeout=120s'])
  })
})

for (const [what, change] of [
  ['renewed', () => renew(RELEASE)],
  ['lost', () => lose(SECRET)],
] as const)
  scenario(`the next certificate is taken up without a restart when one is ${what}`, () =>
    admitsAllDuring(async () => {
      const { 'tls.crt': old } = await readSecret(SECRET)
      await change()
      const { 'tls.crt': next } = await readNext(SECRET, old)
      await takesUp(expiryOf(next))
    }),
  )

scenario('a renewed authority is one for the certificates that were signed before it, too', () =>
  admitsAllDuring(async () => {
    const { 'tls.crt': old = '', 'ca.crt': oldAuthority } = await readSecret(SECRET)
    await renew(AUTHORITY)
    const { 'tls.crt': authority = '' } = await readNext(AUTHORITY, oldAuthority)
    await renew(RELEASE)
    const { 'tls.crt': next, 'ca.crt': signer } = await readNext(SECRET, old)
    assert.equal(signer, authority)
    await until('the authority in every caBundle', () => trustsEverywhere(authority))
    // The old one is still served, and before 1.19 cainjector takes its authority away at once.
    assert.ok(new X509Certificate(old).verify(new X509Certificate(authority).publicKey))
    await takesUp(expiryOf(next))
  }),
)
