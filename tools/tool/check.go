package tool

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var (
	pascalCase = regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`)
	semver     = regexp.MustCompile(`^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`)
)

// Arcade's vocabulary: the service domains of protocol §3.2 and the built-in
// OAuth providers of protocol §3.5.
var (
	domains = strings.Fields(`
		project_management crm contacts email calendar messaging documents cloud_storage spreadsheets presentations
		design source_code payments social_media video_hosting music_streaming customer_support ecommerce
		incident_management web_scraping code_sandbox video_conferencing geospatial financial_data travel
		product_analytics observability sales_intelligence survey business_intelligence`)
	providers = strings.Fields(`
		asana atlassian attio clickup discord dropbox figma github google hubspot linear linkedin microsoft
		microsoft-powerbi notion pagerduty reddit slack spotify twitch x zoom`)
)

// ownSecrets are the worker's own credentials, which no tool may ask for
// (protocol §4.1).
var ownSecrets = []string{"ARCADE_WORKER_SECRET", "ARCADE_WORKER_SECRET_PREVIOUS", "ARCADE_API_KEY"}

// check reports what Arcade would not take.
func (k Toolkit) check() (errs []error) {
	if !pascalCase.MatchString(k.Name) {
		errs = append(errs, fmt.Errorf("toolkit name %q is not PascalCase", k.Name))
	}
	if k.Description == "" {
		errs = append(errs, fmt.Errorf("toolkit %s has no Description", k.Name))
	}
	if !slices.Contains(domains, k.Domain) {
		errs = append(errs, fmt.Errorf("toolkit %s: domain %q is not one of Arcade's: %s", k.Name, k.Domain, strings.Join(domains, " ")))
	}
	if !semver.MatchString(k.Version) {
		errs = append(errs, fmt.Errorf("toolkit %s: version %q is not semantic (1.2.3)", k.Name, k.Version))
	}
	if k.Provider != "" && !slices.Contains(providers, k.Provider) {
		errs = append(errs, fmt.Errorf("toolkit %s: provider %q is not one of Arcade's: %s", k.Name, k.Provider, strings.Join(providers, " ")))
	}
	return errs
}

// check reports the mistakes in a tool's Spec.
func (t *Tool) check() (errs []error) {
	if !pascalCase.MatchString(t.Name) || len(t.FullName()) > 50 { // some MCP hosts cap names near 60
		errs = append(errs, fmt.Errorf("name %q must be PascalCase, with its toolkit at most 50 characters", t.Name))
	}
	if t.Doc == "" {
		errs = append(errs, errors.New("has no Doc"))
	}
	if t.Returns == "" {
		errs = append(errs, errors.New("has no Returns"))
	}
	for _, op := range t.Uses {
		if err := op.Check(); err != nil {
			errs = append(errs, each(op.Name(), err)...)
		}
		if !op.Effect().known() {
			errs = append(errs, fmt.Errorf("%s: effect %d is none of Read, Create, Update and Delete", op.Name(), op.Effect()))
		}
		if !t.Toolkit.usesOAuth() && len(op.Scopes()) > 0 {
			errs = append(errs, fmt.Errorf("%s: needs scopes %v, but the toolkit has no Provider", op.Name(), op.Scopes()))
		}
	}
	if !t.does(Create) && !t.does(Update) && !t.does(Delete) {
		if t.Destructive {
			errs = append(errs, errors.New("is Destructive, but uses no operation that writes"))
		}
		if t.NotIdempotent {
			errs = append(errs, errors.New("is NotIdempotent, but uses no operation that writes"))
		}
	}
	errs = append(errs, checkKeys("secret", t.Secrets)...)
	errs = append(errs, checkKeys("metadata", t.Metadata)...)
	for _, key := range t.Secrets {
		if slices.ContainsFunc(ownSecrets, func(own string) bool { return strings.EqualFold(own, key) }) {
			errs = append(errs, fmt.Errorf("secret %q is the worker's own", key))
		}
	}
	for _, key := range t.Metadata {
		if key != strings.ToLower(key) { // the reference lowers them in the definition
			errs = append(errs, fmt.Errorf("metadata %q is not in lower case", key))
		}
		if key == "client_id" && !t.Toolkit.usesOAuth() {
			errs = append(errs, errors.New(`metadata "client_id" needs a toolkit with a Provider`))
		}
	}
	return errs
}

// does reports whether the tool uses an operation with the effect.
func (t *Tool) does(e Effect) bool {
	return slices.ContainsFunc(t.Uses, func(op Operation) bool { return op.Effect() == e })
}

// checkKeys reports keys that name nothing, or the same thing twice: keys are
// compared without case (protocol §3.2).
func checkKeys(what string, keys []string) (errs []error) {
	for i, key := range keys {
		if key == "" || strings.TrimSpace(key) != key {
			errs = append(errs, fmt.Errorf("%s key %q is empty or begins or ends with white space", what, key))
		}
		if slices.ContainsFunc(keys[:i], func(before string) bool { return strings.EqualFold(before, key) }) {
			errs = append(errs, fmt.Errorf("%s %q is listed twice", what, key))
		}
	}
	return errs
}
