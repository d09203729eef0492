#!/usr/bin/env bash
# Fetches the documents that the contract tests read. They are Atlassian's and
# are not part of this repository.
set -euo pipefail
dir=${1:?usage: openapi.sh DIRECTORY}
mkdir -p "$dir"
fetch() { # fetch NAME URL
	curl -fsSL --retry 3 -o "$dir/$1" "$2"
	echo "$dir/$1"
}
fetch jira-platform-v3.json https://developer.atlassian.com/cloud/jira/platform/swagger-v3.v3.json
fetch jira-software-1.0.json https://developer.atlassian.com/cloud/jira/software/swagger.v3.json
fetch confluence-v2.json https://developer.atlassian.com/cloud/confluence/openapi-v2.v3.json
fetch adf-schema-v1.json https://go.atlassian.com/adf-json-schema
fetch confluence-v1.json https://developer.atlassian.com/cloud/confluence/swagger.v3.json
