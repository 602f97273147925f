/** What a principal names, and that nothing before or after it passes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePrincipal, type PrincipalKind, type PrincipalType } from '../../iam/principal.ts'

const IAM = 'arn:aws:iam::111111111111:'
const STS = 'arn:aws:sts::111111111111:'
const ROWS: readonly (readonly [PrincipalType, PrincipalKind, string])[] = [
  ['AWS', 'everyone', '*'],
  ['AWS', 'account', '111111111111'],
  ['AWS', 'account', `${IAM}root`],
  ['AWS', 'role', `${IAM}role/a/b`],
  ['AWS', 'session', `${STS}assumed-role/a/b`],
  ['AWS', 'user', `${IAM}user/a`],
  ['AWS', 'federated_user', `${STS}federated-user/a`],
  ['AWS', 'deleted', 'AROAEXAMPLEEXAMPLE123'],
  ['AWS', 'deleted', 'AIDAEXAMPLEEXAMPLE123'],
  ['Federated', 'oidc_provider', `${IAM}oidc-provider/oidc.example/id/1`],
  ['Federated', 'saml_provider', `${IAM}saml-provider/a`],
  ['Federated', 'well_known_provider', 'cognito-identity.amazonaws.com'],
  ['Federated', 'well_known_provider', 'accounts.google.com'],
  ['Service', 'service', 'pods.eks.amazonaws.com'],
  ['CanonicalUser', 'canonical_user', 'a1'.repeat(32)],
]

for (const [type, kind, value] of ROWS)
  test(`${type} ${value} is ${kind}`, () => {
    assert.deepEqual(parsePrincipal(type, value), { type, kind, value })
    assert.equal(parsePrincipal(type, ` ${value}`), undefined)
    assert.equal(
      parsePrincipal(type, `x${value}`)?.kind,
      type === 'Service' ? 'service' : undefined,
    )
    assert.equal(parsePrincipal(type, `${value}*`), undefined)
    for (const other of ['AWS', 'Federated', 'Service', 'CanonicalUser'] as const)
      if (other !== type) assert.notEqual(parsePrincipal(other, value)?.kind, kind)
  })
