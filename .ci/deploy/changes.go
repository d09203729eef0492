package main

// kubernetes is the version that objects are rendered for.
const kubernetes = "1.34.0"

// required are the values without which nothing is rendered.
const required = "image/repository: registry.example/worker\nsecret/name: engine\n"

// change is one value that differs from values.yaml. Every value there has one.
type change struct {
	given string // what else must be set for the value to matter
	to    string // the value
	shows string // what it makes visible, where it being different does not say enough
}

var changes = map[string]change{
	"image/repository":        {to: "image/repository: other.example/x\n", shows: `image: "other.example/x:`},
	"image/tag":               {to: "image/tag: v9\n", shows: `image: "registry.example/worker:v9"`},
	"image/digest":            {given: "image/tag: v9\n", to: "image/digest: sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n", shows: `image: "registry.example/worker@sha256:0123`},
	"image/pullPolicy":        {to: "image/pullPolicy: Always\n"},
	"imagePullSecrets":        {to: "imagePullSecrets: [{name: registry}]\n"},
	"nameOverride":            {to: "nameOverride: other\n", shows: "name: release-other"},
	"fullnameOverride":        {to: "fullnameOverride: other\n", shows: "name: other"},
	"commonLabels":            {to: "commonLabels: {team: tools}\n"},
	"secret/name":             {to: "secret/name: other\n"},
	"secret/key":              {to: "secret/key: other\n"},
	"worker/providerID":       {to: "worker/providerID: atlassian-2\n", shows: "ATLASSIAN_PROVIDER_ID"},
	"worker/disabledTools":    {to: "worker/disabledTools: [Jira.WhoAmI, Jira.ListUsers]\n", shows: `"Jira.WhoAmI,Jira.ListUsers"`},
	"worker/disabledToolkits": {to: "worker/disabledToolkits: [Confluence]\n", shows: "ARCADE_DISABLED_TOOLKITS"},
	"worker/mcp":              {given: "ingress/enabled: true\ningress/host: worker.example\n", to: "worker/mcp: true\n", shows: "path: /mcp"},
	"worker/timeout":          {to: "worker/timeout: 20s\n", shows: "--timeout=20s"},
	"secret/previousKey":      {to: "secret/previousKey: old\n", shows: "ARCADE_WORKER_SECRET_PREVIOUS_FILE"},
	"tls/secretName":          {to: "tls/secretName: cert\n", shows: "ARCADE_TLS_KEY"},
	"worker/lameDuck":         {to: "worker/lameDuck: 15s\n", shows: "terminationGracePeriodSeconds: 55"},
	"worker/drain":            {to: "worker/drain: 60s\n", shows: "terminationGracePeriodSeconds: 75"},
	"worker/maxBody":          {to: "worker/maxBody: 33554432\n", shows: "--max-body=33554432"},
	"worker/environment":      {to: "worker/environment: \"1\"\n"},
	"worker/logLevel":         {to: "worker/logLevel: debug\n"},
	"worker/extraEnv":         {to: "worker/extraEnv: [{name: HTTPS_PROXY, value: \"http://proxy.example:3128\"}]\n"},
	"replicas":                {to: "replicas: 5\n"},
	"autoscaling/enabled":     {to: "autoscaling/enabled: true\n", shows: "kind: HorizontalPodAutoscaler"},
	"autoscaling/minReplicas": {given: "autoscaling/enabled: true\n", to: "autoscaling/minReplicas: 3\n"},
	"autoscaling/maxReplicas": {given: "autoscaling/enabled: true\n", to: "autoscaling/maxReplicas: 9\n"},
	"autoscaling/targetCPUUtilizationPercentage": {given: "autoscaling/enabled: true\n", to: "autoscaling/targetCPUUtilizationPercentage: 50\n"},
	"podDisruptionBudget/enabled":                {to: "podDisruptionBudget/enabled: false\n"},
	"podDisruptionBudget/maxUnavailable":         {to: "podDisruptionBudget/maxUnavailable: 25%\n"},
	"resources/requests/cpu":                     {to: "resources/requests/cpu: 1\n"},
	"resources/requests/memory":                  {to: "resources/requests/memory: 128Mi\n"},
	"resources/limits/memory":                    {to: "resources/limits/memory: 1Gi\n", shows: "value: 943718KiB"},
	"service/type":                               {to: "service/type: LoadBalancer\n"},
	"service/port":                               {to: "service/port: 8080\n"},
	"service/annotations":                        {to: "service/annotations: {a: b}\n"},
	"ingress/enabled":                            {to: "ingress/enabled: true\ningress/host: worker.example\n", shows: "kind: Ingress"},
	"ingress/className":                          {given: "ingress/enabled: true\ningress/host: worker.example\n", to: "ingress/className: nginx\n"},
	"ingress/annotations":                        {given: "ingress/enabled: true\ningress/host: worker.example\n", to: "ingress/annotations: {a: b}\n"},
	"ingress/host":                               {given: "ingress/enabled: true\ningress/host: worker.example\n", to: "ingress/host: other.example\n"},
	"ingress/tlsSecretName":                      {given: "ingress/enabled: true\ningress/host: worker.example\n", to: "ingress/tlsSecretName: tls\n"},
	"networkPolicy/enabled":                      {to: "networkPolicy/enabled: false\n"},
	"networkPolicy/ingressNamespaces":            {to: "networkPolicy/ingressNamespaces: []\n", shows: "ingress: []"},
	"networkPolicy/dnsNamespace":                 {to: "networkPolicy/dnsNamespace: dns\n"},
	"networkPolicy/privateAddresses/ipv4":        {to: "networkPolicy/privateAddresses/ipv4: []\n"},
	"networkPolicy/privateAddresses/ipv6":        {to: "networkPolicy/privateAddresses/ipv6: [\"fd00::/8\"]\n"},
	"networkPolicy/extraEgress":                  {to: "networkPolicy/extraEgress: [{to: [{podSelector: {matchLabels: {app: redis}}}], ports: [{port: 6379}]}]\n", shows: "port: 6379"},
	"admin/enabled":                              {to: "admin/enabled: true\n", shows: "value: 0.0.0.0:9464"},
	"admin/port":                                 {given: "admin/enabled: true\n", to: "admin/port: 9000\n", shows: "value: 0.0.0.0:9000"},
	"admin/namespaces":                           {given: "admin/enabled: true\nnetworkPolicy/ingressNamespaces: []\n", to: "admin/namespaces: []\n", shows: "ingress: []"},
	"admin/serviceMonitor/enabled":               {given: "admin/enabled: true\n", to: "admin/serviceMonitor/enabled: true\n", shows: "kind: ServiceMonitor"},
	"admin/serviceMonitor/interval":              {given: "admin/enabled: true\nadmin/serviceMonitor/enabled: true\n", to: "admin/serviceMonitor/interval: 15s\n", shows: "interval: 15s"},
	"admin/serviceMonitor/labels":                {given: "admin/enabled: true\nadmin/serviceMonitor/enabled: true\n", to: "admin/serviceMonitor/labels: {release: prometheus}\n", shows: "release: prometheus"},
	"admin/scrapeAnnotations":                    {given: "admin/enabled: true\n", to: "admin/scrapeAnnotations: true\n", shows: "prometheus.io/port: \"9464\""},
	"serviceAccount/create":                      {to: "serviceAccount/create: false\nserviceAccount/name: mine\n", shows: "serviceAccountName: mine"},
	"serviceAccount/name":                        {to: "serviceAccount/name: mine\n"},
	"serviceAccount/annotations":                 {to: "serviceAccount/annotations: {a: b}\n"},
	"podAnnotations":                             {to: "podAnnotations: {a: b}\n"},
	"podLabels":                                  {to: "podLabels: {a: b}\n"},
	"nodeSelector":                               {to: "nodeSelector: {a: b}\n"},
	"tolerations":                                {to: "tolerations: [{key: a, operator: Exists}]\n"},
	"affinity":                                   {to: "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname}]}}\n"},
	"topologySpreadConstraints":                  {to: "topologySpreadConstraints: [{maxSkew: 2, topologyKey: zone, whenUnsatisfiable: DoNotSchedule}]\n"},
	"priorityClassName":                          {to: "priorityClassName: high\n"},
	// Not values of values.yaml.
	"resources/limits/cpu": {to: "resources/limits/cpu: 2\n"},
	"a long name":          {given: "admin/enabled: true\n", to: "fullnameOverride: a-name-of-more-than-sixty-three-characters-that-has-to-be-cut-somewhere\n"},
}

