package atlassian

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/internal/text"
	"arcade-atlassian/tools/internal/upstream"
	"arcade-atlassian/tools/tool"
)

// Error is an answer of Atlassian that is not a success.
type Error struct {
	Op        string // the operation's name, without values
	Write     bool
	Status    int
	Messages  []string        // Atlassian's own words, cleaned and bounded
	After     *time.Duration  // how long Atlassian asks to wait
	RequestID string          // for Atlassian's support
	Missing   []string        // scopes the token lacks for the operation
	endpoint  string          // the address without values
	limited   bool            // refused for its rate, whatever the status
	reason    upstream.Reason // for which the rate was limited
	scope     bool            // the gateway says that a scope is missing
	uninstall bool            // the gateway says that the grant does not cover the site
	gateway   bool            // the gateway does not know the address
	// redirected says that it was not the gateway that answered but the host
	// to which it sent the request.
	redirected bool
	// parameters are the tool's names for Atlassian's fields; about lists those
	// that the answer is about.
	parameters   map[string]string
	about        []string
	withoutToken func(string) string // hides the token in a text
}

// Error names operation, status and Atlassian's words.
func (e *Error) Error() string {
	return fmt.Sprintf("%s: status %d: %s", e.Op, e.Status, strings.Join(e.Messages, "; "))
}

// newError reads an answer's headers and body. What repeats the token is shown
// without it.
func newError(o *op, res *http.Response, body []byte, token tool.Token) *Error {
	e := &Error{
		Op: o.Name(), Write: o.writes(), Status: res.StatusCode,
		limited:      res.StatusCode == http.StatusTooManyRequests || res.StatusCode == http.StatusForbidden && isRateLimit(res.Header),
		reason:       limitReason(res.Header),
		parameters:   o.parameters,
		withoutToken: func(s string) string { return strings.ReplaceAll(s, token.Reveal(), token.String()) },
	}
	id := e.readable(cmp.Or(res.Header.Get("Atl-Traceid"), res.Header.Get("Atl-Request-Id"), res.Header.Get("X-Arequestid")), 100)
	if requestID.MatchString(id) {
		e.RequestID = id
	}
	switch {
	case e.limited:
		e.After = retryAfter(res.Header, time.Now())
	case res.StatusCode >= 500: // when a quota is refilled has nothing to do with it
		e.After = retryAfter(http.Header{"Retry-After": res.Header["Retry-After"], "Date": res.Header["Date"]}, time.Now())
	}
	if values, _ := measure(body); values <= maxValues {
		e.readBody(body)
	}
	return e
}

// requestID is what an ID of a request looks like. It is logged, where the words
// that something in between may put in its place could be inputs.
var requestID = regexp.MustCompile(`^[0-9A-Za-z_.-]+$`)

// readable is text of an answer fit for a message. The token is looked for
// before anything is cut, and again in what cleaning makes of the text.
func (e *Error) readable(s string, limit int) string {
	const most = 64 << 10
	return text.Clip(e.withoutToken(text.Line(e.withoutToken(s), most)), limit)
}

// explain adds what the session knows: which scopes the grant lacks. sent is
// when the refused request was.
func (e *Error) explain(s *session, sent time.Time) {
	if e.limited || e.redirected {
		return
	}
	// These say that the list of sites is not what the grant is now. A 403 for
	// want of a permission says nothing about it.
	if (e.Status == http.StatusUnauthorized || e.scope || e.uninstall) && e.Op != accessibleResources.Name() {
		s.forgetSites(sent)
	}
	if !e.scope {
		return
	}
	i := slices.IndexFunc(s.uses, func(u tool.Operation) bool { return u.Name() == e.Op })
	if i < 0 {
		return
	}
	needed := s.uses[i].Scopes()
	granted := strings.Fields(s.granted)
	e.Missing = slices.DeleteFunc(slices.Clone(needed), func(scope string) bool { return slices.Contains(granted, scope) })
	if len(e.Missing) == 0 { // the list of sites was older than the grant
		e.Missing = needed
	}
}

// isSiteFailure reports whether an operation failed for a reason that lies in
// the site it was sent to, so that another site of the same user may answer:
// the app is not installed there, the user may not use it, or it is gone.
func isSiteFailure(err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.limited || e.scope {
		return false
	}
	return e.uninstall || slices.Contains([]int{http.StatusForbidden, http.StatusNotFound, http.StatusGone}, e.Status)
}

// IsNotFound reports whether Atlassian answered that something is not there,
// which it also says of what the user may not see. What is outside of the
// operator's boundaries is not there either.
func IsNotFound(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Status == http.StatusNotFound || errors.Is(err, errOutside)
}

