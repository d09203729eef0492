// Package engine is the part of an Arcade Engine's API that this program asks
// for: authorizing a user, and registering a worker. What is sent and answered
// follows Arcade's own clients.
package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/go-json-experiment/json"
)

// DefaultURL is the Engine of Arcade Cloud.
const DefaultURL = "https://api.arcade.dev"

// Client asks one Engine on behalf of one project.
type Client struct {
	base string
	key  string
	http *http.Client
}

// New returns a client of the Engine at address, which identifies itself with
// an API key. An address that is not https is refused, unless it is on this
// machine: the key and users' tokens would be readable on the way.
func New(address, key string) (*Client, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("the Engine's address must be a URL of a scheme, a host and perhaps a path, such as " + DefaultURL)
	case u.Scheme != "https" && (u.Scheme != "http" || !onThisMachine(u.Hostname())):
		return nil, errors.New("the Engine's address must begin with https://, except on this machine: the API key and tokens are sent there")
	}
	return &Client{
		base: strings.TrimSuffix(u.String(), "/"),
		key:  key,
		http: &http.Client{
			// The key is for this address and no other.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

func onThisMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Error is an answer of the Engine that is not a success.
type Error struct {
	Operation string // method and path
	Status    int
	Message   string // the Engine's own words, cleaned and bounded; may be empty
}

// Error names the operation, the status and the Engine's words.
func (e *Error) Error() string {
	message := fmt.Sprintf("the Engine answers %s with status %d", e.Operation, e.Status)
	if e.Message != "" {
		message += ": " + e.Message
	}
	return message
}

// unanswered says that there was no answer, or only a part of one.
type unanswered struct{ error }

// Unwrap returns the reason.
func (u unanswered) Unwrap() error { return u.error }

// IsTransient reports whether the same request may succeed in a moment: nothing
// answered, or the Engine, or what stands before it, could not at that time.
func IsTransient(err error) bool {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Status == http.StatusRequestTimeout || e.Status == http.StatusTooManyRequests || e.Status >= 500
	}
	_, ok := errors.AsType[unanswered](err)
	return ok
}

// The bounds of one exchange.
const (
	maxAnswer  = 1 << 20
	answerTime = 30 * time.Second
)

// do sends in, if there is something to send, and reads out, if something is
// expected, within the time that the answer may take. name is the operation in
// messages: paths may hold identifiers.
func (c *Client) do(ctx context.Context, within time.Duration, name, method, path string, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	var body io.Reader = http.NoBody
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+c.key)
	req.Header.Set("Accept", "application/json")
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.http.Do(req)
	if err != nil {
		return unanswered{fmt.Errorf("the Engine at %s does not answer %s: %w", c.base, name, withoutURL(err))}
	}
	defer func() { _ = res.Body.Close() }() // it was only read
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return unanswered{fmt.Errorf("the Engine at %s breaks off its answer to %s: %w", c.base, name, err)}
	case len(raw) > maxAnswer:
		return fmt.Errorf("the Engine at %s answers %s with more than %d bytes", c.base, name, maxAnswer)
	case res.StatusCode < 200 || res.StatusCode > 299:
		var failure struct {
			Message string `json:"message"`
		}
		if json.Unmarshal(raw, &failure) != nil { // a page of something in between has no message
			failure.Message = ""
		}
		return &Error{Operation: name, Status: res.StatusCode, Message: c.printable(failure.Message)}
	case out == nil:
		return nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("what answers at %s is not an Arcade Engine: its answer to %s is not the JSON of one", c.base, name)
	}
	return nil
}

// printable makes the Engine's words fit for a terminal: one line of bounded
// length that does not repeat the key.
func (c *Client) printable(message string) string {
	const longest = 500
	message = strings.ReplaceAll(message, c.key, "[key]")
	line := []rune(strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return ' '
		}
		return r
	}, message))
	if len(line) > longest {
		line = append(line[:longest], '…')
	}
	return strings.TrimSpace(string(line))
}

// withoutURL leaves out the address, which holds the identifier of an
// authorization.
func withoutURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}
