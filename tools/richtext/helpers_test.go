package richtext_test

import (
	"bytes"
	"cmp"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schemaPath is where the published schema is. A relative folder is relative to
// the module's root.
func schemaPath() string {
	dir := cmp.Or(os.Getenv("ATLASSIAN_OPENAPI_DIR"), ".openapi")
	if !filepath.IsAbs(dir) {
		dir = filepath.Join("..", "..", dir)
	}
	return filepath.Join(dir, "adf-schema-v1.json")
}

// requireSchema skips a test without Atlassian's published ADF schema, which
// is not part of the repository. In CI it has to be there.
func requireSchema(tb testing.TB) {
	tb.Helper()
	if _, err := os.Stat(schemaPath()); err != nil {
		if os.Getenv("CI") == "true" {
			tb.Fatalf("the ADF schema is required in CI: %v (set ATLASSIAN_OPENAPI_DIR)", err)
		}
		tb.Skipf("no ADF schema: %v (set ATLASSIAN_OPENAPI_DIR)", err)
	}
}

// schemas are the published schema and its faster form, compiled once.
type schemas struct{ published, fast *jsonschema.Schema }

var compileSchemas = sync.OnceValues(func() (schemas, error) {
	b, err := os.ReadFile(schemaPath())
	if err != nil {
		return schemas{}, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		return schemas{}, err
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("adf.json", doc); err != nil {
		return schemas{}, err
	}
	published, err := c.Compile("adf.json")
	if err != nil {
		return schemas{}, err
	}
	fast, err := compileByType(doc)
	return schemas{published, fast}, err
})

// adfSchema returns the schema as Atlassian publishes it.
func adfSchema(tb testing.TB) *jsonschema.Schema {
	tb.Helper()
	requireSchema(tb)
	s, err := compileSchemas()
	if err != nil {
		tb.Fatalf("compile the ADF schema: %v", err)
	}
	return s.published
}

// adfValidator returns the fast check used where thousands of documents are.
func adfValidator(tb testing.TB) func([]byte) error {
	tb.Helper()
	adfSchema(tb)
	s, _ := compileSchemas()
	return func(adf []byte) error { return invalid(s.fast, adf) }
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
func pretty(tb fataler, adf []byte) string {
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
