package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"arcade-atlassian/tools/sandbox/internal/service"
)

// Scripted is an answer that a test prescribes, for branches that no seed reaches. It replaces the
// operation's own answer: the token, the site and the scopes are checked before it.
type Scripted struct {
	// Method is the request's, or empty for every method.
	Method string
	// Path is compared with the path as it was sent, segment by segment; a segment in braces stands for
	// any. It begins at the site ("/rest/api/3/project/{key}", "/wiki/api/v2/spaces") or at the gateway
	// ("/oauth/token/accessible-resources", "/ex/jira/{cloudId}/rest/api/3/myself").
	Path string
	// Nth says which of the requests that fit is answered, counted from 1; 0 answers each of them.
	Nth int
	// Status is 200 when it is zero.
	Status int
	// Header is added to the answer's own; a Content-Type here replaces JSON's.
	Header http.Header
	// Body is sent as it is.
	Body string
}

// checkScripted finds what could never be answered.
func checkScripted(all []Scripted) error {
	var problems []error
	for i, s := range all {
		if !strings.HasPrefix(s.Path, "/") {
			problems = append(problems, fmt.Errorf("scripted answer %d: the path %q does not begin with a slash", i, s.Path))
		}
		if s.Status != 0 && (s.Status < 200 || s.Status > 599) {
			problems = append(problems, fmt.Errorf("scripted answer %d: %d is not the status of an answer", i, s.Status))
		}
		if s.Nth < 0 {
			problems = append(problems, fmt.Errorf("scripted answer %d: there is no request number %d", i, s.Nth))
		}
	}
	return errors.Join(problems...)
}

// scripted returns the answer prescribed for a request, if there is one. It counts every request that
// fits; the caller holds the lock.
func (s *Sandbox) scripted(method, path string) (service.Reply, bool) {
	segments := strings.Split(path[1:], "/")
	onSite := segments
	if len(segments) > 3 && segments[0] == "ex" {
		onSite = segments[3:]
	}
	for i, script := range s.opts.Scripted {
		if script.Method != "" && script.Method != method || !stands(script.Path, segments) && !stands(script.Path, onSite) {
			continue
		}
		s.asked[i]++
		if script.Nth != 0 && script.Nth != s.asked[i] {
			continue
		}
		status := script.Status
		if status == 0 {
			status = http.StatusOK
		}
		return service.Reply{Status: status, Header: script.Header, Body: service.Raw(script.Body)}, true
	}
	return service.Reply{}, false
}

// stands reports whether a script's path fits the segments of a request.
func stands(path string, segments []string) bool {
	_, matched := match(strings.Split(path[1:], "/"), segments)
	return matched
}
