package main

import (
	"errors"
	"fmt"
	"path"
	"reflect"
	"slices"
	"strings"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

// rendered are the objects of one rendering, at most one of each kind but for the
// Service of the admin port.
type rendered struct {
	count          int
	deployment     *appsv1.Deployment
	service        *corev1.Service
	serviceAccount *corev1.ServiceAccount
	autoscaler     *autoscalingv2.HorizontalPodAutoscaler
	budget         *policyv1.PodDisruptionBudget
	policy         *networkingv1.NetworkPolicy
	ingress        *networkingv1.Ingress
	adminService   *corev1.Service
	monitor        *monitoringv1.ServiceMonitor
}

// decode refuses members that Kubernetes does not have, members that stand
// twice, and kinds that are not expected.
func decode(text string) (r rendered, err error) {
	var errs []error
	for document := range strings.SplitSeq("\n"+text, "\n---\n") {
		if strings.TrimSpace(document) == "" {
			continue
		}
		var kind metav1.TypeMeta
		if err := yaml.Unmarshal([]byte(document), &kind); err != nil {
			errs = append(errs, err)
			continue
		}
		object := r.object(kind)
		if object == nil {
			errs = append(errs, fmt.Errorf("%s of %s is not expected, or stands twice", kind.Kind, kind.APIVersion))
			continue
		}
		if err := decodeStrictly(document, object); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", kind.Kind, err))
			continue
		}
		errs = append(errs, checkNames(kind.Kind, object))
		r.count++
	}
	if r.adminService != nil && r.service.Spec.ClusterIP == corev1.ClusterIPNone { // they may come in any order
		r.service, r.adminService = r.adminService, r.service
	}
	return r, errors.Join(errs...)
}

// decodeStrictly is as strict as Kubernetes' API, which tells names apart by case.
func decodeStrictly(document string, object any) error {
	content, err := yaml.YAMLToJSONStrict([]byte(document))
	if err != nil {
		return err
	}
	unknown, err := json.UnmarshalStrict(content, object)
	return errors.Join(append(unknown, err)...)
}

// object is a new object of the kind, or nil.
func (r *rendered) object(kind metav1.TypeMeta) metav1.Object {
	switch kind.APIVersion + " " + kind.Kind {
	case "apps/v1 Deployment":
		return fresh(&r.deployment)
	case "v1 Service":
		if first := fresh(&r.service); first != nil {
			return first
		}
		return fresh(&r.adminService)
	case "v1 ServiceAccount":
		return fresh(&r.serviceAccount)
	case "autoscaling/v2 HorizontalPodAutoscaler":
		return fresh(&r.autoscaler)
	case "policy/v1 PodDisruptionBudget":
		return fresh(&r.budget)
	case "networking.k8s.io/v1 NetworkPolicy":
		return fresh(&r.policy)
	case "networking.k8s.io/v1 Ingress":
		return fresh(&r.ingress)
	case "monitoring.coreos.com/v1 ServiceMonitor":
		return fresh(&r.monitor)
	}
	return nil
}

func fresh[T any, P interface {
	*T
	metav1.Object
}](at *P) metav1.Object {
	if *at != nil {
		return nil
	}
	*at = new(T)
	return *at
}

func checkNames(kind string, object metav1.Object) error {
	var errs []error
	for _, fault := range validation.IsDNS1123Label(object.GetName()) {
		errs = append(errs, fmt.Errorf("%s: name %q: %s", kind, object.GetName(), fault))
	}
	for name, value := range object.GetLabels() {
		for _, fault := range append(validation.IsQualifiedName(name), validation.IsValidLabelValue(value)...) {
			errs = append(errs, fmt.Errorf("%s: label %s=%q: %s", kind, name, value, fault))
		}
	}
	return errors.Join(errs...)
}

