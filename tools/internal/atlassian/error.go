package atlassian

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/tool"
)

// Error is an answer of Atlassian that is not a success.
type Error struct {
	Op        string // the operation's name, without values
	Write     bool
	Status    int
	Messages  []string       // Atlassian's own words, cleaned and bounded
	After     *time.Duration // how long Atlassian asks to wait
	RequestID string         // for Atlassian's support
	Missing   []string       // scopes the token lacks for the operation
	endpoint  string         // the address without values
	limited   bool           // refused for its rate, whatever the status
	quota     bool           // an hourly quota, which waiting within a call does not refill
	scope     bool           // the gateway says that a scope is missing
	uninstall bool           // the gateway says that the grant does not cover the site
	gateway   bool           // the gateway does not know the address
}

// Error names operation, status and Atlassian's words.
func (e *Error) Error() string {
	return fmt.Sprintf("%s: status %d: %s", e.Op, e.Status, strings.Join(e.Messages, "; "))
}

// newError reads an answer's headers and body.
func newError(o *op, res *http.Response, body []byte) *Error {
	e := &Error{
		Op: o.Name(), Write: !o.reads, Status: res.StatusCode,
		RequestID: clean(cmp.Or(res.Header.Get("Atl-Traceid"), res.Header.Get("Atl-Request-Id"), res.Header.Get("X-Arequestid")), 100),
		limited:   res.StatusCode == http.StatusTooManyRequests || res.StatusCode == http.StatusForbidden && isRateLimit(res.Header),
		quota:     strings.Contains(strings.ToLower(res.Header.Get("RateLimit-Reason")), "quota"),
	}
	if e.limited || res.StatusCode >= 500 {
		e.After = retryAfter(res.Header, time.Now())
	}
	e.readBody(body)
	return e
}

// explain adds what the session knows: which scopes the grant lacks.
func (e *Error) explain(s *session) {
	if e.Status != http.StatusUnauthorized && e.Status != http.StatusForbidden {
		return
	}
	// The grant may have changed since the sites were listed.
	s.client.sites.Invalidate(s.tokenHash())
	if !e.scope {
		return
	}
	i := slices.IndexFunc(s.uses, func(u tool.Operation) bool { return u.Name() == e.Op })
	if i < 0 {
		return
	}
	needed := s.uses[i].Scopes()
	e.Missing = slices.DeleteFunc(slices.Clone(needed), func(scope string) bool { return slices.Contains(s.granted, scope) })
	if len(e.Missing) == 0 { // the list of sites was older than the grant
		e.Missing = needed
	}
}

// ToolError words the answer for the caller (protocol §5.5), with Atlassian's
// own words behind the standard sentence: they are what a call is mended with.
func (e *Error) ToolError() *tool.Error {
	out := &tool.Error{
		Status:    e.Status,
		Developer: fmt.Sprintf("%s answered %d", e.Op, e.Status),
		Extra:     map[string]string{"service": "atlassian", "endpoint": e.endpoint, "http_method": strings.Fields(e.Op)[0]},
		Err:       e,
	}
	if e.RequestID != "" {
		out.Extra["request_id"] = e.RequestID
		out.Developer += " (request " + e.RequestID + ")"
	}
	class := map[int]string{1: "informational", 2: "response", 3: "redirection", 4: "client error", 5: "server error"}[e.Status/100]
	out.Message = fmt.Sprintf("Upstream HTTP request failed (%s, %s).", cmp.Or(http.StatusText(e.Status), "Unknown Status"), class)
	switch {
	case e.limited:
		e.tellRateLimit(out)
	case e.Status == http.StatusUnauthorized, e.Status == http.StatusForbidden:
		e.tellRefusal(out)
	case e.Status == http.StatusNotFound:
		out.Kind = tool.KindUpstreamNotFound
		if e.gateway {
			out.Message += " Atlassian's gateway does not know the address; the site may not have this product."
		} else {
			out.Message += " It does not exist, or the user may not see it."
		}
	case e.Status == http.StatusGone:
		out.Kind = tool.KindUpstreamBadRequest
		out.Message += " Atlassian has removed this operation; the tool needs an update."
	case e.Status/100 == 4:
		out.Kind = tool.KindUpstreamBadRequest
	case e.Status/100 == 5:
		out.Kind = tool.KindUpstreamServer
		out.After = e.After
		out.CanRetry = !e.Write // a failed write may have been carried out
	default:
		out.Kind = tool.KindUpstreamUnmapped
	}
	if said := e.said(); said != "" {
		out.Message += " Atlassian says: " + said
	}
	return out
}

func (e *Error) tellRateLimit(out *tool.Error) {
	out.Kind, out.CanRetry, out.Status = tool.KindUpstreamRateLimit, true, http.StatusTooManyRequests
	if e.Status != out.Status {
		out.Extra["upstream_status"] = fmt.Sprint(e.Status)
	}
	out.After = e.After
	if out.After == nil {
		out.After = new(time.Second) // the reference's answer to a missing header
	}
	if seconds := int(out.After.Seconds()); seconds > 0 {
		out.Message += fmt.Sprintf(" Retry after %d second(s).", seconds)
	} else {
		out.Message += " Rate limit encountered."
	}
	if e.quota {
		out.Message += " The hourly quota is used up."
	}
}