// refused are values that must not be taken, and what is said about them.
var refused = []struct{ values, says string }{
	{"secret/name: engine\n", "image.repository is required"},
	{"image/repository: registry.example/worker\n", "secret.name is required"},
	{required + "secret/value: in-clear\n", "value"},
	{required + "worker/extraEnv: [{name: ARCADE_WORKER_SECRET, value: in-clear}]\n", "extraEnv"},
	{required + "resources/limits/memory: 256M\n", "memory"},
	{required + "resources/limits/memory: null\n", "memory"},
	{required + "worker/extraEnv: [{name: ARCADE_WORKER_SECRET_PREVIOUS, value: in-clear}]\n", "extraEnv"},
	{required + "worker/drain: 1m\n", "drain"},
	{required + "worker/lameDuck: 1m\n", "lameDuck"},
	{required + "worker/timeout: 0s\n", "timeout"},
	{required + "worker/maxBody: -1\n", "maxBody"},
	{required + "worker/disabledTools: [\"a,b\"]\n", "disabledTools"},
	{required + "worker/logLevel: loud\n", "logLevel"},
	{required + "replicas: 0\n", "replicas"},
	{required + "replica: 3\n", "replica"},
	{required + "image/digest: abc\n", "digest"},
	{required + "networkPolicy/ingressNamespaces: [{}]\n", "ingressNamespaces"}, // all namespaces
	{required + "networkPolicy/privateAddresses/ipv4: [corp]\n", "ipv4"},
	{required + "admin/enabled: true\nadmin/namespaces: [{}]\n", "namespaces"},
	{required + "admin/enabled: true\nadmin/port: 8002\n", "port"},
	{required + "admin/scrapeAnnotations: true\n", "admin.enabled is required"},
	{required + "admin/serviceMonitor/enabled: true\n", "admin.enabled is required"},
	{required + "admin/enabled: true\nadmin/scrapeAnnotations: true\nadmin/serviceMonitor/enabled: true\n", "choose one"},
	{required + "ingress/enabled: true\n", "ingress.host is required"},
	{required + "serviceAccount/create: false\n", "serviceAccount.name is required"},
}
