package jira_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/tools/tool"
)

// called is a thing by its name or key.
type called struct {
	Name string `json:"name"`
	Key  string `json:"key"`
}

// written is what the tools that write an issue answer with.
type written struct {
	Issue struct {
		Key           string                    `json:"key"`
		URL           string                    `json:"url"`
		Title         string                    `json:"title"`
		IssueType     called                    `json:"issue_type"`
		Assignee      called                    `json:"assignee"`
		Status        called                    `json:"status"`
		CurrentStatus called                    `json:"current_status"`
		Parent        called                    `json:"parent"`
		Description   string                    `json:"description"`
		Labels        []string                  `json:"labels"`
		CustomFields  map[string]jsontext.Value `json:"custom_fields"`
	} `json:"issue"`
	Comment struct {
		Added bool `json:"added"`
	} `json:"comment"`
	Verified    bool   `json:"verified"`
	NotVerified string `json:"not_verified_because"`
	Differences []struct {
		Field string `json:"field"`
	} `json:"differences"`
	Losses []string `json:"losses"`
	Notes  []string `json:"notes"`
}

// refused runs a tool that has to fail in the kind without writing anything,
// and returns what it says.
func refused(t *testing.T, b *box, name, input string, kind tool.Kind) string {
	t.Helper()
	before := len(b.writes)
	failure := b.run(name, input, new(written))
	switch {
	case failure == nil:
		t.Fatalf("%s %s: succeeds", name, input)
	case failure.Kind != kind:
		t.Errorf("%s %s: kind %s, want %s: %s", name, input, failure.Kind, kind, failure.Message)
	case len(b.writes) != before:
		t.Errorf("%s %s: refused, but wrote %v", name, input, b.writes[before:])
	}
	return failure.Message + " " + failure.Prompt
}

func holdsAll(t *testing.T, text string, wanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(text, want) {
			t.Errorf("want %q in %s", want, text)
		}
	}
}

// Bug class B1: a text with pictures and macros, which Markdown cannot write, is
// not replaced in silence by what was read of it as Markdown.
func TestB1TextsAreNotDestroyed(t *testing.T) {
	t.Parallel()
	const (
		plain   = `{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"words"}]}]}`
		picture = `{"type":"doc","version":1,"content":[{"type":"mediaSingle","content":[{"type":"media","attrs":{"type":"file","id":"6c1d2a4e","collection":"","alt":"plan.png"}}]}]}`
		macro   = `{"type":"doc","version":1,"content":[{"type":"extension","attrs":{"extensionType":"com.example","extensionKey":"chart"}}]}`
	)
	for _, tt := range []struct {
		input, stored string
		lost          string // empty when it is written
	}{
		{`"description":"New."`, plain, ""},
		{`"description":"New."`, `null`, ""},
		{`"description":""`, picture, ""},
		{`"title":"New"`, picture, ""},
		{`"description":"New."`, picture, "image"},
		{`"custom_fields":{"The field":"New."}`, macro, "chart"},
		{fmt.Sprintf(`"description":%q`, picture), picture, ""},
	} {
		puts := 0
		_, failure, _ := asked(t, "UpdateIssue", `{"issue":"A-1",`+tt.input+`}`, 1, func(w http.ResponseWriter, r *http.Request, _ string) {
			switch {
			case r.Method == http.MethodPut:
				puts++
				w.WriteHeader(http.StatusNoContent)
			case r.URL.Query().Get("expand") == "editmeta":
				_, _ = fmt.Fprintf(w, `{"id":"1","key":"A-1","fields":{"project":{"id":"1","key":"A"}},"editmeta":{"fields":{"customfield_1":%s}}}`, fieldOf("string", "", custom+"textarea"))
			default:
				_, _ = fmt.Fprintf(w, `{"id":"1","key":"A-1","fields":{"description":%[1]s,"customfield_1":%[1]s}}`, tt.stored)
			}
		})
		switch {
		case tt.lost == "" && (failure != nil || puts != 1):
			t.Errorf("%s over %s: %v, written %d times", tt.input, tt.stored, failure, puts)
		case tt.lost != "" && (kindOf(failure) != tool.KindContextRequired || !strings.Contains(failure.Message, tt.lost) || puts != 0):
			t.Errorf("%s over %s: %v, written %d times", tt.input, tt.stored, failure, puts)
		}
	}
}

