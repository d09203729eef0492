package jira_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/tools/tool"
)

const (
	custom   = "com.atlassian.jira.plugin.system.customfieldtypes:"
	greenhop = "com.pyxis.greenhopper.jira:"
	document = `{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":%q}]}]}`
)

// editing answers as Jira does for issue A-1, whose only field is the one
// described. stored is what it shows of the field afterwards, and sent what was
// written into it.
func editing(t *testing.T, field, stored string, sent *jsontext.Value) func(http.ResponseWriter, *http.Request, string) {
	t.Helper()
	return func(w http.ResponseWriter, r *http.Request, _ string) {
		query := r.URL.Query()
		switch {
		case r.Method == http.MethodPut:
			var body struct {
				Fields map[string]jsontext.Value `json:"fields"`
			}
			if err := json.UnmarshalRead(r.Body, &body); err != nil {
				t.Error(err)
			}
			*sent = body.Fields["customfield_1"].Clone()
			w.WriteHeader(http.StatusNoContent)
		case strings.HasSuffix(r.URL.Path, "/myself"):
			_, _ = io.WriteString(w, `{"accountId":"me","displayName":"Me"}`)
		case strings.HasSuffix(r.URL.Path, "/user/search"):
			name := query.Get("query")
			if query.Get("accountId") != "" || strings.Contains(name, "obody") {
				_, _ = io.WriteString(w, `[]`)
			} else {
				_, _ = fmt.Fprintf(w, `[{"accountId":%q,"displayName":%q}]`, strings.ToLower(name), name)
			}
		case strings.HasSuffix(r.URL.Path, "/user/assignable/search"):
			if id := query.Get("accountId"); id == "" {
				_, _ = io.WriteString(w, `[]`)
			} else {
				_, _ = fmt.Fprintf(w, `[{"accountId":%q,"displayName":"Found"}]`, id)
			}
		case strings.HasSuffix(r.URL.Path, "/field"):
			_, _ = io.WriteString(w, `[{"id":"summary","name":"Summary"},{"id":"issuelinks","name":"Linked Issues"}]`)
		case query.Get("expand") == "editmeta":
			_, _ = fmt.Fprintf(w, `{"id":"1","key":"A-1","fields":{"project":{"id":"1","key":"A"}},"editmeta":{"fields":{"customfield_1":%s}}}`, field)
		default:
			_, _ = fmt.Fprintf(w, `{"id":"1","key":"A-1","fields":{"customfield_1":%s}}`, stored)
		}
	}
}

// fieldOf describes a field.
func fieldOf(kind, items, of string, allowed ...string) string {
	described := fmt.Sprintf(`{"key":"customfield_1","name":"The field","required":false,"operations":["set"],"schema":{"type":%q,"items":%q,"custom":%q,"customId":1}`, kind, items, of)
	if allowed != nil {
		described += `,"allowedValues":[` + strings.Join(allowed, ",") + `]`
	}
	return described + "}"
}