// check asks for what must hold whatever the values are.
func (r rendered) check() error {
	if r.deployment == nil || r.service == nil {
		return errors.New("there is no Deployment or no Service")
	}
	var errs []error
	must := func(holds bool, rule string, args ...any) {
		if !holds {
			errs = append(errs, fmt.Errorf("does not hold: "+rule, args...))
		}
	}
	template := r.deployment.Spec.Template
	pod := template.Spec
	selects := func(selector *metav1.LabelSelector) bool {
		s, err := metav1.LabelSelectorAsSelector(selector)
		return err == nil && !s.Empty() && s.Matches(labels.Set(template.Labels))
	}
	must(selects(r.deployment.Spec.Selector), "the Deployment selects its pods")
	must(len(r.service.Spec.Selector) > 0 && selects(&metav1.LabelSelector{MatchLabels: r.service.Spec.Selector}), "the Service selects the pods")
	must(r.budget == nil || selects(r.budget.Spec.Selector), "the PodDisruptionBudget selects the pods")
	for _, spread := range pod.TopologySpreadConstraints {
		must(spread.LabelSelector == nil || selects(spread.LabelSelector), "the pods that are spread are these")
	}
	must((r.autoscaler == nil) == (r.deployment.Spec.Replicas != nil), "either the Deployment or the autoscaler says how many")
	if r.autoscaler != nil {
		must(r.autoscaler.Spec.ScaleTargetRef == autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: r.deployment.Name}, "the autoscaler scales the Deployment")
	}
	must(pod.AutomountServiceAccountToken != nil && !*pod.AutomountServiceAccountToken, "the pod has no token of the cluster")
	if r.serviceAccount != nil {
		must(r.serviceAccount.Name == pod.ServiceAccountName, "the pod uses the ServiceAccount")
		must(r.serviceAccount.AutomountServiceAccountToken != nil && !*r.serviceAccount.AutomountServiceAccountToken, "the ServiceAccount mounts no token")
	}
	if s := pod.SecurityContext; s == nil {
		must(false, "the pod has a security context")
	} else {
		must(s.RunAsNonRoot != nil && *s.RunAsNonRoot && s.RunAsUser != nil && *s.RunAsUser == 65532, "the pod runs as nobody")
		must(s.SeccompProfile != nil && s.SeccompProfile.Type == corev1.SeccompProfileTypeRuntimeDefault, "the pod has the runtime's seccomp profile")
	}
	must(!pod.HostNetwork && !pod.HostPID && !pod.HostIPC, "the pod shares nothing with the node")
	for _, v := range pod.Volumes {
		must(v.Secret != nil && v.Secret.SecretName != "" && (v.Secret.Optional == nil || !*v.Secret.Optional), "the volume %s is a Secret, which must exist", v.Name)
	}
	if len(pod.Containers) != 1 {
		return errors.Join(append(errs, errors.New("there is not one container"))...)
	}
	c := pod.Containers[0]
	if s := c.SecurityContext; s == nil {
		must(false, "the container has a security context")
	} else {
		must(s.ReadOnlyRootFilesystem != nil && *s.ReadOnlyRootFilesystem, "the file system is read-only")
		must(s.AllowPrivilegeEscalation != nil && !*s.AllowPrivilegeEscalation && (s.Privileged == nil || !*s.Privileged), "there are no privileges to be had")
		must(s.Capabilities != nil && len(s.Capabilities.Add) == 0 && reflect.DeepEqual(s.Capabilities.Drop, []corev1.Capability{"ALL"}), "all capabilities are dropped")
	}
	must(len(c.Ports) > 0 && len(r.service.Spec.Ports) == 1 && r.service.Spec.Ports[0].TargetPort.StrVal == c.Ports[0].Name, "the Service sends to the container's port")
	errs = append(errs, r.checkAdmin(selects, template, c))
	for name, probe := range map[string]*corev1.Probe{"startup": c.StartupProbe, "readiness": c.ReadinessProbe, "liveness": c.LivenessProbe} {
		must(probe != nil && probe.HTTPGet != nil && (probe.HTTPGet.Scheme == corev1.URISchemeHTTPS) == mounted(pod, c, "/run/secrets/tls/tls.crt"), "the %s probe speaks what the worker does", name)
		must(probe != nil && probe.HTTPGet != nil && probe.HTTPGet.Path == "/worker/health" && probe.HTTPGet.Port.StrVal == c.Ports[0].Name, "the %s probe asks for the worker's health", name)
	}
	limit, request := c.Resources.Limits.Memory(), c.Resources.Requests.Memory()
	must(!limit.IsZero() && !request.IsZero() && request.Cmp(*limit) <= 0, "memory is requested, and limited above that")
	must(!c.Resources.Requests.Cpu().IsZero(), "CPU is requested, which autoscaling needs")
	var stop time.Duration
	for _, name := range []string{"--lame-duck=", "--drain="} {
		i := slices.IndexFunc(c.Args, func(arg string) bool { return strings.HasPrefix(arg, name) })
		must(i >= 0, "%s is given", name)
		if i >= 0 {
			limit, err := time.ParseDuration(strings.TrimPrefix(c.Args[i], name))
			must(err == nil, "%s is a length of time", c.Args[i])
			stop += limit
		}
	}
	grace := pod.TerminationGracePeriodSeconds
	must(grace != nil && time.Duration(*grace)*time.Second > stop, "Kubernetes waits longer than a stop takes")
	seen := map[string]bool{}
	for _, e := range c.Env {
		must(!seen[e.Name], "%s is set once", e.Name)
		seen[e.Name] = true
		switch e.Name {
		case "ARCADE_WORKER_SECRET_FILE", "ARCADE_WORKER_SECRET_PREVIOUS_FILE", "ARCADE_TLS_CERT", "ARCADE_TLS_KEY":
			must(mounted(pod, c, e.Value), "%s names a file of a Secret", e.Name)
		case "GOMEMLIMIT":
			var kib int64
			_, err := fmt.Sscanf(e.Value, "%dKiB", &kib)
			must(err == nil && kib*1024 < limit.Value() && kib*1024 > limit.Value()*4/5, "GOMEMLIMIT %s is a little below the limit %s", e.Value, limit)
		}
	}
	must(seen["ARCADE_WORKER_SECRET_FILE"] && !seen["ARCADE_WORKER_SECRET"] && seen["GOMEMLIMIT"] && seen["ARCADE_SERVER_HOST"], "the secret, the memory limit and the address are set")
	errs = append(errs, r.checkReach(selects, c.Ports))
	return errors.Join(errs...)
}

