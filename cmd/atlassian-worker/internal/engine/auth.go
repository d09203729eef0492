package engine

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Requirement is what a user is asked to agree to: scopes of an OAuth
// provider. ID is needed when the Engine has several providers of the type.
type Requirement struct {
	ID           string      `json:"id,omitzero"`
	ProviderID   string      `json:"provider_id,omitzero"`
	ProviderType string      `json:"provider_type,omitzero"`
	OAuth2       OAuth2Scope `json:"oauth2,omitzero"`
}

// OAuth2Scope is the part of a Requirement that is OAuth's.
type OAuth2Scope struct {
	Scopes []string `json:"scopes,omitzero"`
}

// Status is how far an authorization has come.
type Status string

// What the Engine says of an authorization.
const (
	NotStarted Status = "not_started"
	Pending    Status = "pending"
	Completed  Status = "completed"
	Failed     Status = "failed"
)

// Authorization is a user's agreement, given or not yet.
type Authorization struct {
	ID     string   `json:"id"`
	Status Status   `json:"status"`
	URL    string   `json:"url"` // where the user agrees
	Scopes []string `json:"scopes"`
	// Context has the user's token once the authorization is completed.
	Context struct {
		Token string `json:"token"`
	} `json:"context"`
}

// Authorize begins an authorization, or finds the one that was completed
// before.
func (c *Client) Authorize(ctx context.Context, userID string, r Requirement) (a Authorization, err error) {
	request := struct {
		Requirement Requirement `json:"auth_requirement"`
		UserID      string      `json:"user_id"`
	}{r, userID}
	err = c.do(ctx, answerTime, "POST /v1/auth/authorize", http.MethodPost, "/v1/auth/authorize", request, &a)
	return a, err
}

// longestWait is how long one request for a status waits. The Engine allows 59
// seconds; Arcade's clients ask for 45.
const longestWait = 45 * time.Second

// AuthStatus returns the authorization when it has changed, or as it is after
// 45 seconds.
func (c *Client) AuthStatus(ctx context.Context, id string) (a Authorization, err error) {
	query := url.Values{"id": {id}, "wait": {strconv.Itoa(int(longestWait.Seconds()))}}
	err = c.do(ctx, longestWait+answerTime, "GET /v1/auth/status", http.MethodGet, "/v1/auth/status?"+query.Encode(), nil, &a)
	return a, err
}
