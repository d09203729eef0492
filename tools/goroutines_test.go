package tools_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A panic in a goroutine that a handler starts cannot be caught by who runs the
// handler: it ends the process with all calls in it. So packages that declare
// tools start none; lookup.Parallel and lookup.Map do it for them.
func TestToolkitsStartNoGoroutines(t *testing.T) {
	t.Parallel()
	var toolkits []string
	for _, dir := range goList(t, "-f", "{{.Dir}}", "./...") {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		declares := false
		var starts []string
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			fset := token.NewFileSet()
			file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			declares = declares || declaresTools(file)
			starts = append(starts, goroutines(fset, file)...)
		}
		if !declares {
			continue
		}
		toolkits = append(toolkits, filepath.Base(dir))
		for _, at := range starts {
			t.Errorf("%s starts a goroutine, in which a panic ends the process: use lookup.Parallel or lookup.Map", at)
		}
	}
	for _, known := range []string{"jira", "confluence"} {
		if !slices.Contains(toolkits, known) {
			t.Errorf("%s was not looked at, only %q", known, toolkits)
		}
	}
}

// declaresTools reports whether a file makes a kit.
func declaresTools(file *ast.File) (found bool) {
	ast.Inspect(file, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		found = found || ok && s.Sel.Name == "NewKit"
		return !found
	})
	return found
}

// goroutines lists the places where a file starts one: with go, with the Go of
// a wait group or of one like it, or with an AfterFunc.
func goroutines(fset *token.FileSet, file *ast.File) (places []string) {
	ast.Inspect(file, func(n ast.Node) bool {
		starts := false
		switch n := n.(type) {
		case *ast.GoStmt:
			starts = true
		case *ast.SelectorExpr:
			starts = n.Sel.Name == "Go" || n.Sel.Name == "TryGo" || n.Sel.Name == "AfterFunc"
		}
		if starts {
			at := fset.Position(n.Pos())
			places = append(places, fmt.Sprintf("%s:%d", at.Filename, at.Line))
		}
		return true
	})
	return places
}

func TestGoroutinesAreFound(t *testing.T) {
	t.Parallel()
	const source = `package p

func f(ctx context.Context, g *errgroup.Group, wg *sync.WaitGroup, s *site.Site) {
	go f(nil, nil, nil, nil)
	go func() {}()
	wg.Go(func() {})
	g.TryGo(func() error { return nil })
	time.AfterFunc(0, nil)
	start := wg.Go
	s.GoOn(start)
	lookup.Parallel(ctx, 1)
}
`
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"p.go:4", "p.go:5", "p.go:6", "p.go:7", "p.go:8", "p.go:9"}, goroutines(fset, file)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
