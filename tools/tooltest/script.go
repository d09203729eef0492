package tooltest

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// scripted is one answer that a case gives instead of the service.
type scripted struct {
	// Request is method and operation template, or method and path as
	// Toolkit.Path cuts it: "GET /rest/api/3/issue/{issueIdOrKey}".
	Request string `json:"request"`
	// Skip lets the service answer so many such requests first.
	Skip int `json:"skip"`
	// Times is how many requests are answered; 0 is one, -1 all that follow.
	Times  int               `json:"times"`
	Status int               `json:"status"` // 0 is 200
	Header map[string]string `json:"header"`
	Body   jsontext.Value    `json:"body"` // JSON, or
	Text   string            `json:"text"` // anything else
	Delay  string            `json:"delay"`
	// Cut breaks the connection instead of answering.
	Cut bool `json:"cut"`

	delay    time.Duration
	answered int
}

// script is the scripted answers of a case in one run. It is guarded by its
// upstream.
type script struct {
	answers []*scripted
	// operation and path are the names by which answers know an exchange.
	operation, path func(*Exchange) string
}

func parseScript(raw []byte) ([]scripted, error) {
	if raw == nil {
		return nil, nil
	}
	var answers []scripted
	if err := json.Unmarshal(raw, &answers, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("scripted.json: %w", err)
	}
	for i, a := range answers {
		if a.Delay == "" {
			continue
		}
		d, err := time.ParseDuration(a.Delay)
		if err != nil {
			return nil, fmt.Errorf("scripted.json: %w", err)
		}
		answers[i].delay = d
	}
	return answers, nil
}

// start makes the script of one run.
func (b *battery) start(answers []scripted) *script {
	s := &script{
		operation: b.operation,
		path: func(x *Exchange) string {
			if b.Path == nil {
				return x.Path
			}
			return b.Path(x.Path)
		},
	}
	for _, a := range answers {
		s.answers = append(s.answers, &a)
	}
	return s
}

// answer is what answers x in the service's place, or nil.
func (s *script) answer(x *Exchange) http.Handler {
	if s == nil {
		return nil
	}
	i := slices.IndexFunc(s.answers, func(a *scripted) bool {
		if a.Request != s.operation(x) && a.Request != x.Method+" "+s.path(x) {
			return false
		}
		if a.Skip > 0 {
			a.Skip--
			return false
		}
		return a.Times < 0 || a.answered < max(a.Times, 1)
	})
	if i < 0 {
		return nil
	}
	s.answers[i].answered++
	return s.answers[i]
}

// unused lists the answers that no request asked for.
func (s *script) unused() (problems []string) {
	if s == nil {
		return nil
	}
	for _, a := range s.answers {
		if a.answered == 0 {
			problems = append(problems, fmt.Sprintf("the scripted answer to %s was not asked for", a.Request))
		}
	}
	return problems
}

func (a *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !wait(r.Context(), a.delay) {
		return
	}
	if a.Cut {
		panic(http.ErrAbortHandler)
	}
	body := []byte(a.Text)
	if a.Body != nil {
		body = a.Body
		w.Header().Set("Content-Type", "application/json")
	}
	for name, value := range a.Header {
		w.Header().Set(name, value)
	}
	if a.Status != 0 {
		w.WriteHeader(a.Status)
	}
	_, _ = w.Write(body) // the client may have left
}
