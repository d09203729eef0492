{{- define "atlassian-worker.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "atlassian-worker.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains (include "atlassian-worker.name" .) .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "atlassian-worker.name" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "atlassian-worker.selectorLabels" -}}
app.kubernetes.io/name: {{ include "atlassian-worker.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "atlassian-worker.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "atlassian-worker.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "atlassian-worker.adminName" -}}
{{- printf "%s-admin" (include "atlassian-worker.fullname" . | trunc 57 | trimSuffix "-") -}}
{{- end -}}

{{- define "atlassian-worker.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "atlassian-worker.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- required "serviceAccount.name is required when serviceAccount.create is false" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "atlassian-worker.image" -}}
{{- $repository := required "image.repository is required: the image that you built and pushed" .Values.image.repository -}}
{{- if .Values.image.digest -}}
{{ $repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ $repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- end -}}

{{- /* Nine tenths of a memory limit in whole Ki, Mi or Gi, in KiB. values.schema.json holds the limit to that form. */ -}}
{{- define "atlassian-worker.memoryLimit" -}}
{{- $limit := .Values.resources.limits.memory -}}
{{- $factor := get (dict "Ki" 1 "Mi" 1024 "Gi" 1048576) (substr (int (sub (len $limit) 2)) (len $limit) $limit) -}}
{{- div (mul (substr 0 (int (sub (len $limit) 2)) $limit | int64) $factor 9) 10 -}}KiB
{{- end -}}

{{- define "atlassian-worker.scheme" -}}
{{- ternary "HTTPS" "HTTP" (ne .Values.tls.secretName "") -}}
{{- end -}}

{{- /* How long Kubernetes waits before it kills: the lame-duck phase, the drain, and some more. */ -}}
{{- define "atlassian-worker.gracePeriod" -}}
{{- $lameDuck := trimSuffix "s" .Values.worker.lameDuck | int -}}
{{- $drain := trimSuffix "s" .Values.worker.drain | int -}}
{{- add $lameDuck $drain 10 -}}
{{- end -}}

{{- /* A block of all addresses but some, given as the block and the list of those. */ -}}
{{- define "atlassian-worker.publicAddresses" -}}
- ipBlock:
    cidr: {{ index . 0 | quote }}
    {{- with index . 1 }}
    except:
      {{- range . }}
      - {{ . | quote }}
      {{- end }}
    {{- end }}
{{- end -}}
