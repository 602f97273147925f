/** Category `issuer`: whether AWS can verify tokens of the cluster, looked at as AWS does it. */
import type { CommandFinding } from '../../findings/findings.ts'
import type { IssuerFacts, Seen } from './facts.ts'
import { lineOf, problem, untilProblem, type Judge } from './line.ts'

export const judgeIssuer: Judge = ({ token, issuer }) => {
  const url = token.kind === 'seen' ? token.value.issuer : 'issuer'
  return untilProblem([
    lineOf('the discovery document can be read', issuer, ({ document }) =>
      told('issuer_unreadable', url, document),
    ),
    lineOf('it is of this issuer', issuer, (facts) => judgeName(url, facts)),
    lineOf('the keys at jwks_uri can be read', issuer, ({ keys, document }) =>
      told('issuer_keys_unreadable', keysUrlOf(document, url), keys),
    ),
    lineOf('a token of the cluster verifies with them', issuer, ({ verification }) =>
      told('issuer_token_refused', url, verification),
    ),
  ])
}

function told(
  code: 'issuer_unreadable' | 'issuer_keys_unreadable' | 'issuer_token_refused',
  place: string,
  fact: Seen<unknown>,
): readonly CommandFinding[] {
  return fact.kind === 'seen' ? [] : [problem(code, place, fact.why)]
}

function keysUrlOf(document: IssuerFacts['document'], otherwise: string): string {
  return document.kind === 'seen' ? document.value.keysUrl : otherwise
}

function judgeName(url: string, { document }: IssuerFacts): readonly CommandFinding[] {
  if (document.kind === 'unseen' || document.value.issuer === url) return []
  return [
    problem(
      'issuer_wrong',
      url,
      `the document says the issuer is '${document.value.issuer}', and tokens of the cluster say '${url}'`,
    ),
  ]
}
