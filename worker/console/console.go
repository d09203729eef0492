// Package console is a page for developers: the catalog, forms to run tools on
// the running worker, and what they answer. The page itself holds nothing; it
// asks the worker's routes, with the worker's token that its user enters.
package console

import (
	"embed"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"arcade-atlassian/tools/richtext"
)

// The page and what it needs. lit-html.js is lit-html 3.3.3 (BSD-3-Clause) as
// its makers publish it, without its last line.
//
//go:embed static
var static embed.FS

// PathADF turns Markdown into the document that the page shows.
const PathADF = "/console/adf"

// maxMarkdown bounds in bytes what is turned into a document.
const maxMarkdown = 1 << 20

// Handler serves the page. authenticate guards what needs the worker's token.
func Handler(authenticate func(http.Handler) http.Handler) http.Handler {
	files, err := fs.Sub(static, "static")
	if err != nil { // the folder is part of the program
		panic(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /console/{file}", secured(files))
	mux.Handle("GET /{$}", secured(files))
	mux.Handle("POST "+PathADF, authenticate(http.HandlerFunc(adf)))
	return mux
}

// policy lets the page load nothing but its own files and talk to nobody but the
// worker.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

var types = map[string]string{".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}

func secured(files fs.FS) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("file")
		if name == "" {
			name = "index.html"
		}
		content, err := fs.ReadFile(files, name)
		kind, known := types[path.Ext(name)]
		if err != nil || !known {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		_, _ = w.Write(content) //nolint:gosec // a file of this program; nobody is listening any more when it fails
	})
}

func adf(w http.ResponseWriter, r *http.Request) {
	markdown, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxMarkdown))
	if err != nil {
		http.Error(w, "The text is larger than 1 MiB.", http.StatusRequestEntityTooLarge)
		return
	}
	doc, err := richtext.ParseMarkdown(strings.ToValidUTF8(string(markdown), "\uFFFD"), richtext.MarkdownOptions{})
	if err != nil {
		http.Error(w, "The text is too deeply nested.", http.StatusBadRequest)
		return
	}
	document, _ := doc.ADF() // what is lost is said where the text was made
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(document) // nobody is listening any more when it fails
}