// ToolError words the answer for the caller (protocol §5.5), with Atlassian's
// own words behind the standard sentence: they are what a call is mended with.
func (e *Error) ToolError() *tool.Error {
	out := tool.StatusError(e.Status, e.Write)
	out.Developer = fmt.Sprintf("%s answered %d", e.Op, e.Status)
	out.Extra = map[string]string{"service": "atlassian", "endpoint": e.endpoint, "http_method": strings.Fields(e.Op)[0]}
	out.Err = e
	if e.RequestID != "" {
		out.Extra["request_id"] = e.RequestID
		out.Developer += " (request " + e.RequestID + ")"
	}
	switch {
	case e.limited:
		e.wordRateLimit(out)
	case e.redirected && e.Status/100 == 4:
		out.Kind, out.CanRetry = tool.KindUpstreamUnmapped, true
		out.Message += " Atlassian gave an address for the content and its host refused it; such an address is valid for a short time only."
		out.Prompt = "Make the call again: Atlassian then gives another address."
	case e.Status == http.StatusUnauthorized, e.Status == http.StatusForbidden:
		e.wordRefusal(out)
	case e.Status == http.StatusNotFound:
		if e.gateway {
			out.Message += " Atlassian's gateway does not know the address; the site may not have this product."
		} else {
			out.Message += " It does not exist, or the user may not see it."
		}
	case e.Status == http.StatusGone:
		out.Message += " Atlassian has removed this operation; the tool needs an update."
	case e.Status == http.StatusBadRequest && len(e.about) > 0:
		out.Kind = tool.KindBadInput
		out.Message = "Invalid input: " + strings.Join(e.about, ", ") + "."
		out.Prompt = "Correct " + strings.Join(e.about, ", ") + " and call again."
	case e.Status >= 500:
		out.After = e.After
	}
	if len(e.Messages) > 0 {
		const limit = 1000
		out.Message += " Atlassian says: " + text.Line(strings.Join(e.Messages, "; "), limit)
	}
	return out
}

func (e *Error) wordRateLimit(out *tool.Error) {
	out.Kind, out.CanRetry, out.Status = tool.KindUpstreamRateLimit, true, http.StatusTooManyRequests
	if e.Status != out.Status {
		out.Extra["upstream_status"] = strconv.Itoa(e.Status)
	}
	out.After = e.After
	if out.After == nil {
		out.After = new(e.reason.Unsaid()) // a second, as the reference answers to a missing header, but after a quota
	}
	if seconds := int(out.After.Seconds()); seconds > 0 {
		out.Message += fmt.Sprintf(" Retry after %d second(s).", seconds)
	} else {
		out.Message += " Rate limit encountered."
	}
	if e.reason.Quota() {
		out.Message += " The hourly quota is used up."
	}
}

func (e *Error) wordRefusal(out *tool.Error) {
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

// readBody finds the messages in the shapes of facts §5. What is not JSON,
// such as an HTML page, says nothing to a model.
func (e *Error) readBody(body []byte) {
	// No member has a type, so that none of another type hides the rest.
	var b struct {
		ErrorMessages jsontext.Value `json:"errorMessages"`
		Errors        jsontext.Value `json:"errors"`
		Message       jsontext.Value `json:"message"`
		Error         jsontext.Value `json:"error"`
		Title         jsontext.Value `json:"title"`
		Detail        jsontext.Value `json:"detail"`
		Path          jsontext.Value `json:"path"`
		Timestamp     jsontext.Value `json:"timestamp"`
	}
	_ = json.Unmarshal(body, &b, lenient) // what precedes a mistake is worth reading
	message := plain(b.Message)
	e.scope = strings.Contains(message, "scope does not match")
	e.uninstall = strings.Contains(message, "not installed on this instance")
	e.gateway = e.Status == http.StatusNotFound && len(b.Timestamp) > 0 && len(b.Path) > 0
	e.addAll("", b.ErrorMessages, 0)
	if b.Errors.Kind() == '[' {
		for _, item := range list(b.Errors) {
			e.addItem(item)
		}
	} else {
		e.addAll("", b.Errors, 0)
	}
	if !e.scope && !e.uninstall && !e.gateway {
		e.add(message)
		e.addItem(b.Error)
		e.add(plain(b.Title), plain(b.Detail))
	}
}

// addItem reads an error that is an object, as Confluence's are, or a text.
func (e *Error) addItem(v jsontext.Value) {
	var item struct {
		Code    jsontext.Value `json:"code"`
		Title   jsontext.Value `json:"title"`
		Message jsontext.Value `json:"message"`
		Detail  jsontext.Value `json:"detail"`
	}
	if json.Unmarshal(v, &item, lenient) == nil {
		e.add(cmp.Or(plain(item.Title), plain(item.Message), plain(item.Code)), plain(item.Detail))
	} else {
		e.addAll("", v, 0)
	}
}

// addAll reads every text in v, each behind the names that lead to it: Jira's
// messages for fields.
func (e *Error) addAll(label string, v jsontext.Value, depth int) {
	const deepest = 4
	switch {
	case v.Kind() == '"' && strings.TrimSpace(plain(v)) != "":
		e.add(label + plain(v))
	case v.Kind() == '[' && depth < deepest:
		for _, item := range list(v) {
			e.addAll(label, item, depth+1)
		}
	case v.Kind() == '{' && depth < deepest:
		var members map[string]jsontext.Value
		_ = json.Unmarshal(v, &members, lenient) // readBody has seen that it is JSON
		for _, name := range slices.Sorted(maps.Keys(members)) {
			known := name
			if param, ok := e.parameters[name]; ok && depth == 0 {
				known = param
				e.about = append(e.about, param)
			}
			e.addAll(label+known+": ", members[name], depth+1)
		}
	}
}

// add adds messages, each once, unless they only name the status.
func (e *Error) add(messages ...string) {
	const most, each = 20, 300
	for _, m := range messages {
		if len(e.Messages) == most {
			return
		}
		m = e.readable(m, each)
		if m != "" && m != http.StatusText(e.Status) && !slices.Contains(e.Messages, m) {
			e.Messages = append(e.Messages, m)
		}
	}
}

// list is a JSON array's items, or nil for anything else.
func list(v jsontext.Value) (items []jsontext.Value) {
	_ = json.Unmarshal(v, &items, lenient)
	return items
}

// plain is a JSON string's text, or "" for anything else.
func plain(v jsontext.Value) (text string) {
	if v.Kind() == '"' {
		_ = json.Unmarshal(v, &text, lenient)
	}
	return text
}
