{{/* Name of most objects: the release's, with the chart's in it. */}}
{{- define "rolechain.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What API servers call configurations by, in this order: after the meshes' injectors, before EKS's pod-identity-webhook. */}}
{{- define "rolechain.configurationName" -}}
pod-credentials-rolechain
{{- end -}}

{{/* Labels that never change: selectors are made of them. */}}
{{- define "rolechain.selectorLabels" -}}
app.kubernetes.io/name: rolechain
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: webhook
{{- end -}}

{{/* Labels of the test's pod: the NetworkPolicy lets it read metrics. */}}
{{- define "rolechain.testLabels" -}}
app.kubernetes.io/name: rolechain
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: test
{{- end -}}

{{/* Labels of every object. */}}
{{- define "rolechain.labels" -}}
{{ include "rolechain.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The webhook's image. */}}
{{- define "rolechain.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Name of the Secret with the serving certificate. */}}
{{- define "rolechain.certificateSecret" -}}
{{- if eq .Values.certificates.mode "files" -}}
{{- required "certificates.files.secretName is needed: name a Secret of type kubernetes.io/tls in the namespace of the release, or choose another certificates.mode" .Values.certificates.files.secretName -}}
{{- else if eq .Values.certificates.mode "cert-manager" -}}
{{- /* Another name than in the mode self: cert-manager leaves its Secrets behind, and Helm takes over nobody's. */ -}}
{{- include "rolechain.fullname" . }}-tls
{{- else -}}
{{- include "rolechain.fullname" . }}-certificate
{{- end -}}
{{- end -}}

{{/* Metadata annotations of the webhook configurations: who fills in caBundle, where the chart does not. */}}
{{- define "rolechain.configurationAnnotations" -}}
{{- if eq .Values.certificates.mode "cert-manager" -}}
annotations:
  cert-manager.io/inject-ca-from: {{ .Release.Namespace }}/{{ include "rolechain.fullname" . }}
{{- end -}}
{{- end -}}

{{/* clientConfig of an entry. Argument: a dict of root and path. */}}
{{- define "rolechain.clientConfig" -}}
clientConfig:
  {{- with .root.Values.certificates }}
  {{- if eq .mode "files" }}
  caBundle: {{ required "certificates.files.caBundle is needed: the PEM certificates that signed the webhook's certificate" .files.caBundle | b64enc }}
  {{- end }}
  {{- end }}
  service:
    namespace: {{ .root.Release.Namespace }}
    name: {{ include "rolechain.fullname" .root }}
    path: {{ .path }}
    port: 443
{{- end -}}

{{/* Match condition of every entry: the webhook's own pods start without it. The namespace is in it, since anyone can set a label. */}}
{{- define "rolechain.notOurOwnPods" -}}
- name: not-the-webhook-itself
  expression: >-
    !(request.namespace == '{{ .Release.Namespace }}' && has(object.metadata.labels)
    && 'app.kubernetes.io/name' in object.metadata.labels
    && object.metadata.labels['app.kubernetes.io/name'] == 'rolechain')
{{- end -}}

{{/* The namespaces that may not be kept from starting pods. */}}
{{- define "rolechain.notExcluded" -}}
{{- with .Values.excludedNamespaces }}
- key: kubernetes.io/metadata.name
  operator: NotIn
  values:
    {{- toYaml . | nindent 4 }}
{{- end }}
{{- end -}}

{{/* What every entry of the mutating configuration has in common. */}}
{{- define "rolechain.podEntry" -}}
sideEffects: None
reinvocationPolicy: IfNeeded
timeoutSeconds: 5
matchPolicy: Equivalent
admissionReviewVersions: [v1]
rules:
  - apiGroups: ['']
    apiVersions: [v1]
    operations: [CREATE]
    resources: [pods]
    scope: Namespaced
{{- end -}}
