package tool_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/schema"
	"arcade-atlassian/tools/tool"
)

func TestFind(t *testing.T) {
	t.Parallel()
	c := mustBuild(t, lists()...)
	for _, tt := range []struct {
		toolkit, name, version string
		want                   bool
	}{
		{"Lab", "GetThing", "", true},
		{"Lab", "GetThing", "1.2.3", true},
		{"LAB", "getthing", "1.2.3", true},
		{"Lab", "GetThing", "1.2", false},
		{"Lab", "GetThing", "1.2.4", true},
		{"Lab", "GetThing", "1.0.0-rc.1", true},
		{"Lab", "GetThing", "1.99.0+build", true},
		{"Lab", "GetThing", "0.2.3", false},
		{"Lab", "GetThing", "2.0.0", false},
		{"Lab", "GetThing", "10.2.3", false},
		{"Lab", "GetThing", "1", false},
		{"Lab", "GetThing", "v1.2.3", false},
		{"Lab", "GetThing", "1.2.x", false},
		{"Lab", "GetThing", " 1.2.3", false},
		{"Lab", "get_thing", "", false},
		{"Wiki", "GetThing", "", false},
		{"Lab", "Lab.GetThing", "", false},
		{"", "Lab.GetThing", "", false},
		{"Lab.GetThing", "", "", false},
		{"", "", "", false},
	} {
		got := c.Find(tt.toolkit, tt.name, tt.version)
		if (got != nil) != tt.want {
			t.Errorf("Find(%q, %q, %q) is %v", tt.toolkit, tt.name, tt.version, got)
		}
		if got != nil && got.FullName() != "Lab.GetThing" {
			t.Errorf("Find(%q, %q, %q) is %s", tt.toolkit, tt.name, tt.version, got.FullName())
		}
	}
}

func TestVersionsAreComparedWithoutCase(t *testing.T) {
	t.Parallel()
	c, err := build(t, tool.Options{Version: "1.2.3-rc"}, lists()...)
	if err != nil {
		t.Fatal(err)
	}
	if c.Find("Lab", "GetThing", "1.2.3-RC") == nil {
		t.Error("not found")
	}
}

func TestByName(t *testing.T) {
	t.Parallel()
	c := mustBuild(t, lists()...)
	for name, want := range map[string]bool{
		"Lab.GetThing": true, "Lab_GetThing": true, "lab.getthing": true, "LAB_GETTHING": true,
		"": false, ".": false, "GetThing": false, "Lab": false, "Lab.Get_Thing": false, "Lab.GetThing.": false, "Lab__GetThing": false,
	} {
		if got := c.ByName(name); (got != nil) != want {
			t.Errorf("ByName(%q) is %v", name, got)
		}
	}
}

func TestScopesAreTheUnionOfTheOperations(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		uses []tool.Operation
		want []string
	}{
		{nil, nil},
		{[]tool.Operation{getThing}, []string{"read:thing", "read:user"}},
		{[]tool.Operation{postThing, getThing, postThing}, []string{"read:thing", "read:user", "write:thing"}},
	} {
		got := one(t, spec("GetThing", tt.uses...), idle)
		if !slices.Equal(got.Scopes(), tt.want) || !slices.Equal(got.Definition.Requirements.Authorization.OAuth2.Scopes, tt.want) {
			t.Errorf("got %q, published %q, want %q", got.Scopes(), got.Definition.Requirements.Authorization.OAuth2.Scopes, tt.want)
		}
	}
	if want := []string{"write:thing", "read:thing"}; !slices.Equal(postThing.scopes, want) {
		t.Errorf("the operation's own list became %q", postThing.scopes)
	}
}

func TestBehaviorFollowsFromTheOperations(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		uses []tool.Operation
		want schema.Behavior
	}{
		{"nothing", nil, schema.Behavior{Operations: []string{"read"}, ReadOnly: true, Idempotent: true, OpenWorld: true}},
		{"read", []tool.Operation{getThing}, schema.Behavior{Operations: []string{"read"}, ReadOnly: true, Idempotent: true, OpenWorld: true}},
		{"create", []tool.Operation{getThing, postThing}, schema.Behavior{Operations: []string{"create"}, OpenWorld: true}},
		{"update", []tool.Operation{putThing, getThing}, schema.Behavior{Operations: []string{"update"}, Idempotent: true, OpenWorld: true}},
		{"delete", []tool.Operation{deleteThing}, schema.Behavior{Operations: []string{"delete"}, Destructive: true, Idempotent: true, OpenWorld: true}},
		{"create and delete", []tool.Operation{deleteThing, postThing}, schema.Behavior{Operations: []string{"create", "delete"}, Destructive: true, OpenWorld: true}},
		{"all", []tool.Operation{deleteThing, putThing, getThing, postThing}, schema.Behavior{Operations: []string{"create", "update", "delete"}, Destructive: true, OpenWorld: true}},
	} {
		got := one(t, spec("GetThing", tt.uses...), idle)
		if diff := cmp.Diff(tt.want, got.Definition.Metadata.Behavior); diff != "" {
			t.Errorf("%s: -want +got:\n%s", tt.name, diff)
		}
		if got.ReadOnly() != tt.want.ReadOnly {
			t.Errorf("%s: ReadOnly is %v", tt.name, got.ReadOnly())
		}
	}
}

