/**
 * Which headers show that somebody else asks: proxies and browsers send them, SDKs and what traces their requests do
 * not.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { readRoute } from '../../../../sidecar/core/endpoint/reply.ts'

const FOREIGN_HEADERS = `
  forwarded forwarded-for x-forwarded x-forwarded-for x-forwarded-host
  x-forwarded-proto x-forwarded-port x-forwarded-server x-forwarded-client-cert
  via x-bluecoat-via x-real-ip x-client-ip client-ip true-client-ip
  x-cluster-client-ip fastly-client-ip fly-client-ip cf-connecting-ip cf-ray
  x-remote-ip x-remote-addr x-originating-ip x-azure-clientip x-proxyuser-ip
  x-original-url x-original-host x-original-forwarded-for x-rewrite-url x-host
  proxy-connection proxy-authorization x-nginx-proxy max-forwards cdn-loop
  x-envoy-external-address x-envoy-attempt-count x-arr-log-id x-varnish
  origin referer sec-fetch-site sec-fetch-dest sec-fetch-user sec-ch-ua
  sec-websocket-key upgrade-insecure-requests access-control-request-method
`
  .trim()
  .split(/\s+/)

/** Of SDKs, of `fetch` in Node, and of what traces the requests of an application. */
const HARMLESS_HEADERS = `
  accept accept-encoding accept-language user-agent x-amz-user-agent
  connection keep-alive cache-control pragma content-type cookie te
  amz-sdk-invocation-id amz-sdk-request x-amzn-trace-id x-amz-date x-request-id
  traceparent tracestate baggage b3 x-b3-traceid x-datadog-trace-id
  sec-fetch-mode x-aws-ec2-metadata-token x-cloud-trace-context uber-trace-id
`
  .trim()
  .split(/\s+/)

function routeWith(name: string, values: readonly string[] = ['']): ReturnType<typeof readRoute> {
  const headers = { host: ['127.0.0.1:7755'], authorization: ['token'], [name]: values }
  const request = { method: 'GET', path: '/v1/credentials/default', headers }
  return readRoute(request, new Set(['default']))
}

describe('a request', () => {
  for (const name of FOREIGN_HEADERS) {
    it(`with ${name}, even an empty one, gets nothing`, () => {
      const route = routeWith(name)
      assert(route.kind === 'refused')
      assert.equal(route.reply.status, 403)
      assert.equal(route.reply.refusal?.code, 'forwarded_request')
    })
  }

  for (const name of HARMLESS_HEADERS) {
    it(`with ${name} is answered as without`, () => {
      assert.equal(routeWith(name, ['x', 'y']).kind, 'target')
    })
  }

  it('with anything that begins like a forwarding header gets nothing', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9-]{0,20}$/), (rest) => {
        assert.equal(routeWith(`x-forwarded-${rest}`).kind, 'refused')
        assert.equal(routeWith(`sec-fetch-${rest}`).kind, rest === 'mode' ? 'target' : 'refused')
      }),
    )
  })

  it('with a name of any length is told a part of it', () => {
    const route = routeWith(`x-forwarded-${'x'.repeat(9000)}`)
    assert(route.kind === 'refused' && route.reply.body.length < 1000)
  })
})
