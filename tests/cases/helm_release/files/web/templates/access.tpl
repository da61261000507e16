# SPDX-License-Identifier: GPL-3.0-or-later
{{ if eq .Values.colour "none" }}{{ fail (print "no colour for " .Values.password) }}{{ end }}
apiVersion: v1
kind: Secret
metadata: {name: {{ .Release.Name }}-access}
stringData: {password: {{ .Values.password | quote }}}
