package atlassian_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

// The bodies that Atlassian's products, its gateway and what stands before
// them send, and what of them a model gets to read.
func TestErrorBodies(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status int
		body   string
		want   []string // Atlassian's messages
	}{
		{"Jira messages", 400, `{"errorMessages":["Field 'x' is unknown.","Another."],"errors":{}}`, []string{"Field 'x' is unknown.", "Another."}},
		{"Jira fields", 400, `{"errorMessages":[],"errors":{"summary":"You must specify a summary.","customfield_10001":"It is odd."}}`, []string{"customfield_10001: It is odd.", "summary: You must specify a summary."}},
		{"Jira both, with a status", 400, `{"errorMessages":["Wrong."],"errors":{"a":"b"},"status":400}`, []string{"Wrong.", "a: b"}},
		{"Jira nulls", 400, `{"errorMessages":null,"errors":null,"message":"x"}`, []string{"x"}},
		{"Jira query", 400, `{"errorMessages":["The valid operators are '=', '!=', '<', '>', '<=', '>=', '~'."]}`, []string{"The valid operators are '=', '!=', '<', '>', '<=', '>=', '~'."}},
		{"message", 409, `{"message":"It changed meanwhile."}`, []string{"It changed meanwhile."}},
		{"error", 400, `{"error":"It is wrong."}`, []string{"It is wrong."}},
		{"error as an object", 400, `{"error":{"code":7,"message":"It is wrong."}}`, []string{"It is wrong."}},
		{"problem", 415, `{"type":"about:blank","title":"Not this type.","detail":"Content-Type is missing.","instance":"/rest/api/3/issue"}`, []string{"Not this type.", "Content-Type is missing."}},
		{"problem with the status for a title", 415, `{"title":"Unsupported Media Type","detail":"Content-Type is missing."}`, []string{"Content-Type is missing."}},
		{"Agile", 400, `{"errorMessages":["The board does not support sprints."],"errors":{}}`, []string{"The board does not support sprints."}},
		{"Confluence v2", 400, `{"errors":[{"status":400,"code":"INVALID_REQUEST_PARAMETER","title":"The limit is wrong.","detail":"It is 0."},{"status":400,"code":"X","title":"Second."}]}`, []string{"The limit is wrong.", "It is 0.", "Second."}},
		{"Confluence v2, status as text", 404, `{"errors":[{"status":"404","code":"NOT_FOUND","title":"Not Found","detail":null,"source":{"pointer":"/id"}}]}`, nil},
		{"Confluence v2, code alone", 400, `{"errors":[{"status":400,"code":"INVALID_BODY"}]}`, []string{"INVALID_BODY"}},
		{"Confluence v1", 400, `{"statusCode":400,"data":{"authorized":true,"valid":false,"errors":[{"message":{"key":"title.exists","args":[],"translation":"A page with this title exists."}}],"successful":false},"message":"BadRequestException: A page with this title exists."}`, []string{"BadRequestException: A page with this title exists."}},
		{"Confluence v1, data of another type", 400, `{"statusCode":400,"data":"none","message":"It is wrong."}`, []string{"It is wrong."}},
		{"messages as text", 400, `{"errorMessages":"It is wrong.","message":"And so on."}`, []string{"It is wrong.", "And so on."}},
		{"errors as texts", 400, `{"errors":["It is wrong.","And so on."]}`, []string{"It is wrong.", "And so on."}},
		{"errors in each other", 400, `{"errors":{"fields":{"summary":"Required.","labels":["Too long.","Too many."]},"n":7,"nothing":null,"worklog":{}}}`, []string{"fields: labels: Too long.", "fields: labels: Too many.", "fields: summary: Required."}},
		{"errors too far down", 400, `{"errors":{"a":{"b":{"c":{"d":{"e":"It is wrong."}}}}}}`, nil},
		{"types nobody expects", 400, `{"errorMessages":[1,{"a":"b"},"It is wrong."],"errors":7,"message":["list"],"title":{"x":1},"timestamp":{},"path":[]}`, []string{"a: b", "It is wrong."}},
		{"gateway, token", 401, `{"code":401,"message":"Unauthorized"}`, nil},
		{"gateway, scope", 401, `{"code":401,"message":"Unauthorized; scope does not match"}`, nil},
		{"gateway, site", 403, `{"code":403,"message":"The app is not installed on this instance"}`, nil},
		{"gateway, path", 404, `{"timestamp":"2026-01-01T00:00:00.000+00:00","status":404,"error":"Not Found","message":"No message available","path":"/ex/jira/x/y"}`, nil},
		{"HTML", 403, "<!DOCTYPE html><html><body>Your site is suspended.</body></html>", nil},
		{"nothing", 400, "", nil},
		{"null", 400, "null", nil},
		{"a list", 400, `["It is wrong."]`, nil},
		{"a text", 400, `"It is wrong."`, nil},
		{"a number", 400, `7`, nil},
		{"plain text", 400, "It is wrong.", nil},
		{"binary", 400, "\x00\xff\xfe\x1f\x8b", nil},
		{"cut", 400, `{"errorMessages":["It is wrong."],"errors":{"summ`, []string{"It is wrong."}},
		{"the same twice", 400, `{"errorMessages":["It is wrong.","It is wrong."],"message":"It is wrong."}`, []string{"It is wrong."}},
		{"members twice", 400, `{"message":"It is wrong.","message":"No, so."}`, []string{"No, so."}},
		{"blank", 400, `{"errorMessages":["  ","\n"],"message":""}`, nil},
		{"markup", 400, `{"message":"<p>It is <b class=\"x\">wrong</b>.</p><!-- so -->"}`, []string{"It is wrong ."}},
		{"invisible characters", 400, "{\"message\":\"a\\u202eb\\u200bc\\ufeffd\\u0000e\\u0007f\\u00adg\\u2028h\\u00a0i\\r\\n\\tj\\ue000k\"}", []string{"abcdefg h i jk"}},
		{"bad UTF-8", 400, "{\"message\":\"a\xffb\"}", []string{"a\ufffdb"}},
		{"another language", 400, `{"message":"Das Feld „Größe“ fehlt. 日本語 🙂"}`, []string{"Das Feld „Größe“ fehlt. 日本語 🙂"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := onSite(t, always(tt.status, tt.body))
			err := read(t.Context(), s)
			answer, ok := errors.AsType[*atlassian.Error](err)
			if !ok {
				t.Fatalf("%T: %v", err, err)
			}
			if diff := cmp.Diff(tt.want, answer.Messages); diff != "" {
				t.Errorf("messages (-want +got):\n%s", diff)
			}
			e := told(t, err)
			for _, said := range tt.want {
				if !strings.Contains(e.Message, said) {
					t.Errorf("%q is not in the message %q", said, e.Message)
				}
			}
			if says := strings.Contains(e.Message, "Atlassian says: "); says != (len(tt.want) > 0) {
				t.Errorf("message %q", e.Message)
			}
			if e.Status != tt.status || strings.Contains(e.Developer, "wrong") {
				t.Errorf("status %d, developer message %q", e.Status, e.Developer)
			}
		})
	}
}

func TestErrorTextIsBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("wrong ", 20_000)
	many, fields := []string{}, anything{}
	for i := range 500 {
		many = append(many, fmt.Sprint(i, strings.Repeat("y", 400)))
		fields[fmt.Sprint("field", i)] = strings.Repeat("z", 400)
	}
	for name, body := range map[string]string{
		"one message":     mustJSON(anything{"message": strings.Repeat(long, 10)}), // 1.2 MB
		"one without end": `{"message":"` + long,
		"several":         mustJSON(anything{"errorMessages": []string{long, long}, "title": long}),
		"many":            mustJSON(anything{"errorMessages": many}),
		"many fields":     mustJSON(anything{"errors": fields}),
		"a long name":     mustJSON(anything{"errors": anything{long: "x"}}),
		"wide characters": mustJSON(anything{"message": "x" + strings.Repeat("日", 50_000)}),
		"only markup":     mustJSON(anything{"message": strings.Repeat("<b>", 50_000)}),
		"deep":            `{"errors":` + strings.Repeat(`{"a":`, 5000) + `"x"` + strings.Repeat("}", 5000) + "}",
		"deep lists":      `{"errors":` + strings.Repeat(`[`, 5000) + strings.Repeat("]", 5000) + "}",
		"too deep":        strings.Repeat(`[`, 1<<17),
		"blank":           strings.Repeat(" ", 1<<20),
	} {
		s := onSite(t, always(400, body, "Atl-Traceid", long))
		err := read(t.Context(), s)
		e := told(t, err)
		if n := len(e.Message); n > 1200 {
			t.Errorf("%s: a message of %d bytes", name, n)
		}
		if n := len(shown(e)); n > 2000 {
			t.Errorf("%s: %d bytes are shown", name, n)
		}
		if n := len(err.Error()); n > 7000 {
			t.Errorf("%s: an error of %d bytes", name, n)
		}
		if !utf8.ValidString(shown(e)) {
			t.Errorf("%s: not valid UTF-8", name)
		}
	}
}

