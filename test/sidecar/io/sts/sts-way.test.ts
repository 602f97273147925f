/** The way from the child to STS: TLS, proxies, endpoints, and what is refused before anything secret leaves. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Job, StsSettings } from '../../../../sidecar/core/chain/job.ts'
import type { Failure } from '../../../../sidecar/core/failures/failure.ts'
import {
  makeCertificate,
  type ServingCertificate,
} from '../../../../stand-ins/kubernetes/certificate.ts'
import { startFront, startProxy } from '../../front.ts'
import { base, type Stage, startStage, target } from '../../stage.ts'

let stage: Stage
let certificate: ServingCertificate
let tls: Awaited<ReturnType<typeof startFront>>

before(async () => {
  stage = await startStage()
  certificate = await makeCertificate()
  tls = await startFront(stage.aws.url, { certificate })
})
after(async () => {
  await tls.stop()
  await stage.stop()
})

const plain = { allowsHttp: false, usesFips: false, usesDualstack: false }

function jobOf(sts: Partial<StsSettings>, given: Partial<Job> = {}): Job {
  return stage.jobOf({ default: [base, target] }, { sts: { ...plain, ...sts }, ...given })
}

async function failureOf(sts: Partial<StsSettings>): Promise<Failure | undefined> {
  const { failures, sessions } = await stage.run(jobOf(sts))
  assert.deepEqual(sessions, {})
  return failures['default']
}

describe('a custom endpoint over TLS', () => {
  it('is trusted with its authority in the CA bundle, whatever else stands in that', async () => {
    const caBundle = `# the proxy's authority\n${certificate.ca}\n`
    const { sessions, failures } = await stage.run(jobOf({ endpoint: tls.url, caBundle }))
    assert.deepEqual(failures, {})
    assert.ok(sessions['default'])
  })

  it('is not trusted without', async () => {
    const failure = await failureOf({ endpoint: tls.url })
    assert.equal(failure?.code, 'tls_failed')
    assert.match(failure.sentence, /ROLECHAIN_CA_BUNDLE/)
  })

  it('is not trusted with the authority of another', async () => {
    const { ca } = await makeCertificate()
    assert.equal((await failureOf({ endpoint: tls.url, caBundle: ca }))?.code, 'tls_failed')
  })

  it('goes before FIPS and dual-stack, which are matters of its URL then', async () => {
    const sts = { endpoint: tls.url, caBundle: certificate.ca, usesFips: true, usesDualstack: true }
    assert.ok((await stage.run(jobOf(sts))).sessions['default'])
  })
})

describe('a proxy', () => {
  it('is used for STS, with its password', async (t) => {
    const proxy = await startProxy(tls.url)
    t.after(() => proxy.stop())
    const httpsProxy = proxy.url.replace('//', '//user:secret@')
    const sts = { endpoint: tls.url, caBundle: certificate.ca, httpsProxy }
    const { failures } = await stage.run(jobOf(sts))
    assert.deepEqual(failures, {})
    assert.equal(proxy.asked[0]?.authority, new URL(tls.url).host)
    const basic = `Basic ${Buffer.from('user:secret').toString('base64')}`
    assert.equal(proxy.asked[0].authorization, basic)
  })

  it('is used however its scheme is written', async (t) => {
    const proxy = await startProxy(tls.url)
    t.after(() => proxy.stop())
    const httpsProxy = ` ${proxy.url.replace('http', 'HTTP')}`
    const sts = { endpoint: tls.url, caBundle: certificate.ca, httpsProxy }
    await stage.run(jobOf(sts))
    assert.ok(proxy.asked.length > 0)
  })

  it('is left out for what NO_PROXY names', async (t) => {
    const proxy = await startProxy()
    t.after(() => proxy.stop())
    const sts = { endpoint: tls.url, caBundle: certificate.ca, httpsProxy: proxy.url }
    const { sessions } = await stage.run(jobOf({ ...sts, noProxy: '.svc,127.0.0.1' }))
    assert.ok(sessions['default'])
    assert.deepEqual(proxy.asked, [])
  })

  it('that refuses is said, without its password', async (t) => {
    const proxy = await startProxy()
    t.after(() => proxy.stop())
    const httpsProxy = proxy.url.replace('//', '//user:secret@')
    const failure = await failureOf({ endpoint: tls.url, httpsProxy })
    assert.equal(failure?.code, 'proxy_failed')
    assert.match(failure.sentence, /HTTP 403, on the way to 127\.0\.0\.1:\d+ \(HTTPS_PROXY is 127/)
    assert.ok(!JSON.stringify(failure).includes('secret'))
  })
})

describe('a certificate', () => {
  it('that has ended is not told as a matter of trust', async (t) => {
    const old = await makeCertificate(new Date(Date.now() - 60_000))
    const front = await startFront(stage.aws.url, { certificate: old })
    t.after(() => front.stop())
    const failure = await failureOf({ endpoint: front.url, caBundle: old.ca })
    assert.match(failure?.sentence ?? '', /CERT_HAS_EXPIRED, on the way to .* Renew it/)
    assert.doesNotMatch(failure?.sentence ?? '', /CA_BUNDLE/)
  })

  it('of another name is not told as a matter of trust', async (t) => {
    const proxy = await startProxy(tls.url)
    t.after(() => proxy.stop())
    const sts = { endpoint: 'https://sts.example', httpsProxy: proxy.url, caBundle: certificate.ca }
    const failure = await failureOf(sts)
    assert.match(failure?.sentence ?? '', /ERR_TLS_CERT_ALTNAME_INVALID.* of another name/)
    assert.doesNotMatch(failure?.sentence ?? '', /CA_BUNDLE/)
  })
})

describe('a proxy that speaks TLS', () => {
  it('is trusted with its authority in the CA bundle', async (t) => {
    const proxy = await startProxy(tls.url, { certificate })
    t.after(() => proxy.stop())
    const sts = { endpoint: tls.url, caBundle: certificate.ca, httpsProxy: proxy.url }
    const { sessions, failures } = await stage.run(jobOf(sts))
    assert.deepEqual(failures, {})
    assert.ok(sessions['default'])
    assert.ok(proxy.asked.length > 0)
  })

  it('is not trusted without', async (t) => {
    const proxy = await startProxy(tls.url, { certificate: await makeCertificate() })
    t.after(() => proxy.stop())
    const sts = { endpoint: tls.url, caBundle: certificate.ca, httpsProxy: proxy.url }
    const failure = await failureOf(sts)
    assert.equal(failure?.code, 'tls_failed')
    assert.deepEqual(proxy.asked, [])
    assert.ok(failure.sentence.includes(`(HTTPS_PROXY is ${new URL(proxy.url).host})`))
  })
})

describe('the endpoint of a region', () => {
  const china = [{ roleArn: 'arn:aws-cn:iam::111111111111:role/r' }]
  const gov = [{ roleArn: 'arn:aws-us-gov:iam::111111111111:role/r' }]
  const commercial = [base]
  for (const [what, chain, sts, host] of [
    ['is regional', commercial, { region: 'eu-west-1' }, 'sts.eu-west-1.amazonaws.com'],
    ['is regional without a region', commercial, {}, 'sts.us-east-1.amazonaws.com'],
    ['follows FIPS', commercial, { usesFips: true }, 'sts-fips.us-east-1.amazonaws.com'],
    [
      'follows dual-stack',
      commercial,
      { region: 'eu-west-1', usesDualstack: true },
      'sts.eu-west-1.api.aws',
    ],
    ['is of China by the ARN', china, { region: 'eu-west-1' }, 'sts.cn-north-1.amazonaws.com.cn'],
    ['is of GovCloud by the ARN', gov, {}, 'sts.us-gov-west-1.amazonaws.com'],
  ] as const) {
    it(`${what}: ${host}`, async (t) => {
      const proxy = await startProxy()
      t.after(() => proxy.stop())
      const targets = { default: { chain } }
      await stage.run(jobOf({ ...sts, httpsProxy: proxy.url }, { targets }))
      assert.deepEqual(
        proxy.asked.map(({ authority }) => authority),
        [`${host}:443`],
      )
    })
  }
})

describe('a way that leads nowhere', () => {
  for (const [what, sts, code] of [
    ['an http endpoint', { endpoint: 'http://127.0.0.1:1/' }, 'sts_endpoint_invalid'],
    ['an endpoint that is no URL', { endpoint: 'sts' }, 'sts_endpoint_invalid'],
    [
      'a proxy whose password encodes nothing',
      { httpsProxy: 'http://user:%zz@proxy.internal:3128' },
      'proxy_invalid',
    ],
    [
      'an endpoint with a password',
      { endpoint: 'ftp://u:proxy.internal@x/' },
      'sts_endpoint_invalid',
    ],
    ['a proxy without a scheme', { httpsProxy: 'proxy.internal:3128' }, 'proxy_invalid'],
    ['a CA bundle without a certificate', { caBundle: 'nothing' }, 'ca_bundle_invalid'],
    [
      'a CA bundle with a damaged certificate',
      { caBundle: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' },
      'ca_bundle_invalid',
    ],
    ['a port that nobody listens on', { endpoint: 'https://127.0.0.1:1' }, 'sts_unreachable'],
  ] as const) {
    it(`is ${code} for ${what}`, async () => {
      stage.takeTrail()
      const failure = await failureOf(sts)
      assert.equal(failure?.code, code)
      assert.ok(!failure.sentence.includes('proxy.internal'))
      assert.deepEqual(stage.takeTrail(), [])
    })
  }
})
