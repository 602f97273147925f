{{/*
What a schema cannot say: values against each other, and what stands inside a text. Fails with a sentence for each, all at once; else gives
nothing. The webhook has the same rules, and others would find out when it does not start.
*/}}
{{- define "rolechain.checks" -}}
{{- $problems := list -}}
{{- if eq (int .Values.port) (int .Values.metricsPort) -}}
{{- $problems = append $problems (printf "metricsPort: %d is the port of the webhook (port); choose another" (int .Values.port)) -}}
{{- end -}}
{{- if and (include "rolechain.hasBoundary" .) (not .Values.guard.enabled) -}}
{{- $problems = append $problems "boundary.mode: needs guard.enabled: true, which keeps sidecars as they were admitted; enable it, or set boundary.mode to off" -}}
{{- end -}}
{{- $defaults := .Files.Get "files/configuration-defaults.json" | fromJson -}}
{{- $configuration := mergeOverwrite $defaults (deepCopy .Values.configuration) -}}
{{- if eq $configuration.sessionTags "attested" -}}
{{- if not $configuration.clusterName -}}
{{- $problems = append $problems "configuration.clusterName: is needed with sessionTags: attested, which tells it to AWS" -}}
{{- end -}}
{{- if not (and (include "rolechain.hasBoundary" .) .Values.boundary.enforce) -}}
{{- $problems = append $problems "configuration.sessionTags: attested needs the boundary, without which anybody could send these tags: set boundary.mode, and boundary.enforce: true" -}}
{{- end -}}
{{- end -}}
{{- with $configuration.sidecar -}}
{{- if and .metricsPort (eq (int .port) (int .metricsPort)) -}}
{{- $problems = append $problems (printf "configuration.sidecar.metricsPort: %d is the port of the endpoint (sidecar.port); choose another" (int .port)) -}}
{{- end -}}
{{- if and .stsEndpoint (hasPrefix "http:" .stsEndpoint) (not .allowHttpSts) -}}
{{- $problems = append $problems "configuration.sidecar.stsEndpoint: has to be https (allowHttpSts: true allows http in tests)" -}}
{{- end -}}
{{- range $resource := list "cpu" "memory" -}}
{{- $request := index $configuration.sidecar (printf "%sRequest" $resource) -}}
{{- $limit := index $configuration.sidecar (printf "%sLimit" $resource) -}}
{{- if eq (include "rolechain.isMore" (dict "left" $request "right" $limit)) "true" -}}
{{- $problems = append $problems (printf "configuration.sidecar.%sRequest: '%s' is above %sLimit, '%s'; lower it, or raise the limit" $resource $request $resource $limit) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $name, $chain := $configuration.chains -}}
{{- range $index, $hop := $chain.chain -}}
{{- $hopName := printf "configuration.chains.%s.chain[%d]" $name $index -}}
{{- with $hop.sessionPolicy -}}
{{- if not (hasKey (fromJson .) "Statement") -}}
{{- $problems = append $problems (printf "%s.sessionPolicy: is not an IAM policy: write a JSON object with a Statement" $hopName) -}}
{{- end -}}
{{- end -}}
{{- $keys := list -}}
{{- range $key, $_ := $hop.sessionTags -}}
{{- $key = $key | trimSuffix "!" | lower -}}
{{- if has $key $keys -}}
{{- $problems = append $problems (printf "%s.sessionTags: tag key '%s' is there twice (STS ignores case)" $hopName $key) -}}
{{- end -}}
{{- $keys = append $keys $key -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if $problems -}}
{{- fail (printf "\n\n  %s\n" (join "\n  " $problems)) -}}
{{- end -}}
{{- end -}}

{{/* Whether one Kubernetes quantity is above another, as "true" or nothing. Argument: a dict of left and right. */}}
{{- define "rolechain.isMore" -}}
{{- $multiples := dict "" 1.0 "n" 1e-9 "u" 1e-6 "m" 1e-3 "k" 1e3 "Ki" 1024.0 "M" 1e6 "Mi" 1048576.0 "G" 1e9 "Gi" 1073741824.0 "T" 1e12 "Ti" 1099511627776.0 "P" 1e15 "Pi" 1125899906842624.0 "E" 1e18 "Ei" 1152921504606846976.0 -}}
{{- $amounts := list -}}
{{- range $text := list .left .right -}}
{{- $number := regexFind "^[+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?" $text -}}
{{- $amounts = append $amounts (mulf (float64 $number) (index $multiples (trimPrefix $number $text))) -}}
{{- end -}}
{{- if gt (index $amounts 0) (index $amounts 1) -}}
true
{{- end -}}
{{- end -}}

{{/* The configuration file, as it is mounted. */}}
{{- define "rolechain.configurationFile" -}}
{{- include "rolechain.checks" . -}}
{{- $sidecar := dict "image" (printf "ghcr.io/rolechain/sidecar:%s" .Chart.AppVersion) -}}
{{- mergeOverwrite (dict "sidecar" $sidecar) (deepCopy .Values.configuration) | toYaml }}
{{ end -}}
