package service

import (
	"mime"
	"net/http"
	"net/url"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/sandbox/internal/state"
)

// Call is one request that passed the gateway.
type Call struct {
	API    *API
	State  *state.State
	Site   *state.Site
	User   *state.Person
	Path   string            // within the site, still escaped
	Vars   map[string]string // path parameters, unescaped
	Query  url.Values
	Header http.Header
	Body   []byte
	// Gateway is the site's address at the gateway, where Jira says that things are found.
	Gateway string
	Media   string // the address of the host that keeps files
}

// Refuse answers as the API refuses a request.
func (c *Call) Refuse(status int, messages ...string) Reply { return c.API.Fault(status, messages...) }

// ID is a path parameter as an identifier, or 0 when it is none.
func (c *Call) ID(name string) int64 {
	id, err := strconv.ParseInt(c.Vars[name], 10, 64)
	if err != nil {
		return 0
	}
	return id
}

// Decode reads the JSON of a request's body into v. The reply is nil, or refuses the request: the body
// is not called JSON, is not JSON of this shape, or has a member that the operation does not know.
func (c *Call) Decode(v any) *Reply {
	media, _, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		re := c.Refuse(http.StatusUnsupportedMediaType, http.StatusText(http.StatusUnsupportedMediaType))
		return &re
	}
	if err := json.Unmarshal(c.Body, v, json.RejectUnknownMembers(true)); err != nil || jsontext.Value(c.Body).Kind() == 'n' {
		re := c.Refuse(http.StatusBadRequest, "Invalid request payload. Refer to the REST API documentation and try again.")
		return &re
	}
	return nil
}

// Decimal spells an identifier: they are numbers here and text on the wire.
func Decimal(id int64) string { return strconv.FormatInt(id, 10) }
