package lookup_test

import (
	"fmt"
	"strings"
	"testing"

	"arcade-atlassian/tools/lookup"
	"arcade-atlassian/tools/tool"
)

var people = []lookup.Candidate{
	{ID: "5b10", Name: "Ada Lovelace", Email: "ada@acme.example"},
	{ID: "5b11", Name: "Bob", Email: "bob@acme.example"},
	{ID: "5b12", Name: "bob"},
	{ID: "5b13", Name: "Joanna Ann"},
	{ID: "5b14", Name: "Ann", Detail: "customer"},
	{ID: "5b15", Name: "Ann", Detail: "app", URL: "https://acme.example/5b15"},
	{ID: "5b17", Name: "Ann", URL: "https://acme.example/" + strings.Repeat("x", 300)},
	{ID: "Ann Other", Key: "AO", Name: "5b10", OtherNames: []string{"Anderer", "Autre"}},
	{ID: "5b16", Name: "  Two \t words "},
}

func choose(q lookup.Query, items []lookup.Candidate) (lookup.Candidate, error) {
	q.Parameter, q.Noun, q.Plural = "assignee", "user", "users"
	return lookup.Choose(q, items, func(c lookup.Candidate) lookup.Candidate { return c })
}

func TestChoose(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		query lookup.Query
		want  string // ID
	}{
		{lookup.Query{Value: "5b11"}, "5b11"},
		{lookup.Query{Value: "  5b11\n"}, "5b11"},
		{lookup.Query{Value: "5b10"}, "5b10"}, // an ID before the same text as a name
		{lookup.Query{Value: "AO"}, "Ann Other"},
		{lookup.Query{Value: "ao"}, "Ann Other"},
		{lookup.Query{Value: "Bob"}, "5b11"}, // as written before any case
		{lookup.Query{Value: "bob"}, "5b12"},
		{lookup.Query{Value: "ada lovelace"}, "5b10"},
		{lookup.Query{Value: "ADA@acme.example"}, "5b10"},
		{lookup.Query{Value: "autre"}, "Ann Other"},
		{lookup.Query{Value: "two words"}, "5b16"},
		{lookup.Query{Value: "joan", PartOfName: true}, "5b13"},
		{lookup.Query{Value: "5b11", Incomplete: true}, "5b11"},
		{lookup.Query{Value: "ada@ACME.example", Incomplete: true}, "5b10"},
	} {
		got, err := choose(tt.query, people)
		if err != nil || got.ID != tt.want {
			t.Errorf("%+v: %q, %v, want %q", tt.query, got.ID, err, tt.want)
		}
	}
}

func TestChooseRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		query   lookup.Query
		items   []lookup.Candidate
		kind    tool.Kind
		message string
		prompt  string
		without string
	}{
		{"blank", lookup.Query{Value: " \t"}, people, tool.KindBadInput, "assignee: must not be blank", "users", ""},
		{"several", lookup.Query{Value: "Ann"}, people, tool.KindContextRequired, "several users have this name", "Ann (ID 5b14, customer); Ann (ID 5b15, app, https://acme.example/5b15); Ann (ID 5b17).", "Joanna"},
		{"several in another case", lookup.Query{Value: "BOB"}, people, tool.KindContextRequired, "several users", "Bob (ID 5b11, bob@acme.example); bob (ID 5b12).", ""},
		{"a slip", lookup.Query{Value: "Ada Lovelcae"}, people, tool.KindRetry, "there is no user", "The nearest are: Ada Lovelace (ID 5b10, ada@acme.example).", "Bob"},
		{"a part of a name", lookup.Query{Value: "Joan"}, people, tool.KindRetry, "there is no user", "The nearest are: Joanna Ann (ID 5b13)", ""},
		{"nothing like it", lookup.Query{Value: "zzz"}, people, tool.KindRetry, "there is no user", "Available: Ada Lovelace", ""},
		{"nobody at all", lookup.Query{Value: "zzz"}, nil, tool.KindRetry, "there is no user", "There are no users that the user can see.", ""},
		{"a name in a list that goes on", lookup.Query{Value: "Bob", Incomplete: true}, people, tool.KindContextRequired, "too long to be sure", "Bob (ID 5b11", ""},
		{"nothing in a list that goes on", lookup.Query{Value: "zzz", Incomplete: true}, people, tool.KindRetry, "which are not all", "Available", "there is no"},
		{"invisible", lookup.Query{Value: "Bo\u200bb"}, people, tool.KindRetry, "invisible characters", "Bob", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := choose(tt.query, tt.items)
			if err == nil {
				t.Fatalf("chose %+v", got)
			}
			failure := tool.Explain(err)
			if failure.Kind != tt.kind || !strings.Contains(failure.Message, tt.message) || !strings.Contains(failure.Prompt, tt.prompt) {
				t.Errorf("%s: %s\n%s", failure.Kind, failure.Message, failure.Prompt)
			}
			if tt.without != "" && strings.Contains(failure.Message+failure.Prompt, tt.without) {
				t.Errorf("tells %q: %s\n%s", tt.without, failure.Message, failure.Prompt)
			}
		})
	}
}

func TestChooseNeverQuotesTheValue(t *testing.T) {
	t.Parallel()
	_, err := choose(lookup.Query{Value: "hunter2"}, people)
	if failure := tool.Explain(err); strings.Contains(failure.Message+failure.Prompt+failure.Developer, "hunter2") {
		t.Errorf("%+v", failure)
	}
}

func TestChooseBoundsWhatItLists(t *testing.T) {
	t.Parallel()
	var many []lookup.Candidate
	for i := range 5000 {
		many = append(many, lookup.Candidate{ID: fmt.Sprint(i), Name: "same\u202e <b>name</b> " + strings.Repeat("x", 1_000)})
	}
	_, err := choose(lookup.Query{Value: normalized(many[0].Name)}, many)
	failure := tool.Explain(err)
	if len(failure.Prompt) > 4000 || !strings.Contains(failure.Prompt, "and 4980 more") {
		t.Errorf("%d bytes: %.200s", len(failure.Prompt), failure.Prompt)
	}
	if strings.ContainsAny(failure.Prompt, "\u202e<>") {
		t.Errorf("shows what strangers wrote as it is: %.200s", failure.Prompt)
	}
	_, err = choose(lookup.Query{Value: strings.Repeat("y", 1<<20)}, many)
	if failure := tool.Explain(err); failure.Kind != tool.KindRetry || len(failure.Prompt) > 4000 {
		t.Errorf("%s, %d bytes", failure.Kind, len(failure.Prompt))
	}
}

func normalized(s string) string { return strings.Join(strings.Fields(s), " ") }

func ExampleChoose() {
	type board struct {
		id   string
		name string
	}
	boards := []board{{"1", "Platform"}, {"2", "Platform bugs"}}
	found, err := lookup.Choose(lookup.Query{Parameter: "board", Value: "bugs", Noun: "board", Plural: "boards", PartOfName: true}, boards,
		func(b board) lookup.Candidate { return lookup.Candidate{ID: b.id, Name: b.name} })
	fmt.Println(found.name, err)

	_, err = lookup.Choose(lookup.Query{Parameter: "board", Value: "Platforn", Noun: "board", Plural: "boards"}, boards,
		func(b board) lookup.Candidate { return lookup.Candidate{ID: b.id, Name: b.name} })
	fmt.Println(tool.Explain(err).Prompt)
	// Output:
	// Platform bugs <nil>
	// Call again with the ID or exact name in board. The nearest are: Platform (ID 1).
}
