package richtext_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/go-json-experiment/json"
)

func document(tb testing.TB, name string) []byte {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "documents", name))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// damagedDocuments returns copies of the document with every node, each with
// one member taken away, one list emptied or one type exchanged.
func damagedDocuments(t *testing.T) [][]byte {
	t.Helper()
	var root any
	if err := json.Unmarshal(document(t, "every-node.adf.json"), &root); err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	count := 0
	emit := func() {
		// Every fortieth is enough, and takes a fortieth of the time.
		if count++; count%40 != 1 {
			return
		}
		b, err := json.Marshal(root, json.Deterministic(true))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b)
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			names := make([]string, 0, len(v))
			for name := range v {
				names = append(names, name)
			}
			slices.Sort(names)
			for _, name := range names {
				before := v[name]
				delete(v, name)
				emit()
				switch x := before.(type) {
				case string:
					if name == "type" {
						for _, other := range []string{"paragraph", "text", "panel", "rule", "unknown"} {
							v[name] = other
							emit()
						}
					} else {
						v[name] = ""
						emit()
					}
				case []any:
					v[name] = []any{}
					emit()
				case float64:
					v[name] = -x
					emit()
				}
				v[name] = before
				walk(before)
			}
		}
	}
	emit()
	walk(root)
	return out
}