// Bug class B13: what a person would write becomes the form that Jira takes for
// the field's type, and what is stored in Jira's own form is recognized as it.
func TestB13ValuesOfEveryType(t *testing.T) {
	t.Parallel()
	options := []string{`{"id":"1","value":"Low"}`, `{"id":"2","value":"High"}`, `{"id":"3","value":"Old","disabled":true}`}
	versions := []string{`{"id":"1","name":"1.0"}`, `{"id":"2","name":"1.1"}`}
	places := []string{`{"id":"1","value":"Europe","children":[{"id":"11","value":"Paris"},{"id":"12","value":"Rome"}]}`, `{"id":"2","value":"A > B"}`}
	doc := func(text string) string { return fmt.Sprintf(document, text) }
	for _, tt := range []struct{ field, given, sent, stored string }{
		{fieldOf("string", "", custom+"textfield"), `"Initech"`, `"Initech"`, `"Initech"`},
		{fieldOf("string", "", custom+"textarea"), `"words"`, doc("words"), doc("words")},
		{fieldOf("string", "", custom+"textarea"), doc("as it is"), doc("as it is"), doc("as it is")},
		{fieldOf("string", "", custom+"url"), `"https://example.com/a"`, `"https://example.com/a"`, `"https://example.com/a"`},
		{fieldOf("number", "", custom+"float"), `5`, `5`, `5.0`},
		{fieldOf("number", "", custom+"float"), `"0.5"`, `0.5`, `0.5`},
		{fieldOf("date", "", custom+"datepicker"), `"2026-01-31"`, `"2026-01-31"`, `"2026-01-31"`},
		{fieldOf("datetime", "", custom+"datetime"), `"2026-01-31T15:04:05Z"`, `"2026-01-31T15:04:05.000+0000"`, `"2026-01-31T16:04:05.000+0100"`},
		{fieldOf("datetime", "", custom+"datetime"), `"2026-01-31 15:04+01:00"`, `"2026-01-31T15:04:00.000+0100"`, `"2026-01-31T14:04:00.000+0000"`},
		{fieldOf("datetime", "", custom+"datetime"), `"2026-01-31T15:04:05.250-0800"`, `"2026-01-31T15:04:05.250-0800"`, `"2026-01-31T15:04:05.250-0800"`},
		{fieldOf("option", "", custom+"select", options...), `"high"`, `{"id":"2"}`, `{"id":"2","value":"High"}`},
		{fieldOf("option", "", custom+"select", options...), `{"value":"High"}`, `{"id":"2"}`, `{"id":"2","value":"High"}`},
		{fieldOf("option", "", custom+"radiobuttons", options...), `1`, `{"id":"1"}`, `{"id":"1","value":"Low"}`},
		{fieldOf("option", "", custom+"select"), `"High"`, `{"value":"High"}`, `{"id":"2","value":"High"}`},
		{fieldOf("array", "option", custom+"multiselect", options...), `["high","Low"]`, `[{"id":"2"},{"id":"1"}]`, `[{"id":"1","value":"Low"},{"id":"2","value":"High"}]`},
		{fieldOf("array", "option", custom+"multicheckboxes", options...), `"High"`, `[{"id":"2"}]`, `[{"id":"2","value":"High"}]`},
		{fieldOf("option-with-child", "", custom+"cascadingselect", places...), `"europe > rome"`, `{"child":{"id":"12"},"id":"1"}`, `{"id":"1","value":"Europe","child":{"id":"12","value":"Rome"}}`},
		{fieldOf("option-with-child", "", custom+"cascadingselect", places...), `["Europe","Paris"]`, `{"child":{"id":"11"},"id":"1"}`, `{"id":"1","child":{"id":"11"}}`},
		{fieldOf("option-with-child", "", custom+"cascadingselect", places...), `{"value":"Europe","child":{"value":"Paris"}}`, `{"child":{"id":"11"},"id":"1"}`, `{"id":"1","child":{"id":"11"}}`},
		{fieldOf("option-with-child", "", custom+"cascadingselect", places...), `"Europe"`, `{"id":"1"}`, `{"id":"1","value":"Europe"}`},
		{fieldOf("option-with-child", "", custom+"cascadingselect", places...), `"A > B"`, `{"id":"2"}`, `{"id":"2","value":"A > B"}`},
		{fieldOf("option-with-child", "", custom+"cascadingselect"), `"Europe > Rome"`, `{"child":{"value":"Rome"},"value":"Europe"}`, `{"id":"1","value":"Europe","child":{"id":"12","value":"Rome"}}`},
		{fieldOf("user", "", custom+"userpicker"), `"Ada"`, `{"accountId":"ada"}`, `{"accountId":"ada","displayName":"Ada"}`},
		{fieldOf("user", "", custom+"userpicker"), `"me"`, `{"accountId":"me"}`, `{"accountId":"me","displayName":"Me"}`},
		{fieldOf("user", "", custom+"userpicker"), `{"accountId":"0123456789abcdef01234567"}`, `{"accountId":"0123456789abcdef01234567"}`, `{"accountId":"0123456789abcdef01234567"}`},
		{fieldOf("array", "user", custom+"multiuserpicker"), `["Ada","me"]`, `[{"accountId":"ada"},{"accountId":"me"}]`, `[{"accountId":"me"},{"accountId":"ada"}]`},
		{fieldOf("group", "", custom+"grouppicker"), `"admins"`, `{"name":"admins"}`, `{"name":"admins","groupId":"1"}`},
		{fieldOf("array", "group", custom+"multigrouppicker"), `["admins"]`, `[{"name":"admins"}]`, `[{"name":"admins","groupId":"1"}]`},
		{fieldOf("version", "", custom+"version", versions...), `"1.1"`, `{"id":"2"}`, `{"id":"2","name":"1.1"}`},
		{fieldOf("array", "version", custom+"multiversion", versions...), `["1.0"]`, `[{"id":"1"}]`, `[{"id":"1","name":"1.0"}]`},
		{fieldOf("array", "component", "", versions...), `"1.0"`, `[{"id":"1"}]`, `[{"id":"1","name":"1.0"}]`},
		{fieldOf("resolution", "", "", versions...), `"1.0"`, `{"id":"1"}`, `{"id":"1","name":"1.0"}`},
		{fieldOf("securitylevel", "", "", versions...), `"1.0"`, `{"id":"1"}`, `{"id":"1","name":"1.0"}`},
		{fieldOf("array", "string", custom+"labels"), `["a","b"]`, `["a","b"]`, `["b","a"]`},
		{fieldOf("array", "json", greenhop+"gh-sprint"), `59`, `59`, `[{"id":58,"state":"closed"},{"id":59,"state":"active"}]`},
		{fieldOf("array", "json", greenhop+"gh-sprint"), `"59"`, `59`, `[{"id":59,"state":"active"}]`},
		{fieldOf("any", "", greenhop+"gh-epic-link"), `"abc-7"`, `"ABC-7"`, `"ABC-7"`},
		{fieldOf("any", "", "com.atlassian.jpo:jpo-custom-field-parent"), `"abc-7"`, `"ABC-7"`, `{"data":{"key":"ABC-7"},"key":"ABC-7"}`},
		{fieldOf("issuelink", "", ""), `"abc-7"`, `{"key":"ABC-7"}`, `{"id":"7","key":"ABC-7"}`},
		{fieldOf("project", "", custom+"project"), `"abc"`, `{"key":"ABC"}`, `{"id":"1","key":"ABC"}`},
		{fieldOf("project", "", custom+"project"), `10001`, `{"id":"10001"}`, `{"id":"10001","key":"ABC"}`},
		{fieldOf("project", "", custom+"project", `{"id":"1","key":"ABC","name":"Alphabet"}`), `"alphabet"`, `{"id":"1"}`, `{"id":"1","key":"ABC"}`},
		{fieldOf("team", "", "com.atlassian.teams:rm-teams-custom-field-team"), `"36885b3c-1bf0-4f85-a357-c5b858c31de4"`, `"36885b3c-1bf0-4f85-a357-c5b858c31de4"`, `{"id":"36885b3c-1bf0-4f85-a357-c5b858c31de4","name":"Core"}`},
		{fieldOf("timetracking", "", ""), `"2d 4h"`, `{"originalEstimate":"2d 4h"}`, `{"originalEstimate":"2d 4h","remainingEstimate":"2d 4h"}`},
		{fieldOf("timetracking", "", ""), `{"remainingEstimate":"4h"}`, `{"remainingEstimate":"4h"}`, `{"originalEstimate":"2d","remainingEstimate":"4h"}`},
		{fieldOf("any", "", "com.example.app:range"), `{"from":1,"to":5}`, `{"from":1,"to":5}`, `{"from":1,"to":5}`},

		{fieldOf("number", "", custom+"float"), `null`, `null`, `null`},
		{fieldOf("string", "", custom+"textfield"), `""`, `null`, `null`},
		{fieldOf("option", "", custom+"select", options...), `null`, `null`, `null`},
		{fieldOf("array", "option", custom+"multiselect", options...), `[]`, `[]`, `null`},
		{fieldOf("array", "string", custom+"labels"), `null`, `[]`, `[]`},
		{fieldOf("array", "string", custom+"labels"), `[ ]`, `[]`, `[]`},
		{fieldOf("array", "json", greenhop+"gh-sprint"), `null`, `null`, `null`},
	} {
		var sent jsontext.Value
		value, failure, _ := asked(t, "UpdateIssue", `{"issue":"A-1","custom_fields":{"the field":`+tt.given+`}}`, 1, editing(t, tt.field, tt.stored, &sent))
		if failure != nil {
			t.Errorf("%s %s: %s %s", tt.field, tt.given, failure.Message, failure.Prompt)
			continue
		}
		if diff := cmp.Diff(tt.sent, string(canonical(t, sent))); diff != "" {
			t.Errorf("%s %s (-want +sent):\n%s", tt.field, tt.given, diff)
		}
		if !strings.Contains(string(value), `"verified":true`) {
			t.Errorf("%s %s, stored as %s: %s", tt.field, tt.given, tt.stored, value)
		}
	}
}

