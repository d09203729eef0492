package tooltest

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"arcade-atlassian/tools/tool"
)

// scenario is testdata/<Tool>.txtar: prose, then cases. A case is a set of
// files under its name; all but input.json may be missing:
//
//	name/input.json     the inputs
//	name/token          the token, when it is not the toolkit's
//	name/secrets.json   the secrets and their values, likewise
//	name/metadata.json  the metadata, likewise
//	name/clock          when the case happens, RFC 3339
//	name/before.json    what was done at the service before, see step
//	name/scripted.json  answers instead of the service's, see scripted
//	name/tolerates      failures that the tool may answer with success: lines
//	                    of an operation, a colon and names of faults or *
//	name/requests       recorded: what reached the service, in order
//	name/output.json    recorded: what the tool returned, or
//	name/error.json     recorded: how it failed
//
// The first case has to succeed: hostile values and faults start from it.
type scenario struct {
	path  string
	prose []byte
	cases []*scenarioCase
}

type scenarioCase struct {
	name              string
	files             map[string][]byte
	tokenText         string
	secrets, metadata map[string]string
	clock             time.Time
	before            []step
	scripted          []scripted
	tolerates         map[string][]string // faults by operation
}

var caseFiles = []string{
	"input.json", "token", "secrets.json", "metadata.json", "clock", "before.json", "scripted.json", "tolerates",
	"requests", "output.json", "error.json",
}

// step is one thing done before a case: a call of a tool of the same kit, or a
// plain request to the service. It has to succeed.
type step struct {
	Tool    string            `json:"tool"`
	Input   jsontext.Value    `json:"input"`
	Request string            `json:"request"` // "POST /rest/api/3/issue", the whole path
	Header  map[string]string `json:"header"`
	Body    jsontext.Value    `json:"body"`
	Token   string            `json:"token"` // when it is not the toolkit's
}

func (c *scenarioCase) input() jsontext.Value { return c.files["input.json"] }

// succeeds reports whether the case is recorded as a success.
func (c *scenarioCase) succeeds() bool { return c.files["error.json"] == nil }