// Bug class B2: what is a document of Jira's already stays as it is.
func TestB2DocumentsAreNotTranslated(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	const panel = `{"type":"doc","version":1,"content":[{"type":"panel","attrs":{"panelType":"info"},"content":[{"type":"paragraph","content":[{"type":"text","text":"*words*"}]}]}]}`
	var out, shown written
	b.must("CreateIssue", fmt.Sprintf(`{"title":"x","project":"PLAT","issue_type":"Bug","description":%q,"custom_fields":{"Release notes":%s}}`, panel, panel), &out)
	b.must("GetIssueById", fmt.Sprintf(`{"issue":%q}`, out.Issue.Key), &shown)
	want := "> [!NOTE]\n> \\*words\\*"
	var notes string
	if err := json.Unmarshal(shown.Issue.CustomFields["Release notes"], &notes); err != nil {
		t.Fatal(err)
	}
	if shown.Issue.Description != want || notes != want || !out.Verified {
		t.Errorf("%q, %q", shown.Issue.Description, notes)
	}
}

// Bug class B4: nobody is guessed. Of several people a person has to choose, an
// unknown one refuses the whole write, and me is the one who acts.
func TestB4NobodyIsGuessed(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	const create, update = `{"title":"x","project":"PLAT","issue_type":"Task",`, `{"issue":"PLAT-1","title":"x",`
	for name, input := range map[string]string{
		"CreateIssue":                create + `"assignee":"alex kim"}`,
		"UpdateIssue":                update + `"reporter":"Alex Kim"}`,
		"TransitionIssueToNewStatus": `{"issue":"PLAT-1","transition":"Resolve","custom_fields":{"Resolution":"Done","Root cause":"Code","Assignee":"Alex Kim"}}`,
	} {
		told := refused(t, b, name, input, tool.KindContextRequired)
		holdsAll(t, told, "712020:25b02565-04b3-5fc2-976a-d3003dc41363", "712020:0b8d6eab-9675-546d-85e6-cfe75600bb6c")
	}
	for _, nobody := range []string{"Nobody Atall", "nobody@acme.example", "712020:00000000-0000-0000-0000-000000000000", "Bob", "Carla Núñez", "alex.kim@contractor.example"} {
		holdsAll(t, refused(t, b, "CreateIssue", create+fmt.Sprintf(`"assignee":%q}`, nobody), tool.KindRetry), "assignee: there is no")
		holdsAll(t, refused(t, b, "UpdateIssue", update+fmt.Sprintf(`"assignee":%q}`, nobody), tool.KindRetry), "assignee: there is no")
	}
	for given, want := range map[string]string{
		"me": "Ada Moreau", "bob tanaka": "Bob Tanaka", "BOB@acme.example": "Bob Tanaka", "5f8a1c2e9d3b4a0069e1f7b2": "Bob Tanaka",
		"712020:0b8d6eab-9675-546d-85e6-cfe75600bb6c": "Alex Kim",
	} {
		var out written
		b.must("UpdateIssue", fmt.Sprintf(`{"issue":"PLAT-1","assignee":%q}`, given), &out)
		if out.Issue.Assignee.Name != want || !out.Verified {
			t.Errorf("%s: %+v", given, out)
		}
	}
}

// Bug class B4: who hides the e-mail address is found by it among those who can
// be assigned, but is not taken for certain to be the one.
func TestB4HiddenAddressesAreNoProof(t *testing.T) {
	t.Parallel()
	_, failure, _ := asked(t, "UpdateIssue", `{"issue":"A-1","assignee":"kim@acme.example"}`, 1, func(w http.ResponseWriter, r *http.Request, _ string) {
		switch r.Method + " " + r.URL.Path {
		case "GET /ex/jira/0/rest/api/3/user/search":
			_, _ = io.WriteString(w, `[]`)
		case "GET /ex/jira/0/rest/api/3/user/assignable/search":
			_, _ = io.WriteString(w, `[{"accountId":"5b10ac8d82e05b22cc7d4ef5","displayName":"Kim Lee","active":true}]`)
		default:
			t.Errorf("%s %s", r.Method, r.URL)
		}
	})
	if failure == nil || failure.Kind != tool.KindContextRequired || !strings.Contains(failure.Prompt, "Kim Lee (ID 5b10ac8d82e05b22cc7d4ef5)") {
		t.Errorf("%+v", failure)
	}
}

