package worker

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/tool"
)

// callRequest is Arcade's ToolCallRequest (protocol §4.1). Unknown members are
// ignored, so that newer Engines keep working.
type callRequest struct {
	RunID       string
	ExecutionID string
	CreatedAt   string
	Tool        toolReference
	Inputs      jsontext.Value // raw: only the tool's schema can judge it
	Context     callContext
}

type toolReference struct {
	Name    *string `json:"name"`
	Toolkit *string `json:"toolkit"`
	Version string  `json:"version"` // null and absent are ""
}

type callContext struct {
	Authorization struct {
		Token    string                    `json:"token"`
		UserInfo map[string]jsontext.Value `json:"user_info"`
	} `json:"authorization"`
	Secrets  []keyValue `json:"secrets"`
	Metadata []keyValue `json:"metadata"`
	UserID   string     `json:"user_id"`
}

type keyValue struct {
	Key   *string `json:"key"`
	Value *string `json:"value"`
}

// byKey hands over what the Engine sent, by key in lower case. Keys are compared
// without case; the first of several counts (protocol §4.1).
func byKey[V any](list []keyValue, value func(string) V) map[string]V {
	items := make(map[string]V, len(list))
	for _, item := range list {
		key := strings.ToLower(*item.Key)
		if _, ok := items[key]; !ok {
			items[key] = value(*item.Value)
		}
	}
	return items
}

// decodeCall reads a request. Its error says which member is wrong and is safe
// to show: it never quotes a value.
//
// The top level is read token by token because inputs may hold a key twice,
// which is the model's mistake and answered like its other ones, while the
// envelope is the Engine's and must be unambiguous.
func decodeCall(body []byte) (*callRequest, error) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowDuplicateNames(true)) // a Buffer is not copied
	if dec.PeekKind() != '{' {
		return nil, errors.New("the body must be a JSON object")
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, errors.New("the body is not valid JSON")
	}
	var req callRequest
	targets := map[string]any{
		"run_id": &req.RunID, "execution_id": &req.ExecutionID, "created_at": &req.CreatedAt,
		"tool": &req.Tool, "inputs": &req.Inputs, "context": &req.Context,
	}
	seen := map[string]bool{}
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return nil, errors.New("the body is not valid JSON")
		}
		key := name.String()
		value, err := dec.ReadValue()
		if err != nil {
			return nil, errors.New("the body is not valid JSON")
		}
		target, known := targets[key]
		if !known {
			continue
		}
		if seen[key] {
			return nil, fmt.Errorf("member %q is given twice", key)
		}
		seen[key] = true
		if raw, ok := target.(*jsontext.Value); ok {
			end := dec.InputOffset()
			*raw = body[end-int64(len(value)) : end : end]
		} else if err := json.Unmarshal(value, target); err != nil {
			return nil, memberError(key, err)
		}
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, errors.New("the body is not valid JSON")
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errors.New("the body goes on after the JSON object")
	}
	return &req, req.check()
}

func memberError(key string, err error) error {
	if e, ok := errors.AsType[*json.SemanticError](err); ok {
		return fmt.Errorf("member %q has a value of the wrong type at %q", key, key+string(e.JSONPointer))
	}
	return fmt.Errorf("member %q is ambiguous or not valid JSON", key)
}

func (r *callRequest) check() error {
	if r.Tool.Name == nil || r.Tool.Toolkit == nil {
		return errors.New("tool.name and tool.toolkit are required strings")
	}
	if k := r.Inputs.Kind(); len(r.Inputs) > 0 && k != '{' && k != 'n' {
		return errors.New("inputs must be an object or null")
	}
	for _, list := range [][]keyValue{r.Context.Secrets, r.Context.Metadata} {
		for _, item := range list {
			if item.Key == nil || item.Value == nil {
				return errors.New("every item of context.secrets and context.metadata needs the strings key and value")
			}
		}
	}
	return nil
}

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