// checkAdmin asks for what must hold of the admin port: it is there as a whole or
// not at all, behind a Service that has no address for others to reach.
func (r rendered) checkAdmin(selects func(*metav1.LabelSelector) bool, template corev1.PodTemplateSpec, c corev1.Container) error {
	var address string
	for _, e := range c.Env {
		if e.Name == "ARCADE_ADMIN_ADDR" {
			address = e.Value
		}
	}
	annotations := template.Annotations
	if address == "" {
		if len(c.Ports) != 1 || r.adminService != nil || r.monitor != nil || annotations["prometheus.io/scrape"] != "" {
			return errors.New("there is a part of the admin port, and the worker does not serve it")
		}
		return nil
	}
	if len(c.Ports) != 2 || r.adminService == nil || len(r.adminService.Spec.Ports) != 1 {
		return errors.New("the worker serves an admin port, and the container or a Service does not have it")
	}
	var errs []error
	service, port := r.adminService.Spec, c.Ports[1]
	if address != fmt.Sprintf("0.0.0.0:%d", port.ContainerPort) || service.Ports[0].TargetPort.StrVal != port.Name {
		errs = append(errs, errors.New("the admin port is not the same everywhere"))
	}
	if service.ClusterIP != corev1.ClusterIPNone || service.Type != corev1.ServiceTypeClusterIP || !selects(&metav1.LabelSelector{MatchLabels: service.Selector}) {
		errs = append(errs, errors.New("the Service of the admin port has an address, or other pods"))
	}
	if annotations["prometheus.io/scrape"] != "" && annotations["prometheus.io/port"] != fmt.Sprint(port.ContainerPort) {
		errs = append(errs, errors.New("the annotations name another port"))
	}
	if r.monitor == nil {
		return errors.Join(errs...)
	}
	selector, err := metav1.LabelSelectorAsSelector(&r.monitor.Spec.Selector)
	if err != nil {
		return errors.Join(append(errs, err)...)
	}
	if !selector.Matches(labels.Set(r.adminService.Labels)) || selector.Matches(labels.Set(r.service.Labels)) {
		errs = append(errs, errors.New("the ServiceMonitor does not select the Service of the admin port alone"))
	}
	if e := r.monitor.Spec.Endpoints; len(e) != 1 || e[0].Port != service.Ports[0].Name || e[0].Path != "/metrics" {
		errs = append(errs, errors.New("the ServiceMonitor asks elsewhere than for /metrics of the admin port"))
	}
	if r.adminService.Labels[r.monitor.Spec.JobLabel] == "" {
		errs = append(errs, errors.New("the ServiceMonitor's job has no name"))
	}
	return errors.Join(errs...)
}