// Bug class B5: a success that stored nothing is told, and so is what cannot be
// read back; without the field's description nothing is left out in silence.
func TestB5NothingStoredIsNoSuccess(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ tool, input, stored, told string }{
		"title":   {"UpdateIssue", `{"issue":"A-1","title":"New"}`, `{"id":"1","key":"A-1","fields":{"summary":"Old"}}`, `"field":"title"`},
		"labels":  {"UpdateIssue", `{"issue":"A-1","labels":[]}`, `{"id":"1","key":"A-1","fields":{"labels":["a"]}}`, `"field":"labels"`},
		"cleared": {"UpdateIssue", `{"issue":"A-1","assignee":""}`, `{"id":"1","key":"A-1","fields":{"assignee":{"accountId":"ada"}}}`, `"field":"assignee"`},
		"text":    {"UpdateIssue", `{"issue":"A-1","description":"New"}`, `{"id":"1","key":"A-1","fields":{"description":null}}`, `"field":"description"`},
		"hidden":  {"UpdateIssue", `{"issue":"A-1","title":"New"}`, ``, `Reading it back failed`},
		"moved":   {"TransitionIssueToNewStatus", `{"issue":"A-1","transition":"Done"}`, `{"id":"1","key":"A-1","fields":{"status":{"id":"1","name":"To Do"}}}`, `"field":"transition"`},
		"unsaid":  {"TransitionIssueToNewStatus", `{"issue":"A-1","transition":"Done","comment":"x"}`, `{"id":"1","key":"A-1","fields":{"status":{"id":"3","name":"Done"}}}`, `"added":false`},
	} {
		value, failure, _ := asked(t, tt.tool, tt.input, 1, func(w http.ResponseWriter, r *http.Request, _ string) {
			switch {
			case strings.HasSuffix(r.URL.Path, "/comment"):
				w.WriteHeader(http.StatusForbidden)
			case r.Method != http.MethodGet:
				w.WriteHeader(http.StatusNoContent)
			case strings.HasSuffix(r.URL.Path, "/transitions"):
				_, _ = io.WriteString(w, `{"transitions":[{"id":"5","name":"Finish","to":{"id":"3","name":"Done"}}]}`)
			case tt.stored == "":
				w.WriteHeader(http.StatusForbidden)
			default:
				_, _ = io.WriteString(w, tt.stored)
			}
		})
		if failure != nil || !strings.Contains(string(value), `"verified":false`) || !strings.Contains(string(value), tt.told) {
			t.Errorf("%s: %v, %s", name, failure, value)
		}
	}
	_, failure, _ := asked(t, "UpdateIssue", `{"issue":"A-1","title":"New","custom_fields":{"Story Points":5}}`, 1, func(w http.ResponseWriter, r *http.Request, _ string) {
		if r.Method != http.MethodGet {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		w.WriteHeader(http.StatusForbidden)
	})
	if failure == nil || failure.Kind != tool.KindUpstreamAuth {
		t.Errorf("without fields: %+v", failure)
	}
}