// statusOf is what protocol §5.5 says about every status.
func statusOf(status int) (kind tool.Kind, retry bool) {
	switch {
	case status == 401 || status == 403:
		return tool.KindUpstreamAuth, false
	case status == 404:
		return tool.KindUpstreamNotFound, false
	case status == 429:
		return tool.KindUpstreamRateLimit, true
	case status/100 == 4:
		return tool.KindUpstreamBadRequest, false
	case status >= 500:
		return tool.KindUpstreamServer, true
	}
	return tool.KindUpstreamUnmapped, false
}

func TestEveryStatus(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for status := 300; status <= 620; status++ {
			s := onSite(t, always(status, "")) // one for each: a site that always fails is asked no more
			kind, retry := statusOf(status)
			for _, op := range []struct {
				name string
				do   func(context.Context, *atlassian.Site) error
			}{{"GET " + issuePath, read}, {"POST /rest/api/3/issue", write}} {
				writes := strings.HasPrefix(op.name, "POST")
				e := told(t, op.do(t.Context(), s))
				want := &tool.Error{Kind: kind, Status: status, CanRetry: retry && (!writes || status < 500)}
				got := &tool.Error{Kind: e.Kind, Status: e.Status, CanRetry: e.CanRetry}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%d to %s (-want +got):\n%s", status, op.name, diff)
				}
				phrase := http.StatusText(status)
				if phrase == "" {
					phrase = "Unknown Status"
				}
				class := map[int]string{3: "redirection", 4: "client error", 5: "server error", 6: "response"}[status/100]
				if want := fmt.Sprintf("Upstream HTTP request failed (%s, %s).", phrase, class); !strings.HasPrefix(e.Message, want) {
					t.Errorf("%d: message %q, want %q", status, e.Message, want)
				}
				if (e.After != nil) != (status == 429) {
					t.Errorf("%d: wait %v", status, e.After)
				}
				method, path, _ := strings.Cut(op.name, " ")
				extra := map[string]string{"service": "atlassian", "endpoint": "https://gateway.test" + prefix + "/ex/jira/{cloudId}" + path, "http_method": method}
				if diff := cmp.Diff(extra, e.Extra); diff != "" {
					t.Errorf("%d: extra (-want +got):\n%s", status, diff)
				}
				if want := fmt.Sprintf("%s answered %d", op.name, status); e.Developer != want {
					t.Errorf("developer message %q, want %q", e.Developer, want)
				}
			}
		}
	})
}

const issuePath = "/rest/api/3/issue/{issueIdOrKey}"

func TestRequestID(t *testing.T) {
	t.Parallel()
	for _, words := range []string{"GET /issue/x", "t\u202e <i>2\x00b", "a b", "ä", strings.Repeat("x", 101)} { // may be what the request said
		if e := told(t, read(t.Context(), onSite(t, always(400, "", "atl-traceid", words)))); e.Extra["request_id"] != "" || strings.Contains(e.Developer, "(request") {
			t.Errorf("%q: %q, developer message %q", words, e.Extra["request_id"], e.Developer)
		}
	}
	for want, headers := range map[string][]string{
		"":        nil,
		"t1":      {"atl-traceid", "t1", "atl-request-id", "r1", "x-arequestid", "a1"},
		"r1":      {"atl-request-id", "r1", "x-arequestid", "a1"},
		"a1":      {"x-arequestid", "a1"},
		"1-a_b.C": {"atl-traceid", "1-a_b.C"},
	} {
		s := onSite(t, always(400, "", headers...))
		e := told(t, read(t.Context(), s))
		if e.Extra["request_id"] != want || strings.Contains(e.Developer, "(request "+want+")") != (want != "") {
			t.Errorf("%v: %q, developer message %q", headers, e.Extra["request_id"], e.Developer)
		}
	}
}