// readScenario reads the tool's scenario in dir, or writes a beginning of one
// and fails.
func readScenario(t *testing.T, dir string, declared *tool.Tool) *scenario {
	t.Helper()
	s := &scenario{path: filepath.Join(dir, declared.Name+".txtar")}
	archive, err := txtar.ParseFile(s.path)
	if os.IsNotExist(err) {
		if err := writeFile(s.path, beginning(declared)); err != nil {
			t.Fatal(err)
		}
		t.Fatalf("%s has no scenario; wrote %s: fill in the input, then record with make golden", declared.FullName(), s.path)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := s.parse(archive); err != nil {
		t.Fatalf("%s: %v", s.path, err)
	}
	return s
}

// FirstInputs are the inputs of a tool's first case, with which it succeeds. folder
// has the toolkit's scenarios.
func FirstInputs(t *testing.T, folder string, declared *tool.Tool) (inputs map[string]jsontext.Value) {
	t.Helper()
	first := readScenario(t, folder, declared).cases[0]
	if err := json.Unmarshal(first.input(), &inputs); err != nil {
		t.Fatalf("%s: %v", declared.FullName(), err)
	}
	return inputs
}

func (s *scenario) parse(archive *txtar.Archive) error {
	s.prose = archive.Comment
	for _, f := range archive.Files {
		name, file, _ := strings.Cut(f.Name, "/")
		if !slices.Contains(caseFiles, file) {
			return fmt.Errorf("file %q is not case/file with one of %v", f.Name, caseFiles)
		}
		i := slices.IndexFunc(s.cases, func(c *scenarioCase) bool { return c.name == name })
		if i < 0 {
			i = len(s.cases)
			s.cases = append(s.cases, &scenarioCase{name: name, files: map[string][]byte{}})
		}
		if _, twice := s.cases[i].files[file]; twice {
			return fmt.Errorf("file %q is there twice", f.Name)
		}
		s.cases[i].files[file] = bytes.ReplaceAll(f.Data, []byte("\r\n"), []byte("\n"))
	}
	for _, c := range s.cases {
		if err := c.parse(); err != nil {
			return fmt.Errorf("case %s: %w", c.name, err)
		}
	}
	if len(s.cases) == 0 {
		return fmt.Errorf("has no cases")
	}
	return nil
}

func (c *scenarioCase) parse() (err error) {
	if c.input() == nil {
		return fmt.Errorf("has no input.json")
	}
	c.tokenText = strings.TrimSpace(string(c.files["token"]))
	if clock := strings.TrimSpace(string(c.files["clock"])); clock != "" {
		if c.clock, err = time.Parse(time.RFC3339, clock); err != nil {
			return fmt.Errorf("clock: %w", err)
		}
	}
	for file, into := range map[string]any{"secrets.json": &c.secrets, "metadata.json": &c.metadata, "before.json": &c.before} {
		if raw, ok := c.files[file]; ok {
			if err := json.Unmarshal(raw, into, json.RejectUnknownMembers(true)); err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
		}
	}
	if c.scripted, err = parseScript(c.files["scripted.json"]); err != nil {
		return err
	}
	c.tolerates = map[string][]string{}
	for line := range strings.Lines(string(c.files["tolerates"])) {
		operation, faults, _ := strings.Cut(line, ":")
		for name := range strings.SplitSeq(faults, ",") {
			c.tolerates[operation] = append(c.tolerates[operation], strings.TrimSpace(name))
		}
	}
	return nil
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

// cases runs every case and compares it with its recording. Anew is recorded
// only what breaks no other rule of this function: a recording must not be
// replaced by the failure of what is recorded.
func (b *battery) cases(t *testing.T) (problems []string) {
	recorded := *b.scenario
	recorded.cases = nil
	performed := map[string]bool{}
	for i, c := range b.scenario.cases {
		o := b.run(t, call{scenarioCase: c})
		next := *c
		next.files = maps.Clone(c.files)
		delete(next.files, "output.json")
		delete(next.files, "error.json")
		var lines strings.Builder
		for _, x := range o.exchanges {
			lines.WriteString(x.String() + "\n")
			performed[b.operation(x)] = true
		}
		next.files["requests"] = []byte(lines.String())
		if o.failure != nil {
			next.files["error.json"] = describe(t, o.failure)
			if i == 0 {
				problems = append(problems, fmt.Sprintf("%s: the first case has to succeed: %s", c.name, o.failure.Message))
			}
		} else {
			next.files["output.json"] = indent(t, o.value)
		}
		recorded.cases = append(recorded.cases, &next)
		for _, problem := range b.sound(o) {
			problems = append(problems, c.name+": "+problem)
		}
	}
	for _, op := range b.tool.Uses {
		if !performed[op.Name()] {
			problems = append(problems, op.Name()+" is declared but no case performs it")
		}
	}
	if updating() && len(problems) > 0 {
		return append(problems, "not recorded, because of the above")
	}
	b.scenario.cases = recorded.cases
	return append(problems, golden(b.scenario.path, recorded.format())...)
}

// sound reports what is wrong with a run of a case whatever is recorded of it.
func (b *battery) sound(o outcome) (problems []string) {
	for _, x := range o.exchanges {
		name := b.operation(x)
		if b.declared(name) == nil && !slices.Contains(b.Common, name) {
			problems = append(problems, fmt.Sprintf("%s %s is none of the declared operations", x.Method, x.uri()))
		}
		if x.Status >= 500 && !x.Scripted {
			problems = append(problems, fmt.Sprintf("the service broke: %s: %.300s", x, x.Answer))
		}
		if b.Documents != nil && name != "" {
			for _, problem := range b.Documents.Validate(name, *x) {
				problems = append(problems, name+": "+problem)
			}
		}
	}
	if o.failure == nil {
		problems = append(problems, b.conforms(o.value)...)
		problems = append(problems, unmarked(o)...)
	}
	return append(problems, o.unused...)
}

func (s *scenario) format() []byte {
	archive := &txtar.Archive{Comment: s.prose}
	for _, c := range s.cases {
		for _, file := range caseFiles {
			if data, ok := c.files[file]; ok {
				archive.Files = append(archive.Files, txtar.File{Name: c.name + "/" + file, Data: data})
			}
		}
	}
	return txtar.Format(archive)
}

// describe is an error as scenarios record it.
func describe(t *testing.T, e *tool.Error) []byte {
	t.Helper()
	extra := maps.Clone(e.Extra)
	for name, value := range extra {
		extra[name] = strings.ReplaceAll(value, address, "")
	}
	if _, ok := extra["request_id"]; ok { // a service may make new ones every time
		extra["request_id"] = "…"
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

// updating reports whether recordings are to be written anew.
func updating() bool { return os.Getenv("UPDATE_GOLDEN") != "" }

// golden compares got with a file, or writes it.
func golden(path string, got []byte) []string {
	if updating() {
		if err := writeFile(path, got); err != nil {
			return []string{err.Error()}
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		return []string{err.Error() + " (make golden writes it)"}
	}
	if diff := cmp.Diff(string(bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n"))), string(got)); diff != "" {
		return []string{fmt.Sprintf("differs from %s (-want +got):\n%s", path, diff)}
	}
	return nil
}

func writeFile(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, data) {
		return nil
	}
	// Tests of other packages read the file meanwhile: they are to see the old
	// or the new one, never a half.
	next := path + ".new"
	if err := os.WriteFile(next, data, 0o600); err != nil {
		return err
	}
	return os.Rename(next, path)
}

// indent formats JSON for people.
func indent(tb testing.TB, v jsontext.Value) []byte {
	tb.Helper()
	v = v.Clone()
	if err := v.Indent(jsontext.WithIndent("  ")); err != nil {
		tb.Fatal(err)
	}
	return append(bytes.TrimSpace(v), '\n')
}
