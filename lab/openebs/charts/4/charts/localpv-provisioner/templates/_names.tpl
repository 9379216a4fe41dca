{{- define "localpv.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}{{ .Values.fullnameOverride }}
{{- else if contains $name .Release.Name -}}{{ .Release.Name }}
{{- else if contains "localpv" .Release.Name -}}{{ .Release.Name }}-provisioner
{{- else -}}{{ .Release.Name }}-{{ $name }}
{{- end -}}
{{- end -}}

{{- define "localpv.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (ternary (include "localpv.fullname" .) "default" .Values.serviceAccount.create) -}}
{{- end -}}

{{- define "localpv.selectorLabels" -}}
app: {{ default .Chart.Name .Values.nameOverride }}
release: {{ .Release.Name }}
component: {{ .Values.localpv.name | quote }}
{{- end -}}

{{- define "localpv.labels" -}}
chart: {{ .Chart.Name }}-{{ .Chart.Version }}
heritage: {{ .Release.Service }}
{{ include "localpv.selectorLabels" . }}
openebs.io/component-name: openebs-{{ .Values.localpv.name }}
openebs.io/version: {{ .Values.release.version | quote }}
{{- with .Values.extraLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- /* A list of image values and the chart's: registry/repository:tag, where the registry may be missing. */ -}}
{{- define "localpv.image" -}}
{{- $image := index . 0 }}{{ $chart := index . 1 -}}
{{- with $image.registry | default $chart.Values.global.imageRegistry }}{{ trimSuffix "/" . }}/{{ end }}{{ $image.repository }}:{{ $image.tag }}
{{- end -}}
