package atlassian

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"arcade-atlassian/tools/internal/upstream"
	"arcade-atlassian/tools/tool"
)

// Unsent is a request that was not sent, because of what earlier requests of
// this worker have shown or because too many are under way.
type Unsent struct {
	Op       string
	Refusal  *upstream.Refusal
	endpoint string // the address without values
}

// unsent words why the policy did not let a request go.
func (s *session) unsent(o *op, err error) error {
	if refusal, ok := errors.AsType[*upstream.Refusal](err); ok {
		return &Unsent{o.name, refusal, s.endpoint(o)}
	}
	e := &NoAnswer{Op: o.name, Write: o.writes(), Reason: canceled, Err: err, endpoint: s.endpoint(o), unsent: true}
	if errors.Is(err, context.DeadlineExceeded) {
		e.Reason = timedOut
	}
	return e
}

// Error names operation and reason.
func (e *Unsent) Error() string { return fmt.Sprintf("%s: %v", e.Op, e.Refusal) }

// Unwrap returns the policy's refusal.
func (e *Unsent) Unwrap() error { return e.Refusal }

// ToolError words the refusal for the caller. Nothing was sent, so that even a
// write may be repeated.
func (e *Unsent) ToolError() *tool.Error {
	r := e.Refusal
	out := &tool.Error{
		Kind: tool.KindUpstreamRateLimit, Status: http.StatusTooManyRequests,
		CanRetry: true, After: new(r.After), Developer: e.Error(), Err: e,
		Extra: map[string]string{"service": "atlassian", "endpoint": e.endpoint, "operation": e.Op, "http_method": strings.Fields(e.Op)[0]},
	}
	var why string
	switch r.Reason {
	case upstream.Down:
		why = fmt.Sprintf("%d requests to the site have failed in a row, within %s", r.Failures, max(r.Within.Round(time.Second), time.Second))
		if r.Status == 0 {
			out.Kind, out.Status = tool.KindNetworkUnreachable, 0
			why += ", the last one without an answer"
		} else {
			out.Kind, out.Status = tool.KindUpstreamServer, r.Status
			why += fmt.Sprintf(", the last one with %d (%s)", r.Status, cmp.Or(http.StatusText(r.Status), "Unknown Status"))
		}
	case upstream.SiteBusy:
		why = fmt.Sprintf("too many requests to the site are under way or waiting (the worker's limit is %d)", r.Limit)
	case upstream.TokenBusy:
		why = fmt.Sprintf("too many requests of this user to the site are under way or waiting (the worker's limit is %d)", r.Limit)
	case upstream.SiteQuota:
		why = "Atlassian has said that the site's hourly quota is used up"
	case upstream.AppQuota:
		why = "Atlassian has said that the hourly quota of this app is used up"
	case upstream.ObjectBurst:
		why = "Atlassian has asked to wait with changes of this issue"
	case upstream.Burst, upstream.BurstOfAll:
		why = "Atlassian has asked to wait with requests of this sort"
	}
	out.Message = "The request was not sent: " + why + "."
	if seconds := int(r.After.Seconds()); seconds > 0 {
		out.Message += fmt.Sprintf(" Retry after %d second(s).", seconds)
	}
	return out
}

// slow is after what time a request without an answer is the site's failure and
// not the impatience of the call.
const slow = 10 * time.Second

// outcomeOf is what a request has shown about the site.
func outcomeOf(err error, took time.Duration) upstream.Outcome {
	if err == nil {
		return upstream.Outcome{Health: upstream.Healthy}
	}
	if e, ok := errors.AsType[*Error](err); ok {
		switch {
		case e.limited:
			wait := time.Duration(-1)
			if e.After != nil {
				wait = *e.After
			}
			return upstream.Outcome{Limited: true, Reason: e.reason, Wait: wait}
		case e.redirected:
			return upstream.Outcome{Health: upstream.Healthy}
		case e.Status >= 500:
			return upstream.Outcome{Health: upstream.Failed, Status: e.Status}
		case e.Status == http.StatusUnauthorized: // the gateway's answer to the token says nothing about the site
			return upstream.Outcome{}
		}
		return upstream.Outcome{Health: upstream.Healthy}
	}
	if e, ok := errors.AsType[*NoAnswer](err); ok && !e.redirected {
		switch {
		case e.Reason == unreachable, e.Reason == broken, e.Reason == timedOut && took >= slow:
			return upstream.Outcome{Health: upstream.Failed}
		case e.Reason == tooLarge:
			return upstream.Outcome{Health: upstream.Healthy}
		}
	}
	return upstream.Outcome{}
}
