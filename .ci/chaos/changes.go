package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// desk is a writer with things of its own, so that nobody else changes them.
type desk struct {
	user                  string
	issue, page, renaming string
}

// newDesk creates them on the site that nobody reads from.
func newDesk(g *gateway, i int) (*desk, error) {
	d := &desk{user: fmt.Sprintf("sandbox;sites=globex;user=%s;latency=%dus", []string{"ada", "bob"}[i%2], i+1)}
	var issue struct{ Key string }
	var page, renaming struct{ ID string }
	for _, thing := range []struct {
		path, body string
		out        any
	}{
		{"/ex/jira/" + globex + "/rest/api/3/issue", fmt.Sprintf(`{"fields":{"project":{"key":"DOME"},"issuetype":{"name":"Task"},"summary":"Desk %d"}}`, i), &issue},
		{"/ex/confluence/" + globex + "/wiki/api/v2/pages", fmt.Sprintf(`{"spaceId":"65538","status":"current","title":"Desk %d","body":{"representation":"storage","value":"<p>x</p>"}}`, i), &page},
		{"/ex/confluence/" + globex + "/wiki/api/v2/pages", fmt.Sprintf(`{"spaceId":"65538","status":"current","title":"Rename %d","body":{"representation":"storage","value":"<p>x</p>"}}`, i), &renaming},
	} {
		status, body := g.ask("POST", thing.path, "sandbox;sites=globex", thing.body)
		if status/100 != 2 {
			return nil, fmt.Errorf("POST %s: %d %s", thing.path, status, body)
		}
		if err := json.Unmarshal(body, thing.out); err != nil {
			return nil, err
		}
	}
	d.issue, d.page, d.renaming = issue.Key, page.ID, renaming.ID
	return d, nil
}

// change is a way to write.
type change struct {
	tool   string
	adds   bool // it adds something, so that a late one overwrites nothing
	inputs func(d *desk, mark string) map[string]any
	// place is where on the site the marker is found afterwards. value is what
	// the tool answered.
	place func(d *desk, value map[string]any) string
}

func (c change) there(g *gateway, d *desk, mark string, value json.RawMessage) bool {
	var members map[string]any
	if json.Unmarshal(value, &members) != nil {
		return false
	}
	status, body := g.ask("GET", c.place(d, members), "sandbox;sites=globex", "")
	return status == 200 && strings.Contains(string(body), mark)
}

const (
	onJira       = "/ex/jira/" + globex + "/rest/api/3"
	onConfluence = "/ex/confluence/" + globex + "/wiki/api/v2"
)

// inner is a member of a member, as text.
func inner(value map[string]any, outer, name string) string {
	members, _ := value[outer].(map[string]any)
	text, _ := members[name].(string)
	return text
}

var changes = []change{
	{
		"Jira.CreateIssue", true,
		func(_ *desk, mark string) map[string]any {
			return map[string]any{"title": mark, "project": "DOME", "issue_type": "Task"}
		},
		func(_ *desk, v map[string]any) string { return onJira + "/issue/" + inner(v, "issue", "key") },
	},
	{
		"Jira.AddCommentToIssue", true,
		func(d *desk, mark string) map[string]any {
			return map[string]any{"issue": d.issue, "body": "Seen: " + mark}
		},
		func(d *desk, v map[string]any) string {
			return onJira + "/issue/" + d.issue + "/comment/" + inner(v, "comment", "id")
		},
	},
	{
		"Jira.AddLabelsToIssue", false,
		func(d *desk, mark string) map[string]any {
			return map[string]any{"issue": d.issue, "labels": []string{mark}}
		},
		func(d *desk, _ map[string]any) string { return onJira + "/issue/" + d.issue + "?fields=labels" },
	},
	{
		"Jira.AttachFileToIssue", true,
		func(d *desk, mark string) map[string]any {
			return map[string]any{"issue": d.issue, "filename": mark + ".txt", "file_content_str": "text"}
		},
		func(d *desk, _ map[string]any) string { return onJira + "/issue/" + d.issue + "?fields=attachment" },
	},
	{
		"Jira.UpdateIssue", false,
		func(d *desk, mark string) map[string]any { return map[string]any{"issue": d.issue, "title": mark} },
		func(d *desk, _ map[string]any) string { return onJira + "/issue/" + d.issue + "?fields=summary" },
	},
	{
		"Confluence.CreatePage", true,
		func(_ *desk, mark string) map[string]any {
			return map[string]any{"space_identifier": "DOME", "title": mark, "content": "Text."}
		},
		func(_ *desk, v map[string]any) string { return onConfluence + "/pages/" + inner(v, "page", "id") },
	},
	{
		"Confluence.UpdatePageContent", false,
		func(d *desk, mark string) map[string]any {
			return map[string]any{"page_identifier": d.page, "content": "It is " + mark, "update_mode": "replace"}
		},
		func(d *desk, _ map[string]any) string {
			return onConfluence + "/pages/" + d.page + "?body-format=storage"
		},
	},
	{
		"Confluence.RenamePage", false,
		func(d *desk, mark string) map[string]any {
			return map[string]any{"page_identifier": d.renaming, "title": mark}
		},
		func(d *desk, _ map[string]any) string { return onConfluence + "/pages/" + d.renaming },
	},
}

// reads are the calls of read-only tools that `make peers` makes, and which the
// worker answers.
func (l *lab) reads() ([]call, error) {
	out, err := exec.Command(l.binary, "tools", "--json").Output()
	if err != nil {
		return nil, fmt.Errorf("tools --json: %w", err)
	}
	var all []struct {
		Name     string `json:"fully_qualified_name"`
		Metadata struct {
			Behavior struct {
				ReadOnly bool `json:"read_only"`
			} `json:"behavior"`
		} `json:"metadata"`
	}
	if err := json.Unmarshal(out, &all); err != nil {
		return nil, err
	}
	readOnly := map[string]bool{}
	for _, t := range all {
		readOnly[t.Name] = t.Metadata.Behavior.ReadOnly
	}
	var calls []call
	inputs, err := os.ReadFile("../peers/inputs.txt")
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(inputs)) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !readOnly[name] {
			continue
		}
		decoder := json.NewDecoder(strings.NewReader(rest))
		var inputs map[string]any
		if err := decoder.Decode(&inputs); err != nil {
			return nil, fmt.Errorf("%s: %w", line, err)
		}
		user := "sandbox"
		if i := strings.LastIndex(rest, "} "); i >= 0 && strings.HasPrefix(rest[i+2:], "sandbox") {
			user = rest[i+2:]
		}
		calls = append(calls, call{tool: name, inputs: inputs, user: user})
	}
	if len(calls) == 0 {
		return nil, errors.New("there are no reads")
	}
	return calls, nil
}