func canonical(t *testing.T, v jsontext.Value) jsontext.Value {
	t.Helper()
	if strings.Contains(string(v), `"doc"`) {
		return v // its order is that of the tests
	}
	if err := v.Canonicalize(); err != nil {
		t.Errorf("%s: %v", v, err)
	}
	return v
}

// Bug class B13: a value that the field cannot have is refused with what it can
// have, before anything is sent.
func TestB13WrongValuesSayWhatIsAccepted(t *testing.T) {
	t.Parallel()
	options := []string{`{"id":"1","value":"Low"}`, `{"id":"2","value":"High"}`, `{"id":"3","value":"Old","disabled":true}`}
	places := []string{`{"id":"1","value":"Europe","children":[{"id":"11","value":"Paris"}]}`}
	for _, tt := range []struct{ field, given, told string }{
		{fieldOf("string", "", custom+"textfield"), `5`, "a text"},
		{fieldOf("string", "", custom+"textfield"), `"two\nlines"`, "a single line"},
		{fieldOf("string", "", custom+"textfield"), `"` + strings.Repeat("a", 256) + `"`, "255 characters"},
		{fieldOf("string", "", custom+"textarea"), `["words"]`, "Markdown"},
		{fieldOf("string", "", custom+"textarea"), `{"type":"paragraph"}`, "Markdown"},
		{fieldOf("number", "", custom+"float"), `{}`, "a number"},
		{fieldOf("string", "", custom+"textarea"), `"` + strings.Repeat("a", 32767) + `"`, "which holds 32767"},
		{fieldOf("string", "", custom+"url"), `"example"`, "https://example.com"},
		{fieldOf("number", "", custom+"float"), `"many"`, "a number"},
		{fieldOf("number", "", custom+"float"), `true`, "a number"},
		{fieldOf("date", "", custom+"datepicker"), `"31.01.2026"`, "YYYY-MM-DD"},
		{fieldOf("date", "", custom+"datepicker"), `"2026-02-30"`, "no day of the calendar"},
		{fieldOf("datetime", "", custom+"datetime"), `"2026-01-31T15:04:05"`, "with its offset"},
		{fieldOf("option", "", custom+"select", options...), `"Hihg"`, "High (ID 2)"},
		{fieldOf("option", "", custom+"select", options...), `"Old"`, "Low (ID 1); High (ID 2)."},
		{fieldOf("option", "", custom+"select", options...), `["High"]`, "the name or ID of a value"},
		{fieldOf("array", "option", custom+"multiselect", options...), `["High","Medium"]`, "Low (ID 1); High (ID 2)."},
		{fieldOf("option-with-child", "", custom+"cascadingselect", places...), `"Europe > Rome"`, "Paris (ID 11)"},
		{fieldOf("option-with-child", "", custom+"cascadingselect", places...), `["a","b","c"]`, "Europe > Paris"},
		{fieldOf("user", "", custom+"userpicker"), `"Nobody"`, "no active user"},
		{fieldOf("user", "", custom+"userpicker"), `true`, "a person"},
		{fieldOf("version", "", custom+"version", `{"id":"1","name":"1.0"}`), `"9.9"`, "1.0 (ID 1)"},
		{fieldOf("version", "", custom+"version", []string{}...), `"9.9"`, "There are no values"},
		{fieldOf("array", "string", custom+"labels"), `["two words"]`, "one word"},
		{fieldOf("array", "string", custom+"labels"), `[[]]`, "a label"},
		{fieldOf("array", "string", custom+"labels"), `[""]`, "a label"},
		{fieldOf("array", "json", greenhop+"gh-sprint"), `"Sprint 9"`, "the ID of a sprint"},
		{fieldOf("any", "", greenhop+"gh-epic-link"), `"../x"`, "the key of an issue"},
		{fieldOf("project", "", custom+"project"), `"../x"`, "the key or ID of a project"},
		{fieldOf("timetracking", "", ""), `"soon"`, "2d 4h"},
		{fieldOf("timetracking", "", ""), `{"originalEstimate":"1d","other":"2d"}`, "2d 4h"},
		{strings.Replace(fieldOf("option", "", custom+"select", options...), `"required":false`, `"required":true`, 1), `null`, "Low (ID 1); High (ID 2)."},
	} {
		var sent jsontext.Value
		value, failure, _ := asked(t, "UpdateIssue", `{"issue":"A-1","custom_fields":{"The field":`+tt.given+`}}`, 1, editing(t, tt.field, `null`, &sent))
		switch {
		case failure == nil:
			t.Errorf("%s %s: accepted: %s", tt.field, tt.given, value)
		case sent != nil:
			t.Errorf("%s %s: refused, but sent %s", tt.field, tt.given, sent)
		case !strings.Contains(failure.Message+failure.Prompt, tt.told), !strings.Contains(failure.Message, "custom_fields.The field"):
			t.Errorf("%s %.80s: want %q in %s %s", tt.field, tt.given, tt.told, failure.Message, failure.Prompt)
		}
	}
}

