package atlassiantest

import (
	"bytes"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
	"arcade-atlassian/tools/tooltest"
)

// Inside replays every case within boundaries that hold all that the cases are
// about: what is recorded as a success has the same output, but for the note
// that there are limits. otherwise lists tools, and cases ("Tool/case"), that
// boundaries make answer in another way, and why. Cases with a token of a page
// are left out, because it belongs to a query without boundaries.
func Inside(t *testing.T, kit *atlassian.Kit, b atlassian.Boundaries, otherwise map[string]string) {
	t.Helper()
	for _, r := range tooltest.Replay(t, Toolkit(t, kit), false, Bounded(kit, b)) {
		if r.Recorded == nil || otherwise[r.Tool]+otherwise[r.Tool+"/"+r.Case] != "" || pageToken.Match(r.Inputs) {
			continue
		}
		if r.Failure != nil {
			t.Errorf("%s/%s: %s", r.Tool, r.Case, r.Failure.Message)
			continue
		}
		if diff := cmp.Diff(unlimited(r.Recorded), unlimited(r.Value)); diff != "" {
			t.Errorf("%s/%s (-recorded +within boundaries):\n%s", r.Tool, r.Case, diff)
		}
	}
}

var (
	// changing are the moments and tokens that depend on the requests before.
	changing  = regexp.MustCompile(`:[0-9]{2}\.[0-9]{3}|"(next_page|pagination)_token": "[^"]*"`)
	pageToken = regexp.MustCompile(`"(next_page|pagination)_token"`)
)

// unlimited is an output without the note that there are limits, and without
// what depends on the number of requests before it.
func unlimited(output jsontext.Value) string {
	var out map[string]jsontext.Value
	if err := json.Unmarshal(output, &out); err != nil {
		return string(output)
	}
	delete(out, "operator_limits")
	data, err := json.Marshal(out, json.Deterministic(true), jsontext.Multiline(true))
	if err != nil {
		return err.Error()
	}
	return changing.ReplaceAllString(string(data), "")
}

// isUnlimited reports whether a tool tells and writes nothing that is in a project
// or space: because of what its operations say of themselves, or because its cases
// are about an issue type of the whole site.
func isUnlimited(t *tool.Tool) bool {
	return t.FullName() == "Jira.GetIssueTypeById" || !slices.ContainsFunc(t.Uses, func(op tool.Operation) bool {
		said, ok := op.(interface{ IsEverywhere() bool })
		return !ok || !said.IsEverywhere()
	})
}

// Outside replays every case within boundaries that hold nothing of what the
// cases are about. No answer may hold one of the secrets, which are words of
// what is outside, unless the call's own inputs do, and nothing may be written.
func Outside(t *testing.T, kit *atlassian.Kit, b atlassian.Boundaries, secrets []string) {
	t.Helper()
	for _, r := range tooltest.Replay(t, Toolkit(t, kit), secrets == nil, Bounded(kit, b)) {
		name := r.Tool + "/" + r.Case
		for _, x := range r.Requests {
			if writes(x) && (len(b.WriteSites) > 0 || !writesEverywhere(r.Uses)) {
				t.Errorf("%s: %s %s was sent", name, x.Method, x.Path)
			}
		}
		answer := string(r.Value)
		if r.Failure != nil {
			encoded, err := json.Marshal(r.Failure.Message + " " + r.Failure.Prompt + " " + r.Failure.Developer)
			if err != nil {
				t.Fatal(err)
			}
			answer = string(encoded)
		}
		for _, secret := range secrets {
			if strings.Contains(answer, secret) && !bytes.Contains(r.Inputs, []byte(secret)) {
				t.Errorf("%s: tells %q: %.600s", name, secret, answer)
			}
		}
	}
}

// writesEverywhere reports whether what a tool writes is in no project or space,
// such as a filter.
func writesEverywhere(uses []tool.Operation) bool {
	return !slices.ContainsFunc(uses, func(op tool.Operation) bool {
		said, ok := op.(interface{ IsEverywhere() bool })
		return op.Effect() != tool.Read && (!ok || !said.IsEverywhere())
	})
}

var readingPosts = regexp.MustCompile(`/(search/jql|jql/parse|issue/bulkfetch)$`)

func writes(x tooltest.Exchange) bool {
	return !slices.Contains([]string{http.MethodGet, http.MethodHead}, x.Method) && !readingPosts.MatchString(x.Path)
}
