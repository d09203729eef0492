package tooltest

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/tool"
)

// fault is one way in which a request fails.
type fault struct {
	name   string
	answer roundTrip
	kind   tool.Kind // protocol §5.5
	retry  bool      // a read may be repeated after it
	// harmless faults prove that the request did nothing, so that even a write
	// may be repeated.
	harmless bool
	// hollow faults are answers of success without what was asked for.
	hollow bool
	// brief faults are tried in every case, the others in the first.
	brief bool
	// large faults are tried once for each operation, with the first tool that
	// performs it: what they do to a tool any other fault does too.
	large bool
}

// roundTrip answers a request in the network's place.
type roundTrip func(*http.Request) (*http.Response, error)

func answer(status int, contentType, body string, headers ...string) roundTrip {
	return func(r *http.Request) (*http.Response, error) {
		res := &http.Response{
			StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
			Header:        http.Header{"Content-Type": {contentType}},
			Body:          io.NopCloser(strings.NewReader(body)),
			ContentLength: int64(len(body)),
		}
		for i := 0; i < len(headers); i += 2 {
			res.Header.Set(headers[i], headers[i+1])
		}
		return res, nil
	}
}

// broken answers 200 with size bytes of white space and then err.
func broken(size int64, err error) roundTrip {
	return func(r *http.Request) (*http.Response, error) {
		res, _ := answer(http.StatusOK, jsonType, "")(r)
		res.ContentLength = -1
		res.Body = io.NopCloser(io.MultiReader(io.LimitReader(blanks{}, size), failingReader{err}))
		return res, nil
	}
}

type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.err }

var spaces = strings.Repeat(" ", 64<<10)

type blanks struct{}

func (blanks) Read(p []byte) (int, error) {
	return copy(p, spaces), nil
}

const (
	jsonType = "application/json"
	page     = "<!DOCTYPE html><html><body><h1>Service unavailable</h1></body></html>"
)

// faults are the ways to fail that need nothing of the real answer.
func everyFault() []fault {
	return []fault{
		{name: "401", answer: answer(401, jsonType, `{"code":401,"message":"Unauthorized"}`), kind: tool.KindUpstreamAuth},
		{name: "403", answer: answer(403, jsonType, `{"errorMessages":["You lack a permission."],"errors":{}}`), kind: tool.KindUpstreamAuth, brief: true},
		{name: "403 not installed", answer: answer(403, jsonType, `{"code":403,"message":"The app is not installed on this instance"}`), kind: tool.KindUpstreamAuth},
		{name: "404", answer: answer(404, jsonType, `{"errorMessages":["It is not there."],"errors":{}}`), kind: tool.KindUpstreamNotFound},
		{name: "400", answer: answer(400, jsonType, `{"errorMessages":[],"errors":{"field":"It is wrong."}}`), kind: tool.KindUpstreamBadRequest},
		{name: "409", answer: answer(409, jsonType, `{"errorMessages":["It has changed."],"errors":{}}`), kind: tool.KindUpstreamBadRequest},
		{name: "410", answer: answer(410, jsonType, `{"errorMessages":["The requested API has been removed."]}`), kind: tool.KindUpstreamBadRequest},
		{name: "429 quota", answer: answer(429, jsonType, `{"errorMessages":["Slow down."]}`, "Retry-After", "1800", "RateLimit-Reason", "jira-quota-tenant-based"), kind: tool.KindUpstreamRateLimit, retry: true, harmless: true, brief: true},
		{name: "429 burst", answer: answer(429, "text/html", page, "Retry-After", "2"), kind: tool.KindUpstreamRateLimit, retry: true, harmless: true},
		{name: "500", answer: answer(500, jsonType, `{"message":"It broke."}`), kind: tool.KindUpstreamServer, retry: true},
		{name: "502", answer: answer(502, "text/html", page), kind: tool.KindUpstreamServer, retry: true},
		{name: "503 page", answer: answer(503, "text/html", page), kind: tool.KindUpstreamServer, retry: true, brief: true},
		{name: "302 to a login page", answer: answer(302, "text/html", page, "Location", "https://id.atlassian.com/login"), kind: tool.KindUpstreamUnmapped},
		{name: "200 page", answer: answer(200, "text/html", page), kind: tool.KindNetworkUnmapped, retry: true, hollow: true, brief: true},
		{name: "200 wrong shape", answer: answer(200, jsonType, `[[]]`), kind: tool.KindNetworkUnmapped, retry: true, hollow: true},
		{name: "200 {}", answer: answer(200, jsonType, `{}`), kind: tool.KindNetworkUnmapped, retry: true, hollow: true},
		{name: "200 null", answer: answer(200, jsonType, `null`), kind: tool.KindNetworkUnmapped, retry: true, hollow: true},
		{name: "200 []", answer: answer(200, jsonType, `[]`), kind: tool.KindNetworkUnmapped, retry: true, hollow: true},
		{name: "200 message", answer: answer(200, jsonType, `{"message":"Down for maintenance"}`), kind: tool.KindNetworkUnmapped, retry: true, hollow: true, brief: true},
		{name: "204", answer: answer(204, jsonType, ``), kind: tool.KindNetworkUnmapped, retry: true, hollow: true},
		{name: "207", answer: answer(207, jsonType, `{"message":"Some of it was done"}`), kind: tool.KindNetworkUnmapped, retry: true, hollow: true},
		{name: "cut", answer: broken(100, io.ErrUnexpectedEOF), kind: tool.KindNetworkUnreachable, retry: true, brief: true},
		{name: "50 MB", answer: broken(50<<20, io.EOF), kind: tool.KindNetworkUnmapped, large: true},
		{name: "reset", answer: func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
		}, kind: tool.KindNetworkUnreachable, retry: true},
		{name: "refused", answer: func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
		}, kind: tool.KindNetworkUnreachable, retry: true, harmless: true},
		{name: "never", answer: func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}, kind: tool.KindNetworkTimeout, retry: true},
	}
}

