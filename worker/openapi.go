package worker

import (
	_ "embed" // for openapi.json
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/schema"
	"arcade-atlassian/tools/tool"
)

// PathOpenAPI describes the routes and the inputs of every tool to those who
// have the worker's token. It is no part of Arcade's protocol.
const PathOpenAPI = "/openapi.json"

// openAPIJSON is the OpenAPI document without what follows from the catalog.
//
//go:embed openapi.json
var openAPIJSON []byte

// describe is the OpenAPI document of a catalog.
func describe(c *tool.Catalog) ([]byte, error) {
	var doc struct {
		OpenAPI    string            `json:"openapi"`
		Info       map[string]string `json:"info"`
		Paths      jsontext.Value    `json:"paths"`
		Security   jsontext.Value    `json:"security"`
		Components map[string]parts  `json:"components"`
	}
	if err := json.Unmarshal(openAPIJSON, &doc, json.RejectUnknownMembers(true)); err != nil {
		return nil, err
	}
	for _, t := range c.Tools() {
		inputs, err := t.InputSchema()
		if err != nil {
			return nil, err
		}
		doc.Components["schemas"][t.FullName()] = inputs
		doc.Info["version"] = t.Toolkit.Version
	}
	return schema.Encode(doc)
}

// parts are the components of one kind, by name.
type parts map[string]jsontext.Value

func (s *Server) openAPI(w http.ResponseWriter, _ *http.Request) {
	body, err := describe(s.catalog)
	if err != nil {
		s.options.Log.Error().Err(err).Msg("the OpenAPI document cannot be made")
		respondDetail(w, http.StatusInternalServerError, "Internal Server Error")
		return
	}
	respond(w, http.StatusOK, body)
}