func TestEffectsAreArcadesVerbs(t *testing.T) {
	t.Parallel()
	for effect, want := range map[tool.Effect]string{
		tool.Read: "read", tool.Create: "create", tool.Update: "update", tool.Delete: "delete", -1: "unknown", 4: "unknown",
	} {
		if got := effect.String(); got != want {
			t.Errorf("effect %d is called %q, want %q", int(effect), got, want)
		}
	}
}

func TestBehaviorIsSharpenedByTheSpec(t *testing.T) {
	t.Parallel()
	replace := spec("ReplaceThing", putThing)
	replace.Destructive = true
	add := spec("AddToThing", getThing, putThing)
	add.NotIdempotent = true
	remove := spec("RemoveFirst", deleteThing)
	remove.Destructive, remove.NotIdempotent = true, true
	for _, tt := range []struct {
		spec tool.Spec
		want schema.Behavior
	}{
		{replace, schema.Behavior{Operations: []string{"update"}, Destructive: true, Idempotent: true, OpenWorld: true}},
		{add, schema.Behavior{Operations: []string{"update"}, OpenWorld: true}},
		{remove, schema.Behavior{Operations: []string{"delete"}, Destructive: true, OpenWorld: true}},
	} {
		if diff := cmp.Diff(tt.want, one(t, tt.spec, idle).Definition.Metadata.Behavior); diff != "" {
			t.Errorf("%s: -want +got:\n%s", tt.spec.Name, diff)
		}
	}
}

// TestDefinition holds one definition with everything in it to its golden
// file; UPDATE_GOLDEN=1 writes it.
func TestDefinition(t *testing.T) {
	t.Parallel()
	k := newKit("Lab")
	s := spec("FindThingsJQL", getThing, putThing)
	s.Deprecated = "Use Lab.GetThing instead"
	add(k, s, func(context.Context, lab, *tool.Invocation, sample) (thing, error) { return thing{}, nil })
	add(k, spec("GetThing"), idle)
	c, err := build(t, tool.Options{Version: "1.2.3", ProviderIDs: map[string]string{"atlassian": "my-atlassian"}}, k)
	if err != nil {
		t.Fatal(err)
	}
	got, err := schema.Encode(c.Definitions())
	if err != nil {
		t.Fatal(err)
	}
	indented := jsontext.Value(got)
	if err := indented.Indent(jsontext.WithIndent("  ")); err != nil {
		t.Fatal(err)
	}
	got = append(indented, '\n')
	const file = "testdata/definitions.json"
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got; UPDATE_GOLDEN=1 rewrites):\n%s", file, diff)
	}
}

// arcadeName is how Arcade makes a tool's name of a function's (protocol §3.3).
func arcadeName(function string) string {
	capitalize := func(s string) string {
		if s == "" {
			return "_"
		}
		return strings.ToUpper(s[:1]) + strings.ToLower(s[1:])
	}
	if !strings.Contains(function, "_") {
		if first := function[:1]; first == strings.ToUpper(first) {
			return function
		}
		return capitalize(function)
	}
	var b strings.Builder
	for part := range strings.SplitSeq(function, "_") {
		b.WriteString(capitalize(part))
	}
	return b.String()
}

func TestArcadeName(t *testing.T) {
	t.Parallel()
	for function, want := range map[string]string{
		"get_issue_by_id": "GetIssueById", "who_am_i": "WhoAmI", "search_JQL": "SearchJql", "camelCase": "Camelcase",
		"GetIssue": "GetIssue", "very_long_snake_456": "VeryLongSnake456",
	} {
		if got := arcadeName(function); got != want {
			t.Errorf("%s becomes %s, want %s", function, got, want)
		}
	}
}

func TestFunctionName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"ListProjects": "list_projects", "GetIssueById": "get_issue_by_id", "WhoAmI": "who_am_i", "Search": "search",
		"SearchJQL": "search_j_q_l", "GetV2Page": "get_v2_page", "Top10": "top10", "A": "a", "X1Y": "x1_y",
	} {
		got := one(t, spec(name), idle).FunctionName()
		if got != want {
			t.Errorf("%s is called %s, want %s", name, got, want)
		}
		if back := arcadeName(got); back != name {
			t.Errorf("%s is called %s, of which Arcade makes %s", name, got, back)
		}
	}
}