// status reports whether what is wrong is the status: a client may call it
// unmapped or the answer undecodable.
func (f fault) status() bool { return f.name == "204" || f.name == "207" }

// possible reports whether a hollow answer could be the right one to x.
func (f fault) possible(x *Exchange) bool {
	body := jsontext.Value(bytes.TrimSpace(x.Answer))
	switch f.name {
	case "200 []":
		return body.Kind() == '['
	case "200 {}":
		return string(body) == "{}"
	case "204":
		return len(body) == 0
	case "207":
		return x.Status == http.StatusMultiStatus
	}
	return false
}

const (
	// tooMany is more items than any page of a service holds.
	tooMany = 20_000
	// maxOutput is what a tool may return in bytes, whatever the service sends:
	// half of what Run lets through, so that no tool relies on that.
	maxOutput = tool.MaxOutput / 2
)

// flood answers like x with its first list of objects grown to tooMany items.
func flood(x *Exchange) (fault, bool) {
	grown, ok := grow(x.Answer)
	return fault{name: "too many items", answer: answer(http.StatusOK, jsonType, string(grown))}, ok
}

func grow(v jsontext.Value) (jsontext.Value, bool) {
	switch v.Kind() {
	case '[':
		var items []jsontext.Value
		if json.Unmarshal(v, &items) != nil || len(items) == 0 || items[0].Kind() != '{' {
			return nil, false
		}
		item := append(slices.Clone(items[0]), ',')
		grown := bytes.Repeat(item, min(tooMany, 1+(4<<20)/len(item)))
		grown[len(grown)-1] = ']'
		return append(jsontext.Value("["), grown...), true
	case '{':
		var members map[string]jsontext.Value
		if json.Unmarshal(v, &members) != nil {
			return nil, false
		}
		for _, name := range slices.Sorted(maps.Keys(members)) {
			if grown, ok := grow(members[name]); ok && members[name].Kind() == '[' {
				members[name] = grown
				return joined(members), true
			}
		}
	}
	return nil, false
}