// mounted reports whether the container finds a key of a Secret at a path.
func mounted(pod corev1.PodSpec, c corev1.Container, name string) bool {
	for _, m := range c.VolumeMounts {
		i := slices.IndexFunc(pod.Volumes, func(v corev1.Volume) bool { return v.Name == m.Name })
		if m.MountPath != path.Dir(name) || !m.ReadOnly || i < 0 || pod.Volumes[i].Secret == nil {
			continue
		}
		items := pod.Volumes[i].Secret.Items
		return len(items) == 0 || slices.ContainsFunc(items, func(item corev1.KeyToPath) bool { return item.Key != "" && item.Path == path.Base(name) })
	}
	return false
}

// checkReach asks for who may reach the pods, and whom they reach.
func (r rendered) checkReach(selects func(*metav1.LabelSelector) bool, ports []corev1.ContainerPort) error {
	var errs []error
	if r.ingress != nil {
		for _, rule := range r.ingress.Spec.Rules {
			for _, route := range rule.HTTP.Paths {
				s := route.Backend.Service
				if rule.Host == "" || s == nil || s.Name != r.service.Name || s.Port.Name != r.service.Spec.Ports[0].Name {
					errs = append(errs, fmt.Errorf("the Ingress sends %s elsewhere than to the Service", route.Path))
				}
			}
		}
	}
	if r.policy == nil {
		return errors.Join(errs...)
	}
	spec := r.policy.Spec
	if !selects(&spec.PodSelector) {
		errs = append(errs, errors.New("the NetworkPolicy does not select the pods"))
	}
	if !reflect.DeepEqual(spec.PolicyTypes, []networkingv1.PolicyType{"Ingress", "Egress"}) {
		errs = append(errs, errors.New("the NetworkPolicy leaves a direction open"))
	}
	for _, rule := range spec.Ingress {
		known := func(port corev1.ContainerPort) bool { return port.Name == rule.Ports[0].Port.StrVal }
		if len(rule.From) == 0 || len(rule.Ports) != 1 || !slices.ContainsFunc(ports, known) {
			errs = append(errs, errors.New("the NetworkPolicy lets everybody in, or to other ports than the worker's"))
		}
		for _, peer := range rule.From {
			if peer.NamespaceSelector == nil || len(peer.NamespaceSelector.MatchLabels) == 0 {
				errs = append(errs, errors.New("the NetworkPolicy lets all namespaces in"))
			}
		}
	}
	for _, rule := range spec.Egress {
		if len(rule.To) == 0 || len(rule.Ports) == 0 {
			errs = append(errs, errors.New("a rule of the NetworkPolicy lets everything out"))
		}
		for _, peer := range rule.To {
			for _, port := range rule.Ports {
				if peer.IPBlock != nil && port.Port.IntVal != 443 {
					errs = append(errs, fmt.Errorf("the NetworkPolicy lets port %s out to %s", port.Port, peer.IPBlock.CIDR))
				}
			}
		}
	}
	return errors.Join(errs...)
}
