package richtext_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schemaFile returns Atlassian's published ADF schema. It is not part of the
// repository: without it the test is skipped, except in CI, where it has to be
// there.
func schemaFile(tb testing.TB) string {
	tb.Helper()
	dir := os.Getenv("ATLASSIAN_OPENAPI_DIR")
	if dir == "" {
		dir = filepath.Join("..", "..", ".openapi")
	}
	file := filepath.Join(dir, "adf-schema-v1.json")
	if _, err := os.Stat(file); err != nil {
		if os.Getenv("CI") == "true" {
			tb.Fatalf("the ADF schema is required in CI: %v (set ATLASSIAN_OPENAPI_DIR)", err)
		}
		tb.Skipf("no ADF schema: %v (set ATLASSIAN_OPENAPI_DIR)", err)
	}
	return file
}

var compileSchema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	dir := os.Getenv("ATLASSIAN_OPENAPI_DIR")
	if dir == "" {
		dir = filepath.Join("..", "..", ".openapi")
	}
	b, err := os.ReadFile(filepath.Join(dir, "adf-schema-v1.json"))
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("adf.json", doc); err != nil {
		return nil, err
	}
	return c.Compile("adf.json")
})

// adfSchema returns the compiled schema.
func adfSchema(tb testing.TB) *jsonschema.Schema {
	tb.Helper()
	schemaFile(tb)
	s, err := compileSchema()
	if err != nil {
		tb.Fatalf("compile the ADF schema: %v", err)
	}
	return s
}

// invalid returns why a document does not obey the schema, or nil.
func invalid(s *jsonschema.Schema, adf []byte) error {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(adf))
	if err != nil {
		return err
	}
	return s.Validate(v)
}

// pretty lays ADF out with one node per line, indented by nesting.
func pretty(tb testing.TB, adf []byte) string {
	tb.Helper()
	dec := jsontext.NewDecoder(bytes.NewReader(adf))
	var b strings.Builder
	if err := prettyValue(&b, dec, "\n"); err != nil {
		tb.Fatalf("lay out %s: %v", adf, err)
	}
	return b.String() + "\n"
}

func prettyValue(b *strings.Builder, dec *jsontext.Decoder, indent string) error {
	if dec.PeekKind() != '{' {
		v, err := dec.ReadValue()
		b.Write(v)
		return err
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	b.WriteByte('{')
	for first := true; dec.PeekKind() != '}'; first = false {
		if !first {
			b.WriteByte(',')
		}
		name, err := dec.ReadValue()
		if err != nil {
			return err
		}
		b.Write(name)
		b.WriteByte(':')
		if string(name) != `"content"` || dec.PeekKind() != '[' {
			v, err := dec.ReadValue()
			if err != nil {
				return err
			}
			b.Write(v)
			continue
		}
		if _, err := dec.ReadToken(); err != nil {
			return err
		}
		b.WriteByte('[')
		for first := true; dec.PeekKind() != ']'; first = false {
			if !first {
				b.WriteByte(',')
			}
			b.WriteString(indent + "  ")
			if err := prettyValue(b, dec, indent+"  "); err != nil {
				return err
			}
		}
		if _, err := dec.ReadToken(); err != nil {
			return err
		}
		b.WriteString(indent + "]")
	}
	_, err := dec.ReadToken()
	b.WriteByte('}')
	return err
}