// joined joins members without reading them, which matters when they are large.
func joined(members map[string]jsontext.Value) jsontext.Value {
	out := jsontext.Value("{")
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if len(out) > 1 {
			out = append(out, ',')
		}
		out, _ = jsontext.AppendQuote(out, name) // a name that was read is valid
		out = append(append(out, ':'), members[name]...)
	}
	return append(out, '}')
}

// faults makes every request of the successful cases fail in turn, while the
// service answers the others: of the first case in every way, of the others in the
// brief ones where they leave the way that a case before went through the
// operations, because until then the tool does the same.
func (b *battery) faults(t *testing.T) (problems []string) {
	ways, tried := map[string]bool{}, map[string]bool{}
	for i, c := range b.scenario.cases {
		if !c.succeeds() {
			continue
		}
		base := b.run(t, call{scenarioCase: c})
		if base.failure != nil {
			problems = append(problems, fmt.Sprintf("%s: nothing can be tried, it fails: %s", c.name, base.failure.Message))
			continue
		}
		way, count := "", map[string]int{}
		for _, x := range base.exchanges {
			key, operation := x.key(), b.operation(x)
			way += operation + "\n"
			from := count[key]
			count[key]++
			if ways[way] {
				continue
			}
			ways[way] = true
			large := b.leads[operation] && !tried[operation]
			tried[operation] = true
			faults := slices.DeleteFunc(everyFault(), func(f fault) bool {
				if f.large {
					return !large
				}
				return i > 0 && !f.brief
			})
			if i == 0 && (b.leads[operation] || !b.isCommon(x)) {
				if f, ok := flood(x); ok {
					faults = append(faults, f)
				}
			}
			for _, f := range faults {
				if f.possible(x) {
					continue
				}
				o := b.run(t, call{scenarioCase: c, fault: &injection{f, key, from}})
				for _, problem := range b.afterFault(c, f, x, base, o) {
					problems = append(problems, fmt.Sprintf("%s: %s fails with %s: %s", c.name, b.label(x), f.name, problem))
				}
			}
		}
	}
	return problems
}

func (b *battery) label(x *Exchange) string {
	if name := b.operation(x); name != "" {
		return name
	}
	return x.Method + " " + x.Path
}

// afterFault judges a run in which request x failed.
func (b *battery) afterFault(c *scenarioCase, f fault, x *Exchange, base, o outcome) (problems []string) {
	problem := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if !slices.ContainsFunc(o.attempts, func(a attempt) bool { return a.failed }) {
		problem("the request is not sent again: runs of the case differ")
		return problems
	}
	problems = append(problems, b.repeatedWrites(f, x, base, o)...)
	var written []*Exchange // what the service did in this run
	for _, y := range o.exchanges {
		if b.writes(y) && y.Status/100 == 2 {
			written = append(written, y)
		}
	}
	if o.failure == nil {
		operation := b.operation(x)
		tolerated := slices.ContainsFunc(c.tolerates[operation], func(name string) bool { return name == "*" || name == f.name })
		switch {
		case f.name == "too many items":
			if len(o.value) > maxOutput {
				problem("the output has %d bytes", len(o.value))
			}
		case tolerated, (len(written) > 0 || b.writes(x)) && unverified(o.value, base.value):
		default:
			problem("the tool succeeds: %.300s", o.value)
		}
		return append(problems, b.conforms(o.value)...)
	}
	if !b.isKind(f, x, o.failure.Kind) {
		problem("kind %s, want %s (%s)", o.failure.Kind, f.kind, o.failure.Message)
	}
	switch {
	case len(written) > 0:
		problems = append(problems, b.afterWrite(written, o)...)
	case b.writes(x) && !f.harmless:
		if o.failure.CanRetry {
			problem("can_retry, although the write may have happened")
		}
	case b.writes(x) && f.kind != tool.KindUpstreamRateLimit: // caution is no mistake
	case f.name == "too many items", f.status(), asksToMend(o.failure.Kind), f.hollow && b.isCommon(x):
	case o.failure.CanRetry != f.retry:
		problem("can_retry %v, want %v (%s)", o.failure.CanRetry, f.retry, o.failure.Message)
	}
	return append(problems, b.leaks(c, x, o.failure)...)
}

