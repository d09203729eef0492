package confluence_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

// tree is a space, or what is in it, as GetSpaceHierarchy shows it.
type tree struct {
	ID       string `json:"id"`
	Children []tree `json:"children"`
	Complete bool   `json:"complete"`
}

func (t tree) String() string {
	var below []string
	for _, c := range t.Children {
		below = append(below, c.String())
	}
	return t.ID + "(" + strings.Join(below, " ") + ")"
}

// Bug class B8: a tree that was cut, because the space is large or deep, is not
// called complete. Nothing that was listed is lost.
func TestB8TreesThatAreCut(t *testing.T) {
	t.Parallel()
	const page = `{"id":"7","status":"current","title":"x"}`
	row := func(id, parent string, depth int) string {
		return fmt.Sprintf(`{"id":%q,"type":"page","parentId":%q,"depth":%d}`, id, parent, depth)
	}
	var many []string
	for i := range 250 {
		many = append(many, row(fmt.Sprint(100+i), "7", 1))
	}
	for name, tt := range map[string]struct {
		root, below, next string
		want              string
		complete          bool
	}{
		"whole":       {page, row("8", "7", 1) + "," + row("9", "8", 2), "", "1(7(8(9())))", true},
		"deep":        {page, row("8", "7", 10), "", "1(7(8()))", false},
		"hidden":      {page, row("9", "8", 2), "", "1(7(9()))", true},
		"child first": {page, row("9", "8", 2) + "," + row("8", "7", 1), "", "1(7(8(9())))", true},
		"endless":     {page, strings.Join(many, ","), "more", "", false},
		"empty":       {"", "", "", "1()", true},
	} {
		pages := 0
		value, failure, _ := asked(t, "GetSpaceHierarchy", `{"space_identifier":"1"}`, 1, func(w http.ResponseWriter, r *http.Request, _ string) {
			switch {
			case strings.HasSuffix(r.URL.Path, "/descendants"):
				pages++
				next := ""
				if tt.next != "" {
					next = fmt.Sprintf(`"next":"/x?cursor=%d"`, pages)
				}
				_, _ = fmt.Fprintf(w, `{"results":[%s],"_links":{%s}}`, tt.below, next)
			case strings.HasSuffix(r.URL.Path, "/pages"):
				_, _ = fmt.Fprintf(w, `{"results":[%s]}`, tt.root)
			default:
				_, _ = io.WriteString(w, `{"id":"1","key":"A"}`)
			}
		})
		var out tree
		if failure != nil || json.Unmarshal(value, &out) != nil {
			t.Errorf("%s: %v", name, failure)
			continue
		}
		if got := out.String(); tt.want != "" && got != tt.want || out.Complete != tt.complete || pages > 2 {
			t.Errorf("%s: %s, complete %t, of %d pages", name, got, out.Complete, pages)
		}
	}
}