// Bug class B11: a field with thousands of values does not fill an error.
func TestB11AllowedValuesAreNotAllListed(t *testing.T) {
	t.Parallel()
	var many []string
	for i := range 5000 {
		many = append(many, fmt.Sprintf(`{"id":"%d","value":"Value %d of %s"}`, i, i, strings.Repeat("very ", 50)))
	}
	for _, given := range []string{`"nothing like it"`, `null`} {
		field := strings.Replace(fieldOf("option", "", custom+"select", many...), `"required":false`, `"required":true`, 1)
		var sent jsontext.Value
		_, failure, _ := asked(t, "UpdateIssue", `{"issue":"A-1","custom_fields":{"The field":`+given+`}}`, 1, editing(t, field, `null`, &sent))
		if failure == nil || !strings.Contains(failure.Prompt, "4980 more") || len(failure.Prompt) > 4000 {
			t.Errorf("%s: %v", given, failure)
		}
	}
}

// Bug class B5: a value that is stored otherwise than it was sent is told, field
// by field, whatever the field's type.
func TestB5EveryTypeIsCompared(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ field, given, stored, told string }{
		{fieldOf("string", "", custom+"textfield"), `"Initech"`, `"Initrode"`, "Initrode"},
		{fieldOf("string", "", custom+"textarea"), `"words"`, fmt.Sprintf(document, "others"), "others"},
		{fieldOf("number", "", custom+"float"), `5`, `3.0`, "3.0"},
		{fieldOf("number", "", custom+"float"), `5`, `null`, ""},
		{fieldOf("number", "", custom+"float"), `null`, `5`, "5"},
		{fieldOf("datetime", "", custom+"datetime"), `"2026-01-31T15:04:05Z"`, `"2026-01-31T15:04:05.000+0100"`, "+0100"},
		{fieldOf("option", "", custom+"select"), `"High"`, `{"id":"1","value":"Low"}`, "Low"},
		{fieldOf("array", "string", custom+"labels"), `["a"]`, `["a","b"]`, `[\"a\",\"b\"]`},
		{fieldOf("array", "string", custom+"labels"), `["a","b"]`, `["a"]`, `[\"a\"]`},
		{fieldOf("array", "json", greenhop+"gh-sprint"), `59`, `[{"id":58}]`, "58"},
		{fieldOf("user", "", custom+"userpicker"), `"Ada"`, `{"accountId":"bob","displayName":"Bob"}`, "Bob"},
	} {
		var sent jsontext.Value
		value, failure, _ := asked(t, "UpdateIssue", `{"issue":"A-1","custom_fields":{"The field":`+tt.given+`}}`, 1, editing(t, tt.field, tt.stored, &sent))
		if failure != nil {
			t.Errorf("%s: %s", tt.field, failure.Message)
			continue
		}
		for _, want := range []string{`"verified":false`, `"field":"custom_fields.The field"`, tt.told} {
			if !strings.Contains(string(value), want) {
				t.Errorf("%s %s, stored as %s: want %s in %s", tt.field, tt.given, tt.stored, want, value)
			}
		}
	}
}

// Fields that resemble the one that is meant are not taken for it.
func TestFieldsAreFoundByName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]tool.Kind{
		"The field": "", "the  FIELD": "", "customfield_1": "", "the_field": "",
		"The fields": tool.KindRetry, "field": tool.KindRetry, "Summary": tool.KindBadInput, "title": tool.KindBadInput, "Linked Issues": tool.KindBadInput, "Nothing": tool.KindRetry,
	} {
		var sent jsontext.Value
		_, failure, _ := asked(t, "UpdateIssue", fmt.Sprintf(`{"issue":"A-1","custom_fields":{%q:"x"}}`, name), 1,
			editing(t, fieldOf("string", "", custom+"textfield"), `"x"`, &sent))
		var kind tool.Kind
		if failure != nil {
			kind = failure.Kind
		}
		if kind != want || (sent != nil) != (want == "") {
			t.Errorf("%s: %v, sent %s", name, failure, sent)
		}
	}
}
