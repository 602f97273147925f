{{/* Whether the policies of the boundary are there: "true" or nothing. In a values file, off without quotes is false. */}}
{{- define "rolechain.hasBoundary" -}}
{{- if has (toString .Values.boundary.mode) (list "namespaces" "cluster") -}}true{{- end -}}
{{- end -}}

{{/* Where the boundary is. */}}
{{- define "rolechain.boundaryNamespaces" -}}
{{- if eq (toString .Values.boundary.mode) "cluster" -}}
{{- if .Values.excludedNamespaces -}}
matchExpressions:
  {{- include "rolechain.notExcluded" . | trim | nindent 2 }}
{{- else -}}
{}
{{- end -}}
{{- else -}}
matchLabels:
  {{ .Values.chainAnnotationPrefix }}/boundary: enforce
{{- end -}}
{{- end -}}

{{/* The configuration with the defaults of its settings, as JSON. */}}
{{- define "rolechain.settings" -}}
{{- $sidecar := dict "image" (printf "ghcr.io/rolechain/sidecar:%s" .Chart.AppVersion) -}}
{{- mergeOverwrite (.Files.Get "files/configuration-defaults.json" | fromJson) (dict "sidecar" $sidecar) (deepCopy .Values.configuration) | toJson -}}
{{- end -}}

{{/* Audiences of tokens that AWS takes, as a list of CEL. JSON's texts are texts of CEL too. */}}
{{- define "rolechain.guardedAudiences" -}}
{{- concat (list "sts.amazonaws.com" "amazonaws.com" "pods.eks.amazonaws.com" .Values.parity.tokenAudience) .Values.boundary.audiences | uniq | toJson -}}
{{- end -}}

{{/*
CEL that says whether a text fits one of some patterns, as webhook/core/formats/name-patterns.ts does: a star stands for any characters, all else for itself.
Argument: a dict of text (CEL) and patterns.
*/}}
{{- define "rolechain.fits" -}}
{{- if has "*" .patterns -}}
true
{{- else if not .patterns -}}
false
{{- else -}}
{{- $alternatives := list -}}
{{- range .patterns -}}
{{- $alternatives = append $alternatives (regexQuoteMeta . | replace "\\*" ".*") -}}
{{- end -}}
{{ .text }}.matches({{ printf "^(?s:%s)$" (join "|" $alternatives) | toJson }})
{{- end -}}
{{- end -}}

{{/* CEL that says whether namespace and service account are those that a rule or a named chain is for. */}}
{{- define "rolechain.isUser" -}}
{{- $serviceAccounts := list "*" -}}
{{- if hasKey . "serviceAccounts" -}}{{- $serviceAccounts = .serviceAccounts -}}{{- end -}}
{{ include "rolechain.fits" (dict "text" "variables.podNamespace" "patterns" .namespaces) }} && {{ include "rolechain.fits" (dict "text" "variables.serviceAccount" "patterns" $serviceAccounts) }}
{{- end -}}

{{/*
Variables that end in `refused`: the chains of `variables.chains` (each a text of roles with spaces between) that the policy does not let
`variables.serviceAccount` of `variables.podNamespace` have. mayHaveChain in webhook/core/chain/request/policy.ts says the same.
*/}}
{{- define "rolechain.roleVariables" -}}
{{- $settings := include "rolechain.settings" . | fromJson -}}
{{- $users := list -}}
{{- $listed := list -}}
{{- range $index, $rule := $settings.policy.rules -}}
{{- $users = append $users (include "rolechain.isUser" $rule) -}}
{{- $listed = append $listed (printf "(variables.fits[%d] && %s)" $index (include "rolechain.fits" (dict "text" "r" "patterns" $rule.roleArns))) -}}
{{- end -}}
{{- $chainUsers := list -}}
{{- $named := list -}}
{{- range $name, $chain := $settings.chains -}}
{{- $roles := list -}}
{{- range $chain.chain -}}{{- $roles = append $roles .roleArn -}}{{- end -}}
{{- $index := len $chainUsers -}}
{{- $chainUsers = append $chainUsers (include "rolechain.isUser" $chain) -}}
{{- $text := join " " $roles | toJson -}}
{{- $named = append $named (printf "(variables.uses[%d] && (c == %s || (c.contains(' ') && c.split(' ', 2)[1] == %s && c.split(' ', 2)[0] in variables.listed)))" $index $text $text) -}}
{{- end -}}
{{- range $what, $text := dict "policy.rules" (join " || " $listed) "chains" (join " || " $named) "policy.rules (who they are for)" (join ", " $users) "chains (who may use them)" (join ", " $chainUsers) -}}
{{- if gt (len $text) 99000 -}}
{{- fail (printf "configuration.%s: as a policy of the API server this has %d characters, and it takes 100,000 of one expression (some 1,500 role ARNs). Write fewer and wider patterns, such as arn:aws:iam::222222222222:role/team-a-*, or set boundary.mode: off." $what (len $text)) -}}
{{- end -}}
{{- end -}}
- name: fits
  expression: >-
    [{{ join ", " $users }}]
- name: listed
  expression: >-
    variables.chains.map(c, c.replace(' ', '\n')).join('\n').split('\n').filter(r, variables.fits.exists(f, f)
    ? {{ $listed | join " || " | default "false" }}
    : {{ eq $settings.policy.default "allow" }})
- name: uses
  expression: >-
    [{{ join ", " $chainUsers }}]
- name: refused
  expression: >-
    variables.chains.filter(c, !(c.split(' ').all(r, r in variables.listed)
    || {{ $named | join " || " | default "false" }}))
{{- end -}}

{{/* What the sidecar's variables say word for word, as a map of CEL. Kubernetes makes one dollar of two. */}}
{{- define "rolechain.literals" -}}
{{- $literals := dict -}}
{{- with (include "rolechain.settings" . | fromJson).sidecar -}}
{{- range $name, $value := dict "AWS_ENDPOINT_URL_STS" .stsEndpoint "HTTPS_PROXY" .httpsProxy "NO_PROXY" .noProxy "ROLECHAIN_CA_BUNDLE" .caBundle -}}
{{- if $value -}}{{- $_ := set $literals $name ($value | replace "$" "$$") -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- with include "rolechain.settings" . | fromJson -}}
{{- if eq .sessionTags "attested" -}}
{{- range $name, $value := dict "ROLECHAIN_CLUSTER_NAME" .clusterName "ROLECHAIN_CLUSTER_ARN" .clusterArn -}}
{{- if $value -}}{{- $_ := set $literals $name $value -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- with (include "rolechain.settings" . | fromJson).sidecar -}}
{{- range $name, $value := dict "ROLECHAIN_ALLOW_HTTP_STS" .allowHttpSts "AWS_USE_FIPS_ENDPOINT" .useFipsEndpoint "AWS_USE_DUALSTACK_ENDPOINT" .useDualstackEndpoint -}}
{{- if $value -}}{{- $_ := set $literals $name "true" -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- $literals | toJson -}}
{{- end -}}

{{/* CEL about the sidecar's user and group, by the configuration. */}}
{{- define "rolechain.userIsRight" -}}
{{- with (include "rolechain.settings" . | fromJson).sidecar -}}
{{- if or .useUserOfPod (not .user) -}}
variables.security.?runAsUser.orValue(1) != 0
{{- else -}}
variables.security.?runAsUser.orValue(0) == {{ int64 .user }} && {{ if .group }}variables.security.?runAsGroup.orValue(0) == {{ int64 .group }}{{ else }}!has(variables.security.runAsGroup){{ end }}
{{- end -}}
{{- end -}}
{{- end -}}
