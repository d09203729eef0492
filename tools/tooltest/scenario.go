package tooltest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/rogpeppe/go-internal/txtar"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

// scenario is testdata/<Tool>.txtar: prose, then cases. A case is a set of
// files under its name:
//
//	name/input.json   the inputs
//	name/token        the sandbox token, when it is not "sandbox"
//	name/requests     recorded: what reached Atlassian, in order
//	name/output.json  recorded: what the tool returned, or
//	name/error.json   recorded: how it failed
//
// The first case must succeed with the declared scopes: later checks build on
// it.
type scenario struct {
	tool  *tool.Tool
	path  string
	prose []byte
	cases []*scenarioCase
}

type scenarioCase struct {
	name  string
	files map[string][]byte
}

const defaultToken = "sandbox"

func (c *scenarioCase) token() string {
	if t := strings.TrimSpace(string(c.files["token"])); t != "" {
		return t
	}
	return defaultToken
}

func (c *scenarioCase) input() jsontext.Value { return c.files["input.json"] }

// readScenario reads the tool's scenario in dir, or writes a beginning of one
// and fails.
func readScenario(t *testing.T, dir string, declared *tool.Tool) *scenario {
	t.Helper()
	s := &scenario{tool: declared, path: filepath.Join(dir, declared.Name+".txtar")}
	archive, err := txtar.ParseFile(s.path)
	if os.IsNotExist(err) {
		if err := os.MkdirAll(dir, 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(s.path, beginning(declared), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Fatalf("%s has no scenario; wrote %s: fill in the input, then record with make golden", declared.FullName(), s.path)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.prose = archive.Comment
	for _, f := range archive.Files {
		name, file, ok := strings.Cut(f.Name, "/")
		if !ok {
			t.Fatalf("%s: file %q is not case/file", s.path, f.Name)
		}
		i := slices.IndexFunc(s.cases, func(c *scenarioCase) bool { return c.name == name })
		if i < 0 {
			i = len(s.cases)
			s.cases = append(s.cases, &scenarioCase{name: name, files: map[string][]byte{}})
		}
		s.cases[i].files[file] = f.Data
	}
	for _, c := range s.cases {
		if c.input() == nil {
			t.Fatalf("%s: case %s has no input.json", s.path, c.name)
		}
	}
	if len(s.cases) == 0 {
		t.Fatalf("%s has no cases", s.path)
	}
	return s
}

// beginning is a scenario with every required parameter to fill in.
func beginning(declared *tool.Tool) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n-- default/input.json --\n{", declared.FullName(), declared.Doc)
	for _, p := range declared.Definition.Input.Parameters {
		if p.Required {
			fmt.Fprintf(&b, "%q: null, ", p.Name)
		}
	}
	return []byte(strings.TrimSuffix(b.String(), ", ") + "}\n")
}

// record runs every case and compares it with its recording, or records it.
func (s *scenario) record(t *testing.T, kit *atlassian.Kit) {
	var all []string
	for _, c := range s.cases {
		u := newUpstream(t)
		value, failure := call(t, kit, u, s.tool.Name, c.token(), c.input())
		all = append(all, u.seen()...)
		delete(c.files, "output.json")
		delete(c.files, "error.json")
		c.files["requests"] = []byte(strings.Join(append(u.seen(), ""), "\n"))
		if failure != nil {
			c.files["error.json"] = describeFailure(t, failure)
			if c == s.cases[0] {
				t.Errorf("%s: the first case must succeed: %s", s.path, failure.Message)
			}
			continue
		}
		c.files["output.json"] = indent(t, value)
		for _, problem := range conforms("output", *s.tool.Definition.Output.ValueSchema, value) {
			t.Errorf("%s: %s differs from the published output schema", c.name, problem)
		}
	}
	golden(t, s.path, s.format())
	for _, op := range s.tool.Uses {
		if !slices.ContainsFunc(all, func(request string) bool { return performs(request, op) }) {
			t.Errorf("%s is declared but no case performs it", op.Name())
		}
	}
}

func (s *scenario) format() []byte {
	archive := &txtar.Archive{Comment: s.prose}
	for _, c := range s.cases {
		for _, file := range []string{"input.json", "token", "requests", "output.json", "error.json"} {
			if data, ok := c.files[file]; ok {
				archive.Files = append(archive.Files, txtar.File{Name: c.name + "/" + file, Data: data})
			}
		}
	}
	return txtar.Format(archive)
}

// describeFailure is an error as golden files show it.
func describeFailure(t *testing.T, e *tool.Error) []byte {
	t.Helper()
	extra := e.Extra
	if _, ok := extra["request_id"]; ok { // new every time
		extra["request_id"] = "…"
	}
	if base, ok := extra["endpoint"]; ok { // the port is
		_, path, _ := strings.Cut(strings.TrimPrefix(base, "http://"), "/")
		extra["endpoint"] = "/" + path
	}
	body, err := json.Marshal(struct {
		Kind     tool.Kind         `json:"kind"`
		Message  string            `json:"message"`
		Prompt   string            `json:"prompt"`
		CanRetry bool              `json:"can_retry"`
		Status   int               `json:"status"`
		Extra    map[string]string `json:"extra"`
	}{e.Kind, e.Message, e.Prompt, e.CanRetry, e.Status, extra}, json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	return indent(t, body)
}

// performs reports whether a recorded request is an instance of the operation.
func performs(request string, op tool.Operation) bool {
	method, template, _ := strings.Cut(op.Name(), " ")
	fields := strings.Fields(request)
	if len(fields) != 3 || fields[0] != method {
		return false
	}
	path, _, _ := strings.Cut(fields[1], "?")
	if product := strings.SplitN(path, "/", 5); len(product) == 5 && product[1] == "ex" {
		path = "/" + product[4]
	}
	got, want := strings.Split(path, "/"), strings.Split(template, "/")
	return slices.EqualFunc(got, want, func(g, w string) bool { return g == w || strings.HasPrefix(w, "{") && g != "" })
}

// checkScopes runs the first case with exactly the declared scopes, and then
// without each of them: it must work, and then name what is missing.
func (s *scenario) checkScopes(t *testing.T, kit *atlassian.Kit) {
	scopes := s.tool.Scopes()
	first := s.cases[0]
	if len(scopes) == 0 {
		return
	}
	if _, failure := call(t, kit, newUpstream(t), s.tool.Name, withScopes(first.token(), scopes), first.input()); failure != nil {
		t.Errorf("the declared scopes %v are not enough: %s", scopes, failure.Message)
	}
	for i, dropped := range scopes {
		// A scope of the same product that no operation needs keeps the site
		// visible, so that the operation itself is refused.
		left := append(slices.Delete(slices.Clone(scopes), i, i+1), unrelated[s.tool.Toolkit.Name])
		_, failure := call(t, kit, newUpstream(t), s.tool.Name, withScopes(first.token(), left), first.input())
		switch {
		case failure == nil:
			t.Errorf("works without scope %s: it is not needed", dropped)
		case failure.Kind != tool.KindUpstreamAuth || !strings.Contains(failure.Message, dropped):
			t.Errorf("without scope %s the error is %s: %s", dropped, failure.Kind, failure.Message)
		}
	}
}

// unrelated are scopes that make a site visible and open no operation of ours.
var unrelated = map[string]string{"Jira": "manage:jira-webhook", "Confluence": "manage:confluence-configuration"}