func (b *battery) isCommon(x *Exchange) bool { return slices.Contains(b.Common, b.operation(x)) }

// isKind reports whether a failure is told as what it was. A tool that looked
// something up may know better what a refusal means for its own inputs.
func (b *battery) isKind(f fault, x *Exchange, kind tool.Kind) bool {
	switch {
	case kind == tool.KindFatal:
		return false
	case kind == f.kind, f.name == "too many items", f.hollow && b.isCommon(x):
		return true
	case f.status():
		return kind == tool.KindUpstreamUnmapped
	case f.name == "302 to a login page": // a client that follows redirects refuses the address
		return kind == tool.KindNetworkUnmapped
	case f.name == "400" || f.name == "404" || f.name == "409" || f.hollow:
		return asksToMend(kind)
	}
	return false
}

// asksToMend reports whether an error asks for other inputs.
func asksToMend(kind tool.Kind) bool {
	return kind == tool.KindBadInput || kind == tool.KindContextRequired || kind == tool.KindRetry
}

// repeatedWrites finds writes that were sent more often than in the run
// without faults. Only a failure that proves that nothing happened allows it.
func (b *battery) repeatedWrites(f fault, x *Exchange, base, o outcome) (problems []string) {
	usual := map[string]int{}
	for _, a := range base.attempts {
		usual[a.Method+" "+a.Path]++
	}
	sent := map[string]int{}
	for _, a := range o.attempts {
		name := a.Method + " " + a.Path
		if !b.writes(&a.Exchange) || f.harmless && a.key == x.key() {
			continue
		}
		if sent[name]++; sent[name] == usual[name]+1 {
			problems = append(problems, fmt.Sprintf("the write %s %s is sent again", a.Method, b.label(&a.Exchange)))
		}
	}
	return problems
}

// afterWrite judges an error after something was changed: it must forbid to
// repeat the call and name what was changed.
func (b *battery) afterWrite(written []*Exchange, o outcome) (problems []string) {
	if o.failure.CanRetry || o.failure.After != nil {
		problems = append(problems, "can_retry after a successful write")
	}
	for _, change := range o.changes {
		if !strings.Contains(o.failure.Message, change) {
			problems = append(problems, fmt.Sprintf("the message does not name what was changed, %q: %s", change, o.failure.Message))
		}
	}
	for _, x := range written {
		var made struct {
			Key string         `json:"key"`
			ID  jsontext.Value `json:"id"`
		}
		if json.Unmarshal(x.Answer, &made) != nil || made.Key == "" && made.ID == nil {
			if len(o.changes) == 0 {
				problems = append(problems, fmt.Sprintf("the invocation does not know of the change by %s", b.label(x)))
			}
			continue
		}
		id := strings.Trim(string(made.ID), `"`)
		if (made.Key == "" || !strings.Contains(o.failure.Message, made.Key)) && (id == "" || !strings.Contains(o.failure.Message, id)) {
			problems = append(problems, fmt.Sprintf("the message names neither key %q nor id %q of what %s made: %s", made.Key, id, b.label(x), o.failure.Message))
		}
	}
	return problems
}

// leaks finds in an error what must stay here (protocol §5.8).
func (b *battery) leaks(c *scenarioCase, x *Exchange, e *tool.Error) (problems []string) {
	hidden := map[string]string{"query": x.Query}
	if token := b.tokenOf(call{scenarioCase: c}); len(token) > 8 { // shorter ones are words
		hidden["token"] = token
	}
	for key, value := range b.secretsOf(c) {
		hidden["secret "+key] = value
	}
	texts := append(slices.Collect(maps.Values(e.Extra)), e.Message, e.Developer, e.Prompt, e.Stack)
	for name, value := range hidden {
		if value != "" && slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(text, value) }) {
			problems = append(problems, "the error shows the "+name)
		}
	}
	return problems
}