func TestMissingScopes(t *testing.T) {
	t.Parallel()
	const mismatch = `{"code":401,"message":"Unauthorized; scope does not match"}`
	board := atlassian.Get[struct{}, anything]("/rest/agile/1.0/board", "read:board-scope:jira-software", "read:project:jira")
	tests := []struct {
		name    string
		granted string
		missing string
	}{
		{"one of two", "read:jira-work read:project:jira", "read:board-scope:jira-software"},
		{"both", "read:jira-work", "read:board-scope:jira-software read:project:jira"},
		{"none, the list is old", "read:board-scope:jira-software read:project:jira", "read:board-scope:jira-software read:project:jira"},
	}
	for _, status := range []int{401, 403} {
		for _, tt := range tests {
			c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: &gateway{
				t: t, rows: []row{rowOf(acmeID, "Acme", "https://acme.atlassian.net", tt.granted)}, product: always(status, mismatch),
			}})
			s, err := c.User(newCall(secret), []tool.Operation{readIssue, board}).Site(t.Context(), atlassian.Jira, "")
			if err != nil {
				t.Fatal(err)
			}
			_, err = board.Do(t.Context(), s, struct{}{})
			e := told(t, err)
			if e.Kind != tool.KindUpstreamAuth || e.CanRetry || e.Status != status {
				t.Errorf("%s: %s, can_retry %v", tt.name, e.Kind, e.CanRetry)
			}
			if e.Extra["missing_scopes"] != tt.missing || e.Extra["operation"] != board.Name() {
				t.Errorf("%s: extra %v", tt.name, e.Extra)
			}
			if !strings.Contains(e.Message, board.Name()) || !strings.Contains(e.Message, tt.missing) || !strings.Contains(e.Prompt, tt.missing) {
				t.Errorf("%s: message %q, prompt %q", tt.name, e.Message, e.Prompt)
			}
			if strings.Contains(e.Message, "expired") {
				t.Errorf("%s: message %q", tt.name, e.Message)
			}
		}
	}
}

func TestRefusalsAreToldApart(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status          int
		body            string
		message, prompt string
	}{
		{401, `{"code":401,"message":"Unauthorized"}`, "expired or was revoked", "authorize Atlassian again"},
		{403, `{"code":403,"message":"The app is not installed on this instance"}`, "does not cover this site", "another site"},
		{403, `{"errorMessages":["You may not see it."]}`, "lacks a permission in Atlassian. Atlassian says: You may not see it.", "administrator"},
		{404, `{"errorMessages":["No issue."]}`, "does not exist, or the user may not see it. Atlassian says: No issue.", ""},
		{404, `{"timestamp":1,"status":404,"error":"Not Found","message":"x","path":"/ex/jira/x"}`, "gateway does not know the address", ""},
		{410, `{"errorMessages":["The API has been removed."]}`, "removed this operation", ""},
	}
	for _, tt := range tests {
		s := onSite(t, always(tt.status, tt.body))
		e := told(t, read(t.Context(), s))
		if !strings.Contains(e.Message, tt.message) || !strings.Contains(e.Prompt, tt.prompt) || (e.Prompt == "") != (tt.prompt == "") {
			t.Errorf("%d %s: message %q, prompt %q", tt.status, tt.body, e.Message, e.Prompt)
		}
	}
}

func TestQuotaIsNamed(t *testing.T) {
	t.Parallel()
	for reason, quota := range map[string]bool{
		"jira-quota-global-based": true, "jira-quota-tenant-based": true, "confluence-quota-global-based": true, "Confluence-Quota-Tenant-Based": true,
		"jira-burst-based": false, "": false,
	} {
		synctest.Test(t, func(t *testing.T) {
			e := failure(t, always(429, `{"errorMessages":["Slow down."],"errors":{},"status":429}`, "RateLimit-Reason", reason, "Retry-After", "1800"))
			if strings.Contains(e.Message, "hourly quota") != quota || !strings.Contains(e.Message, "Retry after 1800 second(s).") || !strings.Contains(e.Message, "Slow down.") {
				t.Errorf("%q: %s", reason, e.Message)
			}
		})
	}
}

