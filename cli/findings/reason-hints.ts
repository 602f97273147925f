/** What to do about a reason of the webhook, in general; the message of a finding has the names and values. */
import type { Reason } from '../../webhook/core/vocabulary/reasons.ts'

/** Not for reasons that tell of no trouble, and not where only the message can say it. */
export const REASON_HINTS: Partial<Readonly<Record<Reason, string>>> = {
  internal_error: 'Report it with the pod that shows it, without secrets.',
  mirror_pod:
    'Run it as a Deployment or DaemonSet: a pod that the kubelet makes itself gets no tokens.',
  inject_false: 'Remove the annotation inject if the pod is to have a role.',
  no_role:
    'Set target-role-arn on the pod or its service account, or eks.amazonaws.com/role-arn on the service account.',
  changed_after_injection:
    'Find the webhook that runs after rolechain’s and changes what it added, and let it leave the sidecar alone.',
  service_account_missing: 'Create the service account, or correct serviceAccountName.',
  service_account_unknown:
    'Try again; if it stays, look whether the webhook may read service accounts.',
  base_role_malformed:
    'Write the whole ARN into eks.amazonaws.com/role-arn of the service account: arn:aws:iam::<AWS account>:role/<name>.',
  bad_value: 'Correct the value as the message says; the README has what each annotation takes.',
  annotations_too_large: 'Remove annotations that nobody reads, or shorten them.',
  pod_too_large: 'Split the pod: fewer containers, variables and mounts.',
  unknown_key: 'Correct the spelling of the annotation, or remove it.',
  other_prefix: 'Write the annotation with the prefix of this cluster.',
  misplaced_key: 'Move the annotation to the pod template (spec.template.metadata.annotations).',
  pod_only_key: 'Move the annotation from the service account to the pod.',
  no_target: 'Add target-role-arn, targets or target, or remove the other annotations.',
  several_target_keys: 'Keep one of target-role-arn, targets and target.',
  belongs_into_targets: 'Move the setting into its hop inside the annotation targets.',
  set_on_service_account:
    'Set all annotations of the chain on the service account, or all on the pod; another chain is another service account.',
  mixed_partitions: 'Name roles of one partition only; no role can be assumed across partitions.',
  not_with_web_identity:
    'Give the service account a base role that assumes the target, or leave external id, tags and source identity out.',
  sent_again: 'Leave out what an earlier hop sends already: it is inherited.',
  no_base_role:
    'Give the service account a base role by eks.amazonaws.com/role-arn, or make an OIDC provider for the cluster in the AWS account of the target.',
  chain_label_missing: 'Set the label rolechain.io/chain: "true" on the service account.',
  pod_identity_unused:
    'Set the annotation source to pod-identity where the chain is to begin with that role; leave it where it is not.',
  source_inferred:
    'Write the annotation source: pod-identity if you mean it, and web-identity if you do not.',
  base_role_unused:
    'Remove the role from the service account, or set the annotation source to web-identity.',
  session_tags_tight:
    'Keep session tags and session policy short, or turn session tags off on the association.',
  no_agent_on_fargate: 'Run the pod on EC2 nodes, or set the annotation source to web-identity.',
  assumes_itself: 'Remove the role that is named twice in a row.',
  short_session: 'Ask for at least 2400 seconds.',
  unknown_chain:
    'Correct the name in the annotation target, or have the chain added to the configuration.',
  chain_not_allowed:
    'Use a chain that is for this service account, or ask the operators of the cluster for it.',
  role_not_allowed:
    'Ask the operators of the cluster for a rule of the policy, or use another service account.',
  unknown_container: 'Correct the name of the container in the annotation.',
  no_container: 'Name a container that is to have the target.',
  two_defaults: 'Leave default: true at one target of the container.',
  no_default:
    'Mark one of the targets with default: true, or have the program name a profile, such as by AWS_PROFILE.',
  skipped_and_named: 'Remove the container from one of the two lists.',
  conflict:
    'Remove the variable or the file from the container, or set on-conflict: warn where it is meant.',
  conflict_possible:
    'Look whether the variable or file really holds credentials, and remove it if so.',
  reserved_name: 'Rename what has a name of rolechain’s, or remove it: the webhook adds its own.',
  region_unknown:
    'Set the annotation region, AWS_REGION in the container, or region in the configuration.',
  region_overridden:
    'Remove AWS_REGION and AWS_DEFAULT_REGION from the container, or the region from its targets.',
  metadata_enabled: 'Remove AWS_EC2_METADATA_DISABLED from the container.',
  host_network: 'Remove hostNetwork: the loopback of the node is shared by all such pods.',
  windows: 'Run the pod on Linux.',
  native_sidecars_required:
    'Upgrade to Kubernetes 1.32; from 1.29 on nodes, set allNodesRunNativeSidecars in the configuration.',
  kubernetes_version_unknown:
    'Let the webhook read /version of the API server, or set allNodesRunNativeSidecars.',
  sidecar_image_missing: 'Set configuration.sidecar.image in the values of the chart.',
  port_conflict: 'Set the annotation sidecar-port to a port that no container uses.',
  privileged: 'Take privileged away from the container, or give all containers the same target.',
  shared_process_namespace:
    'Remove shareProcessNamespace, or run the containers as other users than the sidecar.',
  isolation_weak:
    'Drop NET_RAW and run as non-root, where containers of one pod have different targets.',
  pod_resources_full: 'Raise spec.resources of the pod by what the sidecar takes.',
  gate_off_mesh: 'Let the mesh run its proxy as a native sidecar.',
}
