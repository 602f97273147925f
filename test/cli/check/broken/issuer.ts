/** The OIDC issuer. */
import { generateKeyPair } from 'jose'
import { type BrokenState } from './changes.ts'

export const ISSUER: Readonly<Record<string, BrokenState>> = {
  'a discovery document that is not published': {
    breakIt: ({ world }) => {
      world.document = null
    },
    category: 'issuer',
    line: 'the discovery document can be read',
    code: 'issuer_unreadable',
    says: /openid-configuration answered 404/,
    hint: /public https address/,
  },
  'a discovery document of another cluster': {
    breakIt: ({ world }) => {
      world.document = { ...world.document, issuer: 'https://other.example' }
    },
    category: 'issuer',
    line: 'it is of this issuer',
    code: 'issuer_wrong',
    says: /'https:\/\/other\.example'/,
    hint: /kubectl get --raw \/\.well-known/,
  },
  'a discovery document without keys': {
    breakIt: ({ world }) => {
      world.document = { issuer: (world.document as { issuer: string }).issuer }
    },
    category: 'issuer',
    line: 'the discovery document can be read',
    code: 'issuer_unreadable',
    says: /no jwks_uri/,
    hint: /Publish/,
  },
  'keys that are not published': {
    breakIt: ({ world }) => {
      world.keys = null
    },
    category: 'issuer',
    line: 'the keys at jwks_uri can be read',
    code: 'issuer_keys_unreadable',
    says: /keys answered 404/,
    hint: /kubectl get --raw \/openid\/v1\/jwks/,
  },
  'keys of before': {
    breakIt: async ({ world }) => {
      world.signingKey = (await generateKeyPair('ES256')).privateKey
    },
    category: 'issuer',
    line: 'a token of the cluster verifies with them',
    code: 'issuer_token_refused',
    says: /signature verification failed/,
    hint: /Publish the keys again/,
  },
}
