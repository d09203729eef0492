package confluence

import (
	"net/http"
	"strings"

	"arcade-atlassian/tools/sandbox/internal/service"
)

// v1 is what is left of version 1 of Confluence's API. Its content and spaces are gone for OAuth tokens:
// version 2 has them (facts §15).
var v1 = Service.Add(service.API{
	Document: "confluence-v1",
	Fault:    faultV1,
	Removed:  []string{"/wiki/rest/api/content", "/wiki/rest/api/space"},
	Gone:     "com.atlassian.confluence.api.service.exceptions.GoneException: This deprecated endpoint has been removed.",
})

// errorV1 is the body of every refusal by version 1 (facts §5).
type errorV1 struct {
	StatusCode int         `json:"statusCode"`
	Data       errorDataV1 `json:"data"`
	Message    string      `json:"message"`
}

type errorDataV1 struct {
	Authorized bool     `json:"authorized"`
	Valid      bool     `json:"valid"`
	Errors     []string `json:"errors"`
	Successful bool     `json:"successful"`
}

func faultV1(status int, messages ...string) service.Reply {
	return service.Reply{Status: status, Body: errorV1{
		StatusCode: status,
		Data:       errorDataV1{Authorized: status != http.StatusForbidden, Valid: status != http.StatusBadRequest},
		Message:    strings.Join(messages, " "),
	}}
}
