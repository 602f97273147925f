/**
 * What to do about a failure whose code has several causes, by the words of the other side. Only the child loads it;
 * the advice of each code that needs no such choice stands in `failures.ts`.
 */
import { type AdviceFacts, type AdviceRow, DENIALS, says } from './denials.ts'
import type { FailureCode } from './failures.ts'

const named =
  (...names: string[]) =>
  ({ name }: AdviceFacts): boolean =>
    names.includes(name)

const fails =
  (codes: RegExp) =>
  ({ systemCode }: AdviceFacts): boolean =>
    codes.test(systemCode ?? '')

const RETRIED = 'It is tried again by itself.'

/** The first row that holds is taken. */
const ROWS: readonly AdviceRow[] = [
  ...DENIALS,
  {
    codes: ['role_denied'],
    holds: ({ isOfPodIdentity }) => isOfPodIdentity,
    advice:
      "Let the role's trust policy allow sts:AssumeRole and sts:TagSession to the role of the hop before (of hop 1, the role of the association), with the external id that the pod sends if it asks for one, and let that role's own policies " +
      'allow both on it, or turn session tags off on the association: then sts:AssumeRole is enough. STS says the same of a role that does not exist.',
  },
  {
    codes: ['packed_policy_too_large'],
    holds: ({ isOfPodIdentity }) => isOfPodIdentity,
    advice:
      'The six session tags of EKS Pod Identity take most of the space, and every hop inherits them. Shorten the annotations session-policy and session-tags, or turn session tags off on the association.',
  },
  {
    codes: ['identity_token_rejected'],
    holds: (facts) => facts.isOnlyHop && says(/No OpenIDConnect provider/i)(facts),
    advice:
      "The chain has no base role, so that the target's AWS account {awsAccount} needs the OIDC provider: create one there, with the token's issuer as its URL and the token's audience among its client ids. " +
      'Or annotate the service account with a base role of the AWS account that has the provider.',
  },
  {
    codes: ['identity_token_rejected'],
    holds: says(/No OpenIDConnect provider/i),
    advice:
      "Create an OIDC provider in AWS account {awsAccount}, with the token's issuer as its URL and the token's audience among its client ids.",
  },
  {
    codes: ['identity_token_rejected'],
    holds: says(/audience/i),
    advice:
      "Add the token's audience to the client ids of the OIDC provider in AWS account {awsAccount}, or let the token have the audience that stands there (annotation audience of the service account).",
  },
  {
    codes: ['identity_token_rejected'],
    holds: says(/thumbprint|HTTPS certificate/i),
    advice:
      "The certificate at the token's issuer is not the one that the OIDC provider in AWS account {awsAccount} knows. Update the provider's thumbprint.",
  },
  {
    codes: ['identity_token_rejected'],
    holds: named('IDPRejectedClaim'),
    advice:
      "The token's issuer refuses the token. Check that it is of this cluster and that the service account still exists.",
  },
  {
    codes: ['request_refused'],
    holds: says(/1 hour session limit|role chaining/i),
    advice:
      'A role that is assumed from another one has sessions of an hour at most. Set the annotation duration-seconds to 3600 or less.',
  },
  {
    codes: ['request_refused'],
    holds: says(/MaxSessionDuration/i),
    advice: "Raise the role's MaxSessionDuration in IAM, or lower the annotation duration-seconds.",
  },
  {
    codes: ['request_refused'],
    holds: says(/durationSeconds/i),
    advice: 'Change the annotation duration-seconds: 900 to 3600, and up to 43200 for one hop.',
  },
  {
    codes: ['request_refused'],
    holds: says(/ARN is invalid|roleArn/i),
    advice: 'Correct the ARN of the role: arn:aws:iam::<AWS account>:role/<name>, with its path.',
  },
  {
    codes: ['request_refused'],
    holds: says(/source ?identity/i),
    advice:
      'A chain keeps the source identity that is set first, in the base role too. Change or remove the annotation source-identity.',
  },
  {
    codes: ['request_refused'],
    holds: says(/roleSessionName/i),
    advice: 'Change the annotation session-name.',
  },
  {
    codes: ['request_refused'],
    holds: says(/\btag/i),
    advice:
      'Tags that are inherited may not be set again, and keys may differ by more than case. Change the annotation session-tags.',
  },
  {
    codes: ['request_refused'],
    holds: named('OptInRequired'),
    advice:
      'The AWS account is not signed up for the service, or is suspended. Look at its state in the AWS console.',
  },
  {
    codes: ['request_refused'],
    holds: named('InvalidAction', 'UnknownOperation', 'MissingAction', 'MalformedQueryString'),
    advice:
      'What answered does not know the call. The STS endpoint is that of another service, or a proxy changes the request: check both.',
  },
  {
    codes: ['region_invalid'],
    holds: says(/scoped to a valid region/i),
    advice:
      "The region that signs is not the STS endpoint's. Name the endpoint's region (annotation region), or change the endpoint (stsEndpoint in the configuration of the webhook).",
  },
  {
    codes: ['sts_endpoint_invalid'],
    holds: says(/correct service/i),
    advice:
      'The STS endpoint is that of another service. Change it (stsEndpoint in the configuration of the webhook).',
  },
  {
    codes: ['tls_failed'],
    holds: fails(/^(?:ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)$/),
    advice: `The certificate is of another name than the one that was asked for. Correct the STS endpoint (stsEndpoint in the configuration of the webhook) or HTTPS_PROXY, or issue the certificate for that name. ${RETRIED}`,
  },
  {
    codes: ['tls_failed'],
    holds: fails(/^CERT_(?:HAS_EXPIRED|NOT_YET_VALID)$/),
    advice: `The certificate has ended or has not begun. Renew it at the STS endpoint or proxy that has it; if it is good, correct the node's clock. ${RETRIED}`,
  },
  {
    codes: ['tls_failed'],
    holds: fails(/^(?:EPROTO$|ERR_SSL_|ERR_OSSL_)/),
    advice: `What answers does not speak TLS, or no version that both sides know. Check scheme and port of the STS endpoint and of HTTPS_PROXY. ${RETRIED}`,
  },
  {
    codes: ['proxy_failed'],
    holds: ({ proxyStatus }) => proxyStatus === 407,
    advice: `The proxy asks for a user name and password. The sidecar has none, because they would stand in the spec of each pod. Let the proxy pass calls to STS without them, or use a VPC endpoint of STS. ${RETRIED}`,
  },
  {
    codes: ['proxy_failed'],
    holds: ({ proxyStatus = 0 }) => proxyStatus >= 500,
    advice: `The proxy has no way to STS. Check its own name resolution and its way out. ${RETRIED}`,
  },
  {
    codes: ['name_unresolved'],
    holds: ({ isNameOfProxy }) => isNameOfProxy,
    advice: `The name of the proxy cannot be resolved. Correct HTTPS_PROXY of the sidecar (httpsProxy in the configuration of the webhook), or check the cluster's DNS. ${RETRIED}`,
  },
]

/** The advice that fits this cause; undefined where that of the code does. */
export function decideAdvice(code: FailureCode, facts: AdviceFacts): string | undefined {
  const row = ROWS.find(({ codes, holds }) => codes.includes(code) && holds(facts))
  return row?.advice.replaceAll('{awsAccount}', facts.accountId)
}
