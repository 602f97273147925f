/** Which issuers of a cluster can be tried on AWS. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toPublicIssuer } from './cluster.ts'

const ISSUERS: readonly (readonly [string | undefined, RegExp | undefined])[] = [
  ['https://oidc.eks.eu-west-1.amazonaws.com/id/0123', undefined],
  ['https://bucket.s3.amazonaws.com/svc', undefined],
  ['https://kubernetes.default.svc', /which only the cluster can reach/],
  ['https://kubernetes.default.svc.cluster.local', /which only the cluster can reach/],
  ['https://api.internal/x', /which only the cluster can reach/],
  ['kubernetes/serviceaccount', /no https URL/],
  [undefined, /no https URL/],
]

for (const [issuer, refused] of ISSUERS)
  test(`${issuer} is ${refused === undefined ? 'taken' : 'refused'}`, () => {
    if (refused === undefined) assert.equal(toPublicIssuer(issuer, 'mine'), issuer)
    else assert.throws(() => toPublicIssuer(issuer, 'mine'), refused)
  })
