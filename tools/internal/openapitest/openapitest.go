// Package openapitest holds requests and answers to Atlassian's OpenAPI
// documents, as far as Atlassian itself keeps to them. Only tests use it: those
// of the client and those of the sandbox, which share no other code.
package openapitest

import (
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// Load reads a document and lets it take what Atlassian sends and the document
// does not say: any field of an issue may be null, a type that was translated
// has the name it had before, content at the root of a space has no parent, and
// the type of a file may have no name for people (facts §13). The two forms of a
// page's body, of which one has to fit, are kept apart: as they are written,
// every body fits both.
func Load(path string) (*openapi3.T, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	doc := new(openapi3.T)
	if err := doc.UnmarshalJSON(raw); err != nil { // the loader would read it as YAML, which takes longer
		return nil, err
	}
	if err := openapi3.NewLoader().ResolveRefsIn(doc, nil); err != nil || doc.Components == nil {
		return doc, err
	}
	for _, schema := range doc.Components.Schemas {
		for _, name := range []string{"parentId", "mediaTypeDescription"} {
			if property, some := schema.Value.Properties[name]; some {
				property.Value.Nullable = true
			}
		}
		for _, property := range schema.Value.Properties {
			if more := property.Value.AdditionalProperties.Schema; more != nil && more.Ref == "" && more.Value.Type == nil {
				more.Value.Nullable = true
			}
		}
	}
	for _, name := range []string{"IssueTypeDetails", "IssueTypeIssueCreateMetadata"} {
		if schema, some := doc.Components.Schemas[name]; some {
			schema.Value.Properties["untranslatedName"] = openapi3.NewStringSchema().NewRef()
		}
	}
	if schema, some := doc.Components.Schemas["ParentContentType"]; some {
		schema.Value.Nullable, schema.Value.Enum = true, append(schema.Value.Enum, nil)
	}
	for _, name := range []string{"PageBodyWrite", "PageNestedBodyWrite"} {
		if schema, some := doc.Components.Schemas[name]; some {
			schema.Value.WithoutAdditionalProperties()
		}
	}
	return doc, nil
}

// Fits checks decoded JSON against a schema, formats included. Jira calls its
// own spelling of a moment, with no colon in the offset, a date-time.
func Fits(schema *openapi3.Schema, body any, as openapi3.SchemaValidationOption) error {
	return schema.VisitJSON(body, as,
		openapi3.MultiErrors(), openapi3.EnableFormatValidation(),
		// A priority scheme is sent with isDefault, which its document reserves for requests.
		openapi3.DisableWriteOnlyValidation(),
		openapi3.WithStringFormatValidators(map[string]openapi3.StringFormatValidator{
			"date-time": openapi3.NewCallbackValidator(isMoment),
			"uri":       openapi3.NewCallbackValidator(isAddress),
			"uuid":      openapi3.NewRegexpFormatValidator(openapi3.FormatOfStringForUUIDOfRFC4122),
		}))
}

func isMoment(s string) error {
	if _, err := time.Parse("2006-01-02T15:04:05.000-0700", s); err == nil {
		return nil
	}
	_, err := time.Parse(time.RFC3339, s)
	return err
}

func isAddress(s string) error {
	u, err := url.Parse(s)
	if err == nil && !u.IsAbs() {
		err = fmt.Errorf("%q is not absolute", s)
	}
	return err
}
