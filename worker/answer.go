package worker

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/tool"
)

// callResponse is Arcade's ToolCallResponse (protocol §4.3). Every key is
// always written.
type callResponse struct {
	ExecutionID string     `json:"execution_id"`
	FinishedAt  string     `json:"finished_at"`
	Duration    float64    `json:"duration"` // milliseconds
	Success     bool       `json:"success"`
	Output      callOutput `json:"output"`
}

// encode cannot fail on text that a tool made out of somebody else's bytes:
// an answer after a side effect must not become a 500.
func (r *callResponse) encode() ([]byte, error) {
	return json.Marshal(r, jsontext.AllowInvalidUTF8(true),
		json.FormatNilSliceAsNull(true), json.FormatNilMapAsNull(true), json.Deterministic(true))
}

type callOutput struct {
	Value                 jsontext.Value `json:"value"`
	Logs                  []callLog      `json:"logs"`
	Error                 *callError     `json:"error"`
	RequiresAuthorization *struct{}      `json:"requires_authorization"` // the Engine's business, always null here
}

type callLog struct {
	Message string  `json:"message"`
	Level   string  `json:"level"`
	Subtype *string `json:"subtype"`
}

// callError is Arcade's ToolCallError (protocol §5.1).
type callError struct {
	Message                 string            `json:"message"`
	Kind                    tool.Kind         `json:"kind"`
	DeveloperMessage        *string           `json:"developer_message"`
	CanRetry                bool              `json:"can_retry"`
	AdditionalPromptContent *string           `json:"additional_prompt_content"`
	RetryAfterMS            *int64            `json:"retry_after_ms"`
	Stacktrace              *string           `json:"stacktrace"`
	StatusCode              *int              `json:"status_code"`
	Extra                   map[string]string `json:"extra"`
}

// errorClasses are the exception names that the reference puts in front of
// messages (protocol §5.3).
var errorClasses = map[tool.Kind]string{
	tool.KindBadInput:           "ToolInputError",
	tool.KindBadOutput:          "ToolOutputError",
	tool.KindRetry:              "RetryableToolError",
	tool.KindContextRequired:    "ContextRequiredToolError",
	tool.KindFatal:              "FatalToolError",
	tool.KindUpstreamBadRequest: "UpstreamError",
	tool.KindUpstreamAuth:       "UpstreamError",
	tool.KindUpstreamNotFound:   "UpstreamError",
	tool.KindUpstreamServer:     "UpstreamError",
	tool.KindUpstreamUnmapped:   "UpstreamError",
	tool.KindUpstreamRateLimit:  "UpstreamRateLimitError",
	tool.KindNetworkTimeout:     "NetworkTransportError",
	tool.KindNetworkUnreachable: "NetworkTransportError",
	tool.KindNetworkUnmapped:    "NetworkTransportError",
}

// newCallError words an error for the wire: with the prefix of protocol §5.4
// on both messages.
func newCallError(t *tool.Tool, e *tool.Error) *callError {
	prefix := fmt.Sprintf("[%s] %s during execution of tool '%s': ", e.Kind, errorClasses[e.Kind], t.FunctionName())
	out := &callError{
		Message:                 prefix + e.Message,
		Kind:                    e.Kind,
		CanRetry:                e.CanRetry,
		AdditionalPromptContent: text(e.Prompt),
		Stacktrace:              text(e.Stack),
		Extra:                   e.Extra,
	}
	if e.Message == "" {
		out.Message = prefix + "(no details provided)"
	}
	if e.Developer != "" {
		out.DeveloperMessage = text(prefix + e.Developer)
	}
	if e.After != nil {
		out.RetryAfterMS = new(max(0, e.After.Milliseconds()))
	}
	if e.Status != 0 {
		out.StatusCode = &e.Status
	}
	return out
}

func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// timestamp is RFC 3339 in UTC with microseconds.
func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z07:00") }

// milliseconds keeps microsecond precision.
func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
