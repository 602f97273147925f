/**
 * The table of every way in which a chain can fail: its code, whether somebody has to change something first, and what
 * to do.
 */

interface FailureKind {
  readonly isPermanent: boolean
  /** What to do, for an operator at 3 a.m.; stable, like everything in {@link Failure.sentence}. */
  readonly advice: string
}

const passes = (advice: string): FailureKind => ({ isPermanent: false, advice })
const stays = (advice: string): FailureKind => ({ isPermanent: true, advice })

/** Of failures that pass, while a sidecar looks after the chain. */
export const RETRIED = 'It is tried again by itself.'

/** The table of failures. "Stays" means that the endpoint answers 403: nothing gets better until somebody acts. */
export const FAILURES = {
  // The STS token, before any call.
  token_missing: passes(
    `The kubelet has not projected the STS token. Check the pod's volume rolechain-sts-token and the kubelet. ${RETRIED}`,
  ),
  token_unreadable: passes(
    "The sidecar's user may not read the STS token. Check the pod's fsGroup and the sidecar's user. " +
      RETRIED,
  ),
  token_empty: passes(`The STS token's file is empty. Check the kubelet. ${RETRIED}`),
  token_malformed: passes(
    "The STS token's file does not hold a JSON web token. Check what is mounted over the pod's volume rolechain-sts-token. " +
      RETRIED,
  ),
  // The agent of EKS Pod Identity, which gives the first session where it is the source: hop 0.
  pod_identity_no_association: stays(
    "EKS knows no association for the pod's namespace and service account in this cluster. Make one (aws eks create-pod-identity-association), or let the chain begin by web identity (annotation source).",
  ),
  pod_identity_token_refused: passes(
    `EKS does not accept the pod's token. It has to be of this cluster, with the audience pods.eks.amazonaws.com, and the pod still has to exist. ${RETRIED}`,
  ),
  pod_identity_refused: stays(
    "EKS gives no session of the associated role. Let the role's trust policy allow sts:AssumeRole and sts:TagSession to the service pods.eks.amazonaws.com, and the node's role eks-auth:AssumeRoleForPodIdentity.",
  ),
  pod_identity_throttled: passes(
    `EKS asks for fewer calls of this AWS account and region. ${RETRIED}`,
  ),
  pod_identity_unavailable: passes(
    `The agent of EKS Pod Identity, or EKS behind it, has a fault or does not answer in time. Look into the logs of the DaemonSet eks-pod-identity-agent in kube-system. ${RETRIED}`,
  ),
  pod_identity_no_agent: passes(
    'No agent of EKS Pod Identity answers on this node. Install the add-on eks-pod-identity-agent, and let network policies pass 169.254.170.23 and fd00:ec2::23, port 80. Fargate and Windows nodes have no agent: there, let the chain begin by web identity (annotation source). ' +
      RETRIED,
  ),
  pod_identity_answer_unreadable: passes(
    `What answered does not speak as the agent of EKS Pod Identity does. Check what listens at the agent's address on this node. ${RETRIED}`,
  ),
  // What the pod asks for.
  session_name_invalid: stays(
    'A role session name has 2 to 64 of the characters A-Z a-z 0-9 _ + = , . @ -. Change the annotation session-name.',
  ),
  source_identity_invalid: stays(
    'A source identity has 2 to 64 of the characters A-Z a-z 0-9 _ + = , . @ -. Change the annotation source-identity.',
  ),
  session_tag_invalid: stays(
    "A session tag's value has at most 256 letters, digits, spaces and _ . : / = + - @. Change the annotation session-tags, or sessionTags in targets.",
  ),
  // What STS says.
  web_identity_denied: stays(
    "Let the role's trust policy allow sts:AssumeRoleWithWebIdentity to the OIDC provider of the token's issuer, for the token's subject and audience. " +
      'STS says the same of a role that does not exist.',
  ),
  role_denied: stays(
    "Let the role's trust policy allow sts:AssumeRole to the role of the hop before, with the external id that the pod sends if it asks for one, and let that role's own " +
      'policies allow sts:AssumeRole on it; tags need sts:TagSession too, a source identity sts:SetSourceIdentity. STS says the same of a role that does not exist.',
  ),
  identity_token_rejected: stays(
    "Check the OIDC provider in the role's AWS account: it needs the token's issuer as its URL and the token's audience among its client ids, and the issuer's " +
      'keys have to be those of this cluster.',
  ),
  token_expired: passes(
    `The STS token has expired. Check that the kubelet renews it and that the node's clock is right. ${RETRIED}`,
  ),
  issuer_unreachable: passes(
    "STS cannot fetch the keys of the cluster's OIDC issuer. Check that its discovery document and keys can be read from the internet. " +
      RETRIED,
  ),
  session_expired: passes(
    `STS says that the session of the hop before has expired. Check the node's clock. ${RETRIED}`,
  ),
  session_rejected: passes(
    'STS does not know the session of the hop before. Check that the STS endpoint is of the partition of the role, and that the region is enabled in its AWS account. ' +
      RETRIED,
  ),
  packed_policy_too_large: stays(
    'Session policy, session tags and those inherited are too large together. Shorten the annotations session-policy and session-tags.',
  ),
  session_policy_malformed: stays(
    'STS does not accept the session policy. Correct the annotation session-policy.',
  ),
  request_refused: stays(
    "STS refuses what the pod asks for. Compare its annotations with the role: MaxSessionDuration, inherited tags and source identity, the role's ARN.",
  ),
  region_disabled: stays(
    "STS is not activated for this region in the role's AWS account. Activate it there, or name another region (annotation region).",
  ),
  clock_wrong: passes(
    `The node's clock and that of AWS are too far apart. Correct the node's clock. ${RETRIED}`,
  ),
  signature_rejected: passes(
    `STS does not accept the signature. Check that no proxy changes the request. ${RETRIED}`,
  ),
  signature_missing: stays(
    'STS gets the call without its signature, or what answered wants one where STS wants none. Check that no proxy removes the header Authorization, and that the STS endpoint is one of STS.',
  ),
  throttled: passes(`STS asks for fewer calls from this AWS account and region. ${RETRIED}`),
  sts_unavailable: passes(`STS has a fault of its own. ${RETRIED}`),
  unexpected_identity: stays(
    'STS answered with the credentials of another role than the one asked for; they are not used. Check the STS endpoint and the proxy.',
  ),
  answer_unreadable: passes(
    `What answered does not speak as STS does. Check the STS endpoint and the proxy. ${RETRIED}`,
  ),
  gateway_failed: passes(
    'A proxy, gateway or load balancer on the way to STS answered in its place. Check HTTPS_PROXY of the sidecar, the VPC endpoint and the STS endpoint. ' +
      RETRIED,
  ),
  // The way to STS.
  sts_endpoint_invalid: stays(
    'The STS endpoint has to be an https URL. Change AWS_ENDPOINT_URL_STS of the sidecar (stsEndpoint in the configuration of the webhook).',
  ),
  region_invalid: stays(
    'The region or the combination with FIPS and dual-stack has no STS endpoint. Change the annotation region, or AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT of the sidecar.',
  ),
  proxy_invalid: stays(
    'HTTPS_PROXY of the sidecar is not an http or https URL. Change it (httpsProxy in the configuration of the webhook).',
  ),
  proxy_failed: passes(
    `The proxy does not open the way to STS. Check HTTPS_PROXY and NO_PROXY of the sidecar, and the proxy's rules. ${RETRIED}`,
  ),
  ca_bundle_invalid: stays(
    'ROLECHAIN_CA_BUNDLE of the sidecar holds no readable PEM certificate. Change it (caBundle in the configuration of the webhook).',
  ),
  name_unresolved: passes(
    `The name of the STS endpoint cannot be resolved. Check the cluster's DNS and network policies. ${RETRIED}`,
  ),
  sts_unreachable: passes(
    `STS cannot be reached. Check network policies, the VPC endpoint of STS, and the proxy. ${RETRIED}`,
  ),
  sts_timeout: passes(
    `STS does not answer in time. Check network policies, the VPC endpoint of STS, and the proxy. ${RETRIED}`,
  ),
  tls_failed: passes(
    'The certificate of the STS endpoint is not trusted, or TLS fails otherwise. Behind a proxy that opens TLS, put its CA into ROLECHAIN_CA_BUNDLE (caBundle in the ' +
      `configuration of the webhook). ${RETRIED}`,
  ),
  // The child that makes the calls.
  child_not_started: passes(
    `The process that calls STS cannot be started. Check the pod's limits of memory and processes. ${RETRIED}`,
  ),
  child_crashed: passes(
    `The process that calls STS crashed. If this stays, raise the sidecar's memory limit. ${RETRIED}`,
  ),
  child_hung: passes(
    `The process that calls STS did not end in time and was killed. If this stays, raise the sidecar's cpu limit. ${RETRIED}`,
  ),
  child_garbled: passes(
    `The process that calls STS gave no readable answer. Its image may be damaged, or mixed from two versions. ${RETRIED}`,
  ),
  unexpected_error: passes(`This is not a failure that rolechain knows. ${RETRIED}`),
} as const satisfies Record<string, FailureKind>

export type FailureCode = keyof typeof FAILURES