func (e *Error) tellRefusal(out *tool.Error) {
	out.Kind = tool.KindUpstreamAuth
	out.Prompt = "The user has to authorize Atlassian again. Repeating the call does not help."
	switch {
	case len(e.Missing) > 0:
		missing := strings.Join(e.Missing, " ")
		out.Message += fmt.Sprintf(" The token lacks the scope that %s needs: %s.", e.Op, missing)
		out.Prompt = "The user has to authorize Atlassian again, with the scope " + missing + ". Repeating the call does not help."
		out.Extra["operation"], out.Extra["missing_scopes"] = e.Op, missing
	case e.uninstall:
		out.Message += " The authorization does not cover this site."
		out.Prompt = "Use another site, or have the user authorize this one."
	case e.Status == http.StatusUnauthorized:
		out.Message += " The token has expired or was revoked."
	default:
		out.Message += " The user lacks a permission in Atlassian."
		out.Prompt = "Ask the user, or an administrator of the site, for the permission. Repeating the call does not help."
	}
}

// said is Atlassian's messages as one bounded text.
func (e *Error) said() string {
	const limit = 1000
	said := strings.Join(e.Messages, "; ")
	return clean(said, limit)
}

// readBody finds the messages in the shapes of facts §5. What is not JSON,
// such as an HTML page, says nothing to a model.
func (e *Error) readBody(body []byte) {
	var b struct {
		ErrorMessages []string                  `json:"errorMessages"`
		Errors        jsontext.Value            `json:"errors"`
		Message       jsontext.Value            `json:"message"`
		Error         jsontext.Value            `json:"error"`
		Title         jsontext.Value            `json:"title"`
		Detail        jsontext.Value            `json:"detail"`
		Path          jsontext.Value            `json:"path"`
		Timestamp     jsontext.Value            `json:"timestamp"`
		Data          map[string]jsontext.Value `json:"data"`
	}
	lenient := json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if err := json.Unmarshal(body, &b, lenient); err != nil && b.Message == nil && b.Errors == nil && b.ErrorMessages == nil {
		return
	}
	message := plain(b.Message)
	e.scope = strings.Contains(message, "scope does not match")
	e.uninstall = strings.Contains(message, "not installed on this instance")
	e.gateway = e.Status == http.StatusNotFound && len(b.Timestamp) > 0 && len(b.Path) > 0
	e.say(b.ErrorMessages...)
	e.sayErrors(b.Errors, lenient)
	if !e.scope && !e.uninstall && !e.gateway {
		e.say(message, plain(b.Error), plain(b.Title), plain(b.Detail))
	}
}

// sayErrors reads the member "errors": Jira's object of field messages or
// Confluence's list of objects.
func (e *Error) sayErrors(raw jsontext.Value, lenient json.Options) {
	switch raw.Kind() {
	case '{':
		var fields map[string]jsontext.Value
		if json.Unmarshal(raw, &fields, lenient) == nil {
			names := make([]string, 0, len(fields))
			for name := range fields {
				names = append(names, name)
			}
			slices.Sort(names)
			for _, name := range names {
				e.say(name + ": " + plain(fields[name]))
			}
		}
	case '[':
		var items []struct {
			Code   jsontext.Value `json:"code"`
			Title  jsontext.Value `json:"title"`
			Detail jsontext.Value `json:"detail"`
		}
		if json.Unmarshal(raw, &items, lenient) == nil {
			for _, item := range items {
				e.say(cmp.Or(plain(item.Title), plain(item.Code)), plain(item.Detail))
			}
		}
	}
}

// say adds messages, each once, unless they only name the status.
func (e *Error) say(messages ...string) {
	const most, each = 20, 300
	for _, m := range messages {
		m = clean(m, each)
		if m != "" && m != http.StatusText(e.Status) && len(e.Messages) < most && !slices.Contains(e.Messages, m) {
			e.Messages = append(e.Messages, m)
		}
	}
}

// plain is a JSON string's text, or "" for anything else.
func plain(v jsontext.Value) string {
	if v.Kind() != '"' {
		return ""
	}
	s, err := jsontext.AppendUnquote(nil, v)
	if err != nil {
		return ""
	}
	return string(s)
}

var markup = regexp.MustCompile(`<[^<>]{0,200}>`)

// clean makes text from outside fit to be shown: without markup, control and
// invisible characters, with single blanks, at most limit bytes.
func clean(s string, limit int) string {
	s = s[:min(len(s), 4*limit)] // what comes after is cut anyway
	s = markup.ReplaceAllString(strings.ToValidUTF8(s, ""), " ")
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if len(s) <= limit {
		return s
	}
	s = s[:limit]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s + "…"
}
