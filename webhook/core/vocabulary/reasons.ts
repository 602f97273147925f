/** Every reason that a verdict, a metric, a log line or an audit annotation can give, with its sentence. */

export const REASONS = {
  // The review itself.
  malformed_review: 'The review breaks the protocol.',
  review_too_large: 'The review has too much in it to be judged.',
  internal_error: 'The webhook failed.',
  // Left alone.
  not_a_pod: 'The object of the review is no pod.',
  mirror_pod: 'The kubelet made this pod from a file; admission cannot change what runs.',
  inject_false: 'The pod asks to be left alone.',
  no_role: 'Neither the pod nor its service account asks for a role.',
  // Done.
  web_identity: "The containers got the service account's role by web identity.",
  container_credentials: 'The containers got credentials by EKS Pod Identity.',
  injected: 'The pod got the sidecar.',
  already_injected: 'The pod already has what it is to get.',
  changed_after_injection: 'Something changed the pod after the webhook.',
  // The service account.
  service_account_missing: "The pod's service account does not exist.",
  service_account_unknown: "The pod's service account could not be read in time.",
  base_role_malformed: "The service account's role ARN is not the ARN of a role.",
  // What annotations say.
  bad_value: 'The value of an annotation is not allowed.',
  annotations_too_large: 'There are more annotations than the webhook reads, or Kubernetes takes.',
  pod_too_large: 'The pod has more containers or entries than the webhook reads.',
  unknown_key: 'There is no such annotation.',
  other_prefix: 'The annotation has another prefix than those of rolechain in this cluster.',
  misplaced_key: 'The key has no effect where it stands.',
  pod_only_key: 'The annotation has no effect on a service account.',
  no_target: 'The pod says how to get a role, but not which.',
  several_target_keys: 'target-role-arn, targets and target exclude each other.',
  belongs_into_targets: 'With targets or target, settings of hops stand inside.',
  set_on_service_account: 'The service account sets the chain, so the pod may not.',
  skip_containers_unreadable: 'The list of containers to skip is not a CSV record.',
  // The chain.
  mixed_partitions: 'The roles of a chain are of different partitions.',
  not_with_web_identity: 'Web identity takes no external id, session tags or source identity.',
  sent_again: 'Source identity and transitive tags are inherited and cannot be sent again.',
  no_base_role: 'The service account has no role, so the chain begins with the target.',
  chain_label_missing:
    'The chain stands on a service account without the label that keeps its pods from starting without it.',
  pod_identity_unused:
    'The chain begins by web identity, so the role that EKS Pod Identity gives does not count.',
  source_inferred: 'Nobody has said it, and the chain begins with EKS Pod Identity.',
  base_role_unused:
    'The chain begins with EKS Pod Identity, so the role of the service account does not count.',
  session_tags_tight:
    "EKS Pod Identity's session tags leave little room for other tags and a session policy.",
  no_agent_on_fargate: 'There is no agent of EKS Pod Identity where the pod runs.',
  assumes_itself: 'A role would assume itself.',
  short_session:
    'The session is at times under the 15 minutes below which several SDKs ask on every call.',
  unknown_chain: 'The configuration has no chain of this name.',
  chain_not_allowed: 'The chain is not for this service account.',
  role_not_allowed: 'The policy does not let this service account name the role.',
  // Containers and targets.
  unknown_container: 'The pod has no container of this name.',
  no_container: 'No container of the pod gets a target.',
  two_defaults: 'Of several targets of a container only one can be its default.',
  no_default: 'None of several targets of a container is its default.',
  region_overridden: 'A variable of the container beats the region of its target.',
  skipped_and_named: 'A container is both to be skipped and to get a target.',
  conflict: 'A variable or a file of the container shadows its credentials.',
  conflict_possible: 'A variable or a file of the container may shadow its credentials.',
  reserved_name: 'The name belongs to rolechain.',
  region_unknown: 'No region is known for a container.',
  metadata_enabled:
    'The container keeps instance metadata on, so some SDKs can fall back to the role of the node.',
  // The pod as a whole.
  host_network: "The pod uses the node's network, whose loopback all such pods share.",
  windows: 'The sidecar does not run on Windows.',
  native_sidecars_required: 'The cluster is too old for native sidecars.',
  kubernetes_version_unknown: 'The API server has not told its version.',
  sidecar_image_missing: 'The configuration names no image for the sidecar.',
  port_conflict: 'A container listens on the port of the endpoint.',
  privileged: 'A privileged container can take the credentials of every other.',
  shared_process_namespace: "A container can read the sidecar's memory.",
  isolation_weak: 'A container has rights by which it could take the credentials of others.',
  pod_resources_full:
    'spec.resources of the pod leaves the sidecar less than it requests elsewhere.',
  gate_off_mesh: "A mesh's proxy that is no native sidecar would keep the gate closed for ever.",
} as const satisfies Record<string, string>

export type Reason = keyof typeof REASONS

/** Something that was found out about a pod: a problem or a warning, depending on the list that it is in. */
export interface Finding {
  readonly reason: Reason
  /** What, where, why, and how to fix it. */
  readonly message: string
}

/** What a step found out beside its value: with a problem the pod is refused, and all problems are told at once. */
export interface Findings {
  readonly problems: readonly Finding[]
  readonly warnings: readonly Finding[]
}

/** The findings of several steps, in the order of the steps. */
export function joinFindings(...steps: readonly Partial<Findings>[]): Findings {
  return {
    problems: steps.flatMap(({ problems = [] }) => problems),
    warnings: steps.flatMap(({ warnings = [] }) => warnings),
  }
}
