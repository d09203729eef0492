package sandbox_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Jira takes every node and mark there is, and every document that is written from Markdown.
func TestDocumentsAreTaken(t *testing.T) {
	t.Parallel()
	g := open(t)
	files, err := filepath.Glob("../richtext/testdata/golden/markdown-adf/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	var documents []string
	for _, file := range files {
		for _, section := range strings.Split(read(t, file), "-- adf --\n")[1:] {
			document, _, _ := strings.Cut(section, "\n-- ")
			document, _, _ = strings.Cut(document, "\n====")
			documents = append(documents, document)
		}
	}
	for _, document := range append(documents, read(t, "../richtext/testdata/documents/every-node.adf.json")) {
		if a := g.send(http.MethodPost, "sandbox", issuePath+"/PLAT-2/comment", `{"body":`+document+`}`); a.status != http.StatusCreated {
			t.Errorf("%d %v:\n%s", a.status, a.body, document)
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// What is wrong in one place is refused as a whole, wherever a document is written.
func TestDocumentsAreRefused(t *testing.T) {
	t.Parallel()
	g := open(t)
	const invalid = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
	for what, document := range map[string]string{
		"a text":                       `"plain"`,
		"no document":                  `{"type":"paragraph","content":[]}`,
		"no version":                   `{"type":"doc","content":[]}`,
		"no content":                   `{"type":"doc","version":1}`,
		"an unknown node":              doc(`{"type":"poem"}`),
		"an unknown member":            doc(`{"type":"paragraph","style":"bold"}`),
		"an unknown attribute":         doc(`{"type":"paragraph","attrs":{"color":"red"}}`),
		"an attribute of a wrong kind": doc(`{"type":"heading","attrs":{"level":"1"}}`),
		"a heading of level 7":         doc(`{"type":"heading","attrs":{"level":7}}`),
		"a heading of no level":        doc(`{"type":"heading"}`),
		"a panel of no type":           doc(`{"type":"panel","content":[{"type":"paragraph"}]}`),
		"an unknown panel":             doc(`{"type":"panel","attrs":{"panelType":"loud"},"content":[{"type":"paragraph"}]}`),
		"an empty text":                doc(`{"type":"paragraph","content":[{"type":"text","text":""}]}`),
		"text on the page":             doc(`{"type":"text","text":"x"}`),
		"an unknown mark":              doc(`{"type":"paragraph","content":[{"type":"text","text":"x","marks":[{"type":"bold"}]}]}`),
		"a link to nowhere":            doc(`{"type":"paragraph","content":[{"type":"text","text":"x","marks":[{"type":"link","attrs":{}}]}]}`),
		"strong code":                  doc(`{"type":"paragraph","content":[{"type":"text","text":"x","marks":[{"type":"code"},{"type":"strong"}]}]}`),
		"a mark twice":                 doc(`{"type":"paragraph","content":[{"type":"text","text":"x","marks":[{"type":"em"},{"type":"em"}]}]}`),
		"marks in a block of code":     doc(`{"type":"codeBlock","content":[{"type":"text","text":"x","marks":[{"type":"em"}]}]}`),
		"a list of nothing":            doc(`{"type":"bulletList","content":[]}`),
		"a heading in a list":          doc(`{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"heading","attrs":{"level":1}}]}]}`),
		"a quote in a quote":           doc(`{"type":"blockquote","content":[{"type":"blockquote","content":[{"type":"paragraph"}]}]}`),
		"a cell of nothing":            doc(`{"type":"table","content":[{"type":"tableRow","content":[{"type":"tableCell","content":[]}]}]}`),
		"a table in a table":           doc(`{"type":"table","content":[{"type":"tableRow","content":[{"type":"tableCell","content":[{"type":"table","content":[{"type":"tableRow"}]}]}]}]}`),
		"a task of no state":           doc(`{"type":"taskList","attrs":{"localId":"a"},"content":[{"type":"taskItem","attrs":{"localId":"b"}}]}`),
		"a mention of nobody":          doc(`{"type":"paragraph","content":[{"type":"mention","attrs":{"text":"@Ada"}}]}`),
		"a date that is a number":      doc(`{"type":"paragraph","content":[{"type":"date","attrs":{"timestamp":1}}]}`),
	} {
		for _, field := range []string{"description", "environment", "customfield_10102"} {
			a := g.send(http.MethodPut, "sandbox", issuePath+"/PLAT-1", `{"fields":{"`+field+`":`+document+`}}`)
			if diff := cmp.Diff(any(map[string]any{"errorMessages": []any{}, "errors": map[string]any{field: invalid}}), a.body); diff != "" {
				t.Errorf("%s in %s = %d (-want +got):\n%s", what, field, a.status, diff)
			}
		}
		if a := g.send(http.MethodPost, "sandbox", issuePath+"/PLAT-1/comment", `{"body":`+document+`}`); a.status != http.StatusBadRequest {
			t.Errorf("%s in a comment = %d", what, a.status)
		}
	}
}

// doc is a document of one block.
func doc(block string) string { return `{"type":"doc","version":1,"content":[` + block + `]}` }
