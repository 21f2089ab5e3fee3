{{- define "gatehouse.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end }}

{{- define "gatehouse.selector" -}}
app.kubernetes.io/name: gatehouse
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "gatehouse.labels" -}}
{{ include "gatehouse.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "gatehouse.settings" -}}
{{- .Values.config.existing | default (include "gatehouse.name" .) -}}
{{- end }}

{{/* What would start and not work, said before it starts. */}}
{{- define "gatehouse.checked" -}}
{{- if and (gt (int .Values.replicas) 1) (not .Values.ledger.external) }}
{{- fail "replicas: more than one share one server: set ledger.external, and REDIS_URL in the Secret" }}
{{- end }}
{{- if not .Values.config.existing }}
{{- if or (not .Values.config.gatehouse) (not .Values.config.access) }}
{{- fail "config: give both files (--set-file config.gatehouse=gatehouse.toml --set-file config.access=access.toml), or name a ConfigMap in config.existing" }}
{{- end }}
{{- if not (regexMatch "(?ms)^\\s*\\[health\\]\\s*$[^\\[]*^\\s*host\\s*=\\s*[\"'](0\\.0\\.0\\.0|::)[\"']" .Values.config.gatehouse) }}
{{- fail "config.gatehouse: set [health] host = \"0.0.0.0\": the probes come from outside of the pod" }}
{{- end }}
{{- end }}
{{- end }}