// Bug class B14: everything that is required and missing is told at once, with
// the values it can have, and a field that the screen is without with the tool
// that can set it. Nothing is written.
func TestB14RequiredFieldsAreNamed(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	holdsAll(t, refused(t, b, "CreateIssue", `{"title":"x","project":"PSEC","issue_type":"Bug"}`, tool.KindBadInput),
		"custom_fields.Severity: is required", "Critical (ID 10201); Major (ID 10202); Minor (ID 10203)")
	holdsAll(t, refused(t, b, "CreateIssue", `{"title":"x","project":"FIN","issue_type":"Task"}`, tool.KindBadInput), "custom_fields.Cost center: is required", "type string")
	holdsAll(t, refused(t, b, "TransitionIssueToNewStatus", `{"issue":"PLAT-1","transition":"Done"}`, tool.KindBadInput),
		"custom_fields.Resolution: is required", "custom_fields.Root cause: is required", "Won't Do", "Third party")
	holdsAll(t, refused(t, b, "TransitionIssueToNewStatus", `{"issue":"PLAT-1","transition":"In Review","custom_fields":{"Resolution":"Done"}}`, tool.KindBadInput),
		"custom_fields.Resolution: is not on the screen of this transition", "UpdateIssue")
	holdsAll(t, refused(t, b, "CreateIssue", `{"title":"x","project":"PLAT","issue_type":"Task","custom_fields":{"Severity":"Major"}}`, tool.KindBadInput),
		"custom_fields.Severity: is a field that issues of this type and project are not created with", "UpdateIssue")

	var out written
	b.must("CreateIssue", `{"title":"x","project":"PSEC","issue_type":"Bug","custom_fields":{"severity":"minor"}}`, &out)
	b.must("TransitionIssueToNewStatus", `{"issue":"PLAT-1","transition":"Done","comment":"Done.","custom_fields":{"Resolution":"Done","Root cause":"Code"}}`, &out)
	if out.Issue.CurrentStatus.Name != "Done" || !out.Verified || !out.Comment.Added {
		t.Errorf("%+v", out)
	}
}

// A field that a transition's screen requires need not be given when the issue
// has a value in it.
func TestTransitionsKeepWhatTheIssueHas(t *testing.T) {
	t.Parallel()
	for summary, want := range map[string]tool.Kind{`"s"`: "", `null`: tool.KindBadInput} {
		_, failure, _ := asked(t, "TransitionIssueToNewStatus", `{"issue":"A-1","transition":"Done"}`, 1, func(w http.ResponseWriter, r *http.Request, _ string) {
			switch {
			case r.Method != http.MethodGet:
				w.WriteHeader(http.StatusNoContent)
			case strings.HasSuffix(r.URL.Path, "/transitions"):
				_, _ = io.WriteString(w, `{"transitions":[{"id":"5","name":"Finish","hasScreen":true,"to":{"id":"3","name":"Done"},"fields":{"customfield_1":{"required":true,"name":"Cause","schema":{"type":"string"}}}}]}`)
			default:
				_, _ = io.WriteString(w, `{"id":"1","key":"A-1","fields":{"status":{"id":"3","name":"Done"},"customfield_1":`+summary+`}}`)
			}
		})
		if got := kindOf(failure); got != want {
			t.Errorf("%s: %v", summary, failure)
		}
	}
}

func kindOf(failure *tool.Error) tool.Kind {
	if failure == nil {
		return ""
	}
	return failure.Kind
}

// Bug class B15: issue types are known by their translated and their first
// name, and a subtask is told with the parent that is stored.
func TestB15TypesInTwoLanguages(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	var parent written
	b.must("CreateIssue", `{"title":"Relire le rapport","project":"PLNT","issue_type":"tâche"}`, &parent)
	for _, name := range []string{"Subtask", "SOUS-TÂCHE", "10012"} {
		var out written
		b.must("CreateIssue", fmt.Sprintf(`{"title":"Une partie","issue_type":%q,"parent_issue":%q}`, name, strings.ToLower(parent.Issue.Key)), &out)
		if out.Issue.Parent.Key != parent.Issue.Key || out.Issue.IssueType.Name != "Sous-tâche" || !out.Verified || !strings.HasSuffix(out.Issue.URL, "/browse/"+out.Issue.Key) {
			t.Errorf("%s: %+v", name, out)
		}
	}
	holdsAll(t, refused(t, b, "CreateIssue", `{"title":"x","project":"PLNT","issue_type":"Subtask"}`, tool.KindBadInput), "parent_issue: is required for a subtask")
	holdsAll(t, refused(t, b, "CreateIssue", `{"title":"x","project":"PLNT","issue_type":"Histoire"}`, tool.KindRetry), "Tâche (ID 10010)", "Sous-tâche (ID 10012)")
}

