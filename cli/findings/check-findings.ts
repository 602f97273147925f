/** The codes of `check` and `pods`, for what neither the webhook nor the sidecar can find out. */

export const CHECK_FINDINGS = {
  not_seen: {
    what: 'Whoever runs the command may not look there, or nothing answered.',
    hint: 'Run it with the rights of an administrator of the cluster, or leave the category out with --category.',
  },
  // kubernetes
  kubernetes_too_old: {
    what: 'The API server is older than what the chart needs.',
    hint: 'Upgrade Kubernetes to 1.32; 1.30 and 1.31 do where all nodes are 1.29 or newer and configuration.allNodesRunNativeSidecars is true.',
  },
  node_too_old: {
    what: 'A node is too old for native sidecars.',
    hint: 'Upgrade the node to 1.29 or newer, or keep pods with a target off it by nodeSelector.',
  },
  guard_missing: {
    what: 'A policy that keeps people out of running sidecars is not there, or refuses nothing.',
    hint: 'Run helm upgrade with guard.enabled: true, which makes policy and binding again.',
  },
  api_audience: {
    what: 'Ordinary tokens of pods are good for AWS, so hiding the token of the sidecar is useless.',
    hint: 'Give the API server other audiences: --api-audiences without any that AWS takes; on kOps, kubeAPIServer.apiAudiences.',
  },
  // issuer
  issuer_unreadable: {
    what: 'The discovery document of the OIDC issuer cannot be read from here.',
    hint: 'Publish <issuer>/.well-known/openid-configuration at a public https address, readable without credentials, or set --service-account-issuer to where it is.',
  },
  issuer_wrong: {
    what: 'The discovery document is of another issuer than the tokens of the cluster.',
    hint: 'Publish the document of this cluster: kubectl get --raw /.well-known/openid-configuration shows it.',
  },
  issuer_keys_unreadable: {
    what: 'The keys at jwks_uri of the discovery document cannot be read.',
    hint: 'Publish what kubectl get --raw /openid/v1/jwks answers at jwks_uri, at a public https address (--service-account-jwks-uri).',
  },
  issuer_token_refused: {
    what: 'A token of the cluster does not verify with the published keys, so AWS refuses it.',
    hint: 'Publish the keys again, after each change of the key that signs tokens: kubectl get --raw /openid/v1/jwks shows them.',
  },
  // webhook
  webhook_missing: {
    what: 'The webhook is not installed, or not whole.',
    hint: 'Install the chart: helm upgrade --install rolechain charts/rolechain --namespace rolechain --create-namespace --values values.yaml --wait.',
  },
  webhook_entry_changed: {
    what: 'An entry of a webhook configuration is missing, or no more as the chart made it.',
    hint: 'Run helm upgrade with all your values, and find who changes the configuration.',
  },
  webhook_order: {
    what: 'API servers call the webhook in the wrong order.',
    hint: 'Configurations are called in the order of their names: name the other one so that it sorts after pod-credentials-rolechain, or remove it.',
  },
  webhook_not_ready: {
    what: 'Replicas of the webhook are not ready.',
    hint: 'See why by kubectl describe pods and kubectl logs, with --namespace of the release and --selector=app.kubernetes.io/name=rolechain.',
  },
  webhook_single: {
    what: 'There is one replica of the webhook only.',
    hint: 'Set replicas to 2 or more in the values of the chart: while none answers, pods that ask for a target are refused.',
  },
  image_not_pulled: {
    what: 'An image of rolechain cannot be pulled.',
    hint: 'Set image.repository (webhook) and configuration.sidecar.image (sidecar) to images that the nodes can pull, with imagePullSecrets where the registry asks for a login. Then restart the workloads whose pods wait: a pod keeps the image that it was made with.',
  },
  webhook_not_trusted: {
    what: 'The caBundle of an entry does not verify what the webhook serves, so API servers do not call it.',
    hint: 'In the mode self: restart the webhook, which fills caBundle in. In cert-manager: look at its cainjector. In files: give certificates.files.caBundle the authority that signed the certificate.',
  },
  webhook_certificate_ends: {
    what: 'The serving certificate of the webhook ends soon, or has ended.',
    hint: 'In the mode self: see the log of the webhook, which should have renewed it. In cert-manager: look at the Certificate. In files: renew the Secret.',
  },
  webhook_rights: {
    what: 'The webhook lacks rights that it needs.',
    hint: 'Run helm upgrade, which makes ClusterRole, Role and their bindings again.',
  },
  webhook_not_asked: {
    what: 'A pod that was sent as a dry run did not reach the webhook through the entry that is for it.',
    hint: 'Let the API server reach the webhook: its Service at port 443, and port 8443 of its pods in security groups, firewalls and NetworkPolicies.',
  },
  configuration_unusable: {
    what: 'The configuration of the webhook cannot be used.',
    hint: 'Correct configuration in the values of the chart, and run helm upgrade.',
  },
  // pods
  pod_without_sidecar: {
    what: 'A pod asks for a target and has no sidecar, so it runs without its role.',
    hint: 'Restart the workload once the webhook answers; label the namespace rolechain.io/enforce=true so that this cannot happen.',
  },
  base_role_instead: {
    what: 'A pod asks for a target, and its containers have the base role instead.',
    hint: 'Restart the workload once the webhook answers; the webhook of EKS gave the pod its base role, and rolechain had not seen it.',
  },
  gate_closed: {
    what: 'The containers of a pod wait, since its sidecar has no credentials.',
    hint: 'The message says what is in the way; kubectl logs --container=rolechain-sidecar says more.',
  },
  sidecar_outdated: {
    what: 'A pod runs with the sidecar of another version or configuration.',
    hint: 'Restart the workload when it suits you: kubectl rollout restart. The old sidecar goes on working.',
  },
  pod_refused: {
    what: 'Pods of a workload are refused.',
    hint: 'Do what the message says; the controller then makes the pods by itself.',
  },
  // policy
  pod_against_policy: {
    what: 'A pod runs with a role that the policy would not let it have any more.',
    hint: 'List the role in configuration.policy.rules, or restart the workload, whose pods are then refused.',
  },
  // boundary
  boundary_missing: {
    what: 'A namespace has the label of the boundary, and the policies of it are not there.',
    hint: 'Run helm upgrade with boundary.mode: namespaces, or remove the label from the namespace.',
  },
  boundary_only_warns: {
    what: 'The boundary warns and refuses nothing.',
    hint: 'Set boundary.enforce: true when the warnings are dealt with.',
  },
  pod_outside_boundary: {
    what: 'A pod in the boundary has a token for AWS outside a sidecar: it ran before.',
    hint: 'Give it a target and restart it: docs/boundary.md says in which order to move.',
  },
  // quota
  limit_range_refuses: {
    what: 'A LimitRange does not let the sidecar have its resources, so pods with a target are refused.',
    hint: 'Change configuration.sidecar of the chart (or the annotations sidecar-…) so that it fits, or the LimitRange.',
  },
  quota_full: {
    what: 'A ResourceQuota has no room for one more sidecar.',
    hint: 'Raise the quota by the requests and limits of the sidecar for each pod with a target.',
  },
  // others
  mesh_order: {
    what: 'The injector of a mesh is called after rolechain, so it may put its proxy behind the sidecar.',
    hint: 'Name its configuration so that it sorts before pod-credentials-rolechain, such as istio-sidecar-injector.',
  },
  name_taken: {
    what: 'Something else has the name of an object of the chart.',
    hint: 'Remove it, or find out who installed it: Helm takes over no objects of others.',
  },
  rights_missing: {
    what: 'Whoever runs the command may not install the chart.',
    hint: 'Install with the rights of an administrator of the cluster (the ClusterRole cluster-admin).',
  },
} as const satisfies Readonly<Record<string, { readonly what: string; readonly hint: string }>>
