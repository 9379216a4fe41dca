{{- define "openebs.fullname" -}}
{{- if contains "openebs" .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-openebs{{ end -}}
{{- end -}}
{{- define "openebs.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (ternary (include "openebs.fullname" .) "default" .Values.serviceAccount.create) -}}
{{- end -}}
{{- /* A list of the name of a component and the chart's values. */ -}}
{{- define "openebs.labels" -}}
{{- $chart := index . 1 -}}
app: openebs
release: {{ $chart.Release.Name }}
component: {{ index . 0 }}
name: openebs-{{ index . 0 }}
openebs.io/component-name: openebs-{{ index . 0 }}
openebs.io/version: {{ $chart.Values.release.version }}
{{- end -}}