// What is told of a refusal without a time is how long the policy waits then.
func TestRefusalWithoutATimeTellsThePolicys(t *testing.T) {
	t.Parallel()
	for reason, want := range map[string]time.Duration{"": time.Second, "jira-burst-based": time.Second, "jira-quota-global-based": time.Minute, "jira-quota-tenant-based": time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			s := onSite(t, always(429, "", "RateLimit-Reason", reason))
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond) // no time to repeat it
			defer cancel()
			refused := told(t, read(ctx, s))
			kept := told(t, read(ctx, s))
			if refused.After == nil || *refused.After != want || kept.After == nil || *kept.After != want {
				t.Errorf("%q: after %v, and then %v, want %v", reason, refused.After, kept.After, want)
			}
		})
	}
}

// FuzzErrorBody holds that no body, status or header can make an error that is
// long, dirty or fatal.
func FuzzErrorBody(f *testing.F) {
	for i, body := range []string{
		`{"errorMessages":["a"],"errors":{"b":"c"},"status":400}`, `{"message":"m"}`, `{"error":{"message":"m"}}`, `{"title":"t","detail":"d"}`,
		`{"errors":[{"status":"400","code":"C","title":"T","detail":"D"}]}`, `{"statusCode":400,"data":{"errors":[]},"message":"m"}`,
		`{"code":401,"message":"Unauthorized; scope does not match"}`, `{"code":403,"message":"The app is not installed on this instance"}`,
		`{"timestamp":1,"status":404,"path":"/"}`, "<html>", "", "\xff\x00", `{"errors":{"a":{"b":["c"]}}}`, `{"message":"\ud800<b>"}`, `[[[[["x"]]]]]`,
	} {
		f.Add([]byte(body), []int{400, 401, 403, 404, 429}[i%5], "1.5")
	}
	f.Fuzz(func(t *testing.T, body []byte, status int, header string) {
		status = 300 + (status%200+200)%200 // none of these is waited for but 429, which has a quota here
		// A site of its own, since a quota closes it to what comes next.
		err := read(t.Context(), onSite(t, func(*http.Request) (*http.Response, error) {
			return answer(status, string(body), "Retry-After", header, "Atl-Traceid", header, "X-RateLimit-Limit", header, "RateLimit-Reason", "quota"), nil
		}))
		e := told(t, err)
		text := e.Message + e.Developer + e.Prompt + e.Extra["request_id"] + err.Error()
		if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("unclean: %q", text)
		}
		if len(e.Message) > 1200 || len(err.Error()) > 7000 || len(e.Extra["request_id"]) > 110 {
			t.Errorf("%d, %d and %d bytes", len(e.Message), len(err.Error()), len(e.Extra["request_id"]))
		}
		kind, _ := statusOf(status)
		if e.Kind != kind && (status != 403 || e.Kind != tool.KindUpstreamRateLimit) {
			t.Errorf("%d is %s", status, e.Kind)
		}
		if e.After != nil && *e.After < 0 {
			t.Errorf("waits %s", *e.After)
		}
	})
}

// Errors use the tool's names, and those about an input are told as such.
func TestFieldsInErrors(t *testing.T) {
	t.Parallel()
	op := atlassian.Get[keyed, anything]("/i/{issueIdOrKey}").Fields(map[string]string{"issuetype": "issue_type", "fixVersions": "fix_versions"})
	for _, tt := range []struct {
		status int
		body   string
		kind   tool.Kind
		want   string
	}{
		{400, `{"errorMessages":[],"errors":{"issuetype":"is required","fixVersions":"Unknown."}}`, tool.KindBadInput, "Invalid input: fix_versions, issue_type. Atlassian says: fix_versions: Unknown.; issue_type: is required"},
		{400, `{"errors":{"summary":"is required"}}`, tool.KindUpstreamBadRequest, "Upstream HTTP request failed (Bad Request, client error). Atlassian says: summary: is required"},
		{400, `{"errors":{"other":{"issuetype":"odd"}}}`, tool.KindUpstreamBadRequest, "Upstream HTTP request failed (Bad Request, client error). Atlassian says: other: issuetype: odd"},
		{409, `{"errors":{"issuetype":"changed"}}`, tool.KindUpstreamBadRequest, "Upstream HTTP request failed (Conflict, client error). Atlassian says: issue_type: changed"},
	} {
		_, err := answered(t, op, tt.status, tt.body)
		if e := told(t, err); e.Kind != tt.kind || e.Message != tt.want || e.CanRetry || (tt.kind == tool.KindBadInput) != strings.Contains(e.Prompt, "issue_type") {
			t.Errorf("%d %s: %s %q %q", tt.status, tt.body, e.Kind, e.Message, e.Prompt)
		}
	}
}