// Bug class B17: mentions in a text reach the people that are meant.
func TestB17MentionsInDescriptions(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	var made, shown written
	b.must("CreateIssue", `{"title":"x","project":"PLAT","issue_type":"Task","description":"@[Bob Tanaka], @[ada@acme.example] and not `+"`@[Alex Kim]`"+`"}`, &made)
	b.must("GetIssueById", fmt.Sprintf(`{"issue":%q,"fields":["description"]}`, made.Issue.Key), &shown)
	holdsAll(t, shown.Issue.Description, "@[Bob Tanaka](accountid:5f8a1c2e9d3b4a0069e1f7b2)", "@[Ada Moreau](accountid:712020:1b7f7ada-8c91-56cc-8393-47f38c4ea404)", "`@[Alex Kim]`")
	holdsAll(t, refused(t, b, "UpdateIssue", `{"issue":"PLAT-1","description":"@[Alex Kim]"}`, tool.KindContextRequired), "description, mention 1")
}

// Bug class B18: an object may come as JSON in a text, as some models send it.
func TestB18CustomFieldsInText(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	var out written
	b.must("UpdateIssue", `{"issue":"PLAT-1","custom_fields":"{\"Customer\": \"Globex\"}"}`, &out)
	if string(out.Issue.CustomFields["Customer"]) != `"Globex"` {
		t.Errorf("%+v", out)
	}
}

