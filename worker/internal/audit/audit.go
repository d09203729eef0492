// Package audit writes a line of JSON for each call of a tool that writes: who
// called which tool, what it changed and how it ended, and nothing of what was
// written.
package audit

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/metric"

	"arcade-atlassian/tools/tool"
)

// Log writes lines. Nil writes none.
type Log struct {
	to      io.Writer
	failing zerolog.Logger
	lost    atomic.Int64
	counter metric.Int64Counter
}

// New returns the log of a writer, or nil without one. Each line is one Write,
// and calls that end at the same time write at the same time. What cannot be
// written is counted, and told to log.
func New(to io.Writer, log zerolog.Logger, meter metric.Meter) (*Log, error) {
	if to == nil {
		return nil, nil //nolint:nilnil // nil is the log that writes nothing
	}
	counter, err := meter.Int64Counter("worker.audit.lost", metric.WithUnit("{line}"),
		metric.WithDescription("Lines of the audit log that could not be written"))
	if err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	return &Log{to: to, failing: log.Sample(&zerolog.BurstSampler{Burst: 1, Period: 10 * time.Second}), counter: counter}, nil
}

// Call is who called what. ExecutionID and UserID are empty where the protocol
// has none.
type Call struct {
	Protocol    string // arcade or mcp
	ExecutionID string
	UserID      string
	Tool        *tool.Tool
	Start       time.Time
}

// The outcomes of a call.
const (
	// success is of a call whose answer says that it did what was asked.
	success = "success"
	// unverified is a success of which the tool could not read everything back.
	unverified = "unverified"
	// failed is of a call that changed nothing.
	failed = "failed"
	// failedAfterChange is of a call that changed something, but not all.
	failedAfterChange = "failed_after_change"
	// unknown is of a call that may have changed something.
	unknown = "unknown"
	// replayed is of a call that was made before, and was given that answer.
	replayed = "replayed"
)

type line struct {
	Time        string      `json:"time"`
	Protocol    string      `json:"protocol"`
	ExecutionID string      `json:"execution_id,omitzero"`
	UserID      string      `json:"user_id,omitzero"`
	Tool        string      `json:"tool"`
	Version     string      `json:"version"`
	Site        string      `json:"site,omitzero"`
	Objects     []object    `json:"objects"`
	LeftOut     int         `json:"objects_left_out,omitzero"`
	Operations  []operation `json:"operations"`
	Outcome     string      `json:"outcome"`
	ErrorKind   tool.Kind   `json:"error_kind,omitzero"`
	DurationMS  float64     `json:"duration_ms"`
}

type object struct {
	Type string `json:"type"`
	ID   string `json:"id,omitzero"`
	Key  string `json:"key,omitzero"`
}

type operation struct {
	Operation string            `json:"operation"`
	Outcome   tool.WriteOutcome `json:"outcome"`
}

// Ended writes the line of a call that has ended; failure is nil after a
// success. Tools that only read have none.
func (l *Log) Ended(c Call, inv *tool.Invocation, failure *tool.Error) {
	if l == nil || c.Tool.ReadOnly() {
		return
	}
	record := inv.Record()
	out := newLine(c, outcomeOf(record, inv.Overdue(), failure))
	if failure != nil {
		out.ErrorKind = failure.Kind
	}
	if isCloudID(record.Site) {
		out.Site = record.Site
	}
	out.LeftOut = record.LeftOut
	for _, o := range record.Objects {
		named := object{Type: o.Type}
		if isID(o.ID) {
			named.ID = o.ID
		}
		if isKey(o.Key) {
			named.Key = o.Key
		}
		if named.ID == "" && named.Key == "" {
			out.LeftOut++
			continue
		}
		out.Objects = append(out.Objects, named)
	}
	for _, w := range record.Writes {
		out.Operations = append(out.Operations, operation(w))
	}
	l.write(out)
}

// Replayed writes the line of a call that was answered as the same call before.
func (l *Log) Replayed(c Call) {
	if l != nil {
		l.write(newLine(c, replayed))
	}
}

func newLine(c Call, outcome string) line {
	now := time.Now()
	return line{
		Time:     now.UTC().Format("2006-01-02T15:04:05.000Z07:00"),
		Protocol: c.Protocol, ExecutionID: clip(c.ExecutionID, 100), UserID: clip(c.UserID, 320), // as long as an email address can be
		Tool: c.Tool.FullName(), Version: c.Tool.Toolkit.Version,
		Objects: []object{}, Operations: []operation{},
		Outcome: outcome, DurationMS: float64(now.Sub(c.Start).Microseconds()) / 1000,
	}
}

// outcomeOf errs on the side of what may have happened: a failure that told the
// caller that it is not known whether a change was made is unknown here too.
func outcomeOf(r tool.Record, overdue bool, failure *tool.Error) string {
	switch {
	case failure == nil && r.Changed && r.Unverified:
		return unverified
	case failure == nil:
		return success
	case r.Changed:
		return failedAfterChange
	case r.Unknown, overdue, strings.Contains(failure.Prompt, tool.UnknownOutcome):
		return unknown
	}
	return failed
}

// What may stand in a line: nothing that could be a sentence. Keys of projects are
// at most ten characters long unless an administrator allows more.
var (
	isCloudID = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`).MatchString
	isNumber  = regexp.MustCompile(`^[0-9]{1,20}$`).MatchString
	issueKey  = regexp.MustCompile(`^[A-Z][A-Z0-9_]*-[0-9]{1,20}$`)
)

func isID(s string) bool { return isNumber(s) || isCloudID(s) }

func isKey(s string) bool { return len(s) <= 64 && issueKey.MatchString(s) }

// write writes a line. The call was made, so it is answered whatever comes of it.
func (l *Log) write(out line) {
	data, err := json.Marshal(out, json.Deterministic(true))
	if err == nil {
		_, err = l.to.Write(append(data, '\n'))
	}
	if err != nil {
		l.counter.Add(context.Background(), 1)
		l.failing.Error().Err(err).Int64("lost", l.lost.Add(1)).Msg("a line of the audit log could not be written")
	}
}

// clip cuts what came with a request.
func clip(s string, limit int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= limit {
		return s
	}
	for s = s[:limit]; !utf8.ValidString(s); {
		s = s[:len(s)-1]
	}
	return s + "…"
}