// Bug class B19: all that Jira says about a write is passed on, under the names
// that the caller used.
func TestB19RefusalsArePassedOn(t *testing.T) {
	t.Parallel()
	_, failure, _ := asked(t, "UpdateIssue", `{"issue":"A-1","due_date":"2026-01-31","custom_fields":{"The field":"x"}}`, 1, func(w http.ResponseWriter, r *http.Request, _ string) {
		if r.Method == http.MethodPut {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"errorMessages":["The first.","The second."],"errors":{"duedate":"It is too late.","customfield_1":"Field 'customfield_1' cannot be set."}}`)
			return
		}
		_, _ = fmt.Fprintf(w, `{"id":"1","key":"A-1","fields":{"project":{"id":"1","key":"A"}},"editmeta":{"fields":{"customfield_1":%s}}}`, fieldOf("string", "", custom+"textfield"))
	})
	if failure == nil || failure.Kind != tool.KindBadInput {
		t.Fatalf("%+v", failure)
	}
	holdsAll(t, failure.Message+failure.Prompt, "The first.", "The second.", "due_date: It is too late.", "custom_fields.The field: Field 'custom_fields.The field' cannot be set.", "Correct ")
}

// Bug class B22: nothing that names an issue can lead to another address.
func TestB22IssuesAreNoPaths(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"../../x", "PLAT-1/comment", "PLAT-1?x=1", "PLAT-1#x", `PLAT-1\..`, "%2e%2e"} {
		for name, input := range map[string]string{
			"UpdateIssue":                `{"issue":%q,"title":"x"}`,
			"TransitionIssueToNewStatus": `{"issue":%q,"transition":"Done"}`,
			"CreateIssue":                `{"title":"x","issue_type":"Task","parent_issue":%q}`,
		} {
			_, failure, requests := asked(t, name, fmt.Sprintf(input, path), 1, func(_ http.ResponseWriter, r *http.Request, _ string) { t.Errorf("%s %s", r.Method, r.URL) })
			if kindOf(failure) != tool.KindBadInput || requests != 0 {
				t.Errorf("%s %s: %v, %d requests", name, path, failure, requests)
			}
		}
	}
}

// Bug class B25: what a text holds comes back as it was written.
func TestB25TextsSurvive(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	for given, want := range map[string]string{
		`a\\nb \"c\" 😀 é`:                  "a\\nb \"c\" 😀 é",
		`    indented`:                     "```\nindented\n```",
		`first\r\n\r\nsecond`:              "first\n\nsecond",
		"```\\npath = C:\\\\temp\\n```":    "```\npath = C:\\temp\n```",
		`1. one\n2. two\n\n- [x] three`:    "1. one\n2. two\n\n- [x] three",
		`**bold** \\*not\\* \u003cb\u003e`: "",
	} {
		var made, shown written
		b.must("CreateIssue", `{"title":"a \\n \"b\" 😀","project":"PLAT","issue_type":"Task","description":"`+given+`"}`, &made)
		b.must("GetIssueById", fmt.Sprintf(`{"issue":%q}`, made.Issue.Key), &shown)
		if shown.Issue.Title != `a \n "b" 😀` || !made.Verified {
			t.Errorf("%s: %+v", given, shown)
		}
		if want != "" && shown.Issue.Description != want {
			t.Errorf("%s (-want +got):\n%s", given, cmp.Diff(want, shown.Issue.Description))
		}
	}
}

// What is left out stays as it is, and what is empty is taken away.
func TestEmptyTakesAwayAndLeftOutStays(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	type detail struct {
		Issue map[string]jsontext.Value `json:"issue"`
	}
	var before, after detail
	b.must("GetIssueById", `{"issue":"PLAT-1"}`, &before)
	b.must("UpdateIssue", `{"issue":"PLAT-1","labels":[],"due_date":"","assignee":null,"custom_fields":{"Customer":null}}`, new(written))
	b.must("GetIssueById", `{"issue":"PLAT-1"}`, &after)
	for name, value := range before.Issue {
		gone := name == "due_date"
		changed := gone || name == "updated" || name == "labels" || name == "custom_fields"
		now, there := after.Issue[name]
		if there == gone || (string(now) == string(value)) == changed {
			t.Errorf("%s was %s and is %s", name, value, now)
		}
	}
	if string(after.Issue["labels"]) != "[]" || strings.Contains(string(after.Issue["custom_fields"]), "Initech") {
		t.Errorf("%s %s", after.Issue["labels"], after.Issue["custom_fields"])
	}
}

// Creating by names costs at most six requests when the sites are known.
func TestCreatingByNamesIsCheap(t *testing.T) {
	t.Parallel()
	_, failure, requests := asked(t, "CreateIssue", `{"title":"x","project":"Some project","issue_type":"task","priority":"high","assignee":"Ada"}`, 1,
		func(w http.ResponseWriter, r *http.Request, _ string) {
			switch path := strings.TrimPrefix(r.URL.Path, "/ex/jira/0/rest/api/3"); {
			case r.Method == http.MethodPost:
				w.WriteHeader(http.StatusCreated)
				_, _ = io.WriteString(w, `{"id":"1","key":"A-1"}`)
			case path == "/project/search":
				_, _ = io.WriteString(w, `{"values":[{"id":"1","key":"A","name":"Some project"},{"id":"2","key":"B","name":"Some project more"}],"isLast":true}`)
			case path == "/user/search":
				_, _ = io.WriteString(w, `[{"accountId":"ada","displayName":"Ada"}]`)
			case path == "/issue/createmeta/1/issuetypes":
				_, _ = io.WriteString(w, `{"issueTypes":[{"id":"3","name":"Task"}],"total":1}`)
			case path == "/issue/createmeta/1/issuetypes/3":
				_, _ = io.WriteString(w, `{"fields":[{"fieldId":"priority","name":"Priority","schema":{"type":"priority"},"allowedValues":[{"id":"2","name":"High"}]}],"total":1}`)
			case path == "/issue/1":
				_, _ = io.WriteString(w, `{"id":"1","key":"A-1","fields":{}}`)
			default:
				t.Errorf("%s %s", r.Method, r.URL)
			}
		})
	if failure != nil || requests > 7 { // one of them lists the sites
		t.Errorf("%v, %d requests", failure, requests)
	}
}

// Bug class B10: who acts is who the token says, even when two people share a
// worker that remembers what it was told.
func TestB10MeIsWhoActs(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	create := b.catalog.ByName("Jira.CreateIssue")
	people := map[string]string{"sandbox;user=ada": "Ada Moreau", "sandbox;user=bob": "Bob Tanaka", "sandbox;user=grace": "Grace Okafor"}
	var wait sync.WaitGroup
	for range 5 {
		for token, name := range people {
			wait.Go(func() {
				value, err := create.Run(t.Context(), &tool.Invocation{
					Token: tool.NewToken(token), Inputs: jsontext.Value(`{"title":"x","project":"PLAT","issue_type":"Task","assignee":"me"}`),
				})
				var out written
				if err == nil {
					err = json.Unmarshal(value, &out)
				}
				if err != nil || out.Issue.Assignee.Name != name {
					t.Errorf("%s: %v, %+v", token, err, out)
				}
			})
		}
	}
	wait.Wait()
}
