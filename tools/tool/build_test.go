package tool_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/schema"
	"arcade-atlassian/tools/tool"
)

// Every mistake of every declaration is told at once, with its place.
func TestBuildReportsEveryMistake(t *testing.T) {
	t.Parallel()
	type camel struct {
		IssueKey string `json:"issueKey" jsonschema:"maxLength=255" doc:"A key."`
	}
	type untold struct {
		Text string `json:"text" jsonschema:"maxLength=255"`
		Name string `jsonschema:"maxLength=255" doc:"A name."`
	}
	type untyped struct {
		Any any `json:"any" doc:"Anything."`
	}
	broken, alsoBroken := getThing, postThing
	broken.broken, alsoBroken.broken = []string{"has no scopes", "has no method"}, []string{"has no path"}
	text := func(context.Context, lab, *tool.Invocation, string) (none, error) { return none{}, nil }
	list := func(context.Context, lab, *tool.Invocation, none) ([][]none, error) { return nil, nil }
	camelIn := func(context.Context, lab, *tool.Invocation, camel) (none, error) { return none{}, nil }
	pointer := func(context.Context, lab, *tool.Invocation, pointed) (none, error) { return none{}, nil }
	bothBad := func(context.Context, lab, *tool.Invocation, untold) (untyped, error) { return untyped{}, nil }
	badEffect := operation{name: "PATCH /thing", effect: 7}
	odd := spec("Odd", getThing)
	odd.Destructive, odd.NotIdempotent = true, true
	keys := spec("Keys", badEffect, tool.NewOperation("", tool.Read))
	keys.Secrets = []string{"API_KEY", "api_key", "", "arcade_worker_secret"}
	keys.Metadata = []string{" x", "Client_ID"}

	k := newKit("Lab")
	line := here()
	add(k, spec("Twice"), idle)                                                                      // +1
	add(k, spec("Twice"), idle)                                                                      // +2
	add(k, spec("twice"), idle)                                                                      // +3
	add(k, spec("snake_case"), idle)                                                                 // +4
	add(k, spec(""), idle)                                                                           // +5
	add(k, spec("Long"+strings.Repeat("x", 46)), idle)                                               // +6
	add(k, tool.Spec{Name: "Silent"}, idle)                                                          // +7
	add(k, spec("Broken", broken, getThing, alsoBroken), idle)                                       // +8
	add(k, spec("Nil", nil), idle)                                                                   // +9
	add(k, spec("Text"), text)                                                                       // +10
	add(k, spec("List"), list)                                                                       // +11
	add(k, spec("Camel"), camelIn)                                                                   // +12
	add(k, spec("BothBad"), bothBad)                                                                 // +13
	add(k, odd, idle)                                                                                // +14
	add(k, keys, idle)                                                                               // +15
	add(k, tool.Spec{Name: "many_mistakes", Returns: "r", Uses: []tool.Operation{alsoBroken}}, list) // +16
	add(k, spec("Fine", getThing), idle)                                                             // +17
	add[none, none](k, spec("Absent"), nil)                                                          // +18
	add(k, spec("Pointer"), pointer)                                                                 // +19
	at := func(n int) string { return fmt.Sprintf("tool/build_test.go:%d: ", line+n) }
	bad := tool.NewKit[lab](tool.Toolkit{Name: "bad_kit", Provider: "jira"})

	_, err := tool.Build(tool.Options{Version: "v1.2", DisabledTools: []string{"Lab.Nope"}}, k.Bind(""), bad.Bind(""), k.Bind("").Only("Absurd"))
	if err == nil {
		t.Fatal("built")
	}
	got := strings.Split(err.Error(), "\n")
	for _, want := range []string{
		`toolkit Lab: version "v1.2" is not semantic (1.2.3)`,
		`toolkit Lab: version "v1.2" is not semantic (1.2.3)`, // once more with Only
		`toolkit bad_kit: version "v1.2" is not semantic (1.2.3)`,
		`toolkit name "bad_kit" is not PascalCase`,
		`toolkit bad_kit has no Description`,
		`toolkit bad_kit: domain "" is not one of Arcade's: project_management crm `,
		`toolkit bad_kit: provider "jira" is not one of Arcade's: asana atlassian `,
		`toolkit Lab has no tool "Absurd"`,
		`disabled tool "Lab.Nope" does not exist`,
		at(2) + "Lab.Twice: is declared twice, first at tool/build_test.go:",
		at(3) + "Lab.twice: is declared twice, first at tool/build_test.go:",
		at(3) + `Lab.twice: name "twice" must be PascalCase`,
		at(4) + `Lab.snake_case: name "snake_case" must be PascalCase`,
		at(5) + `Lab.: name "" must be PascalCase`,
		at(6) + `Lab.Longxx`,
		at(7) + "Lab.Silent: has no Doc",
		at(7) + "Lab.Silent: has no Returns",
		at(8) + "Lab.Broken: GET /thing: has no scopes",
		at(8) + "Lab.Broken: GET /thing: has no method",
		at(8) + "Lab.Broken: POST /thing: has no path",
		at(9) + "Lab.Nil: uses a nil operation",
		at(10) + "Lab.Text: input: string: inputs must be a struct",
		at(11) + "Lab.List: output: [][]tool_test.none: Arcade has no lists of lists",
		at(12) + `Lab.Camel: input: tool_test.camel: parameter "issueKey" is not snake_case`,
		at(13) + "Lab.BothBad: input: tool_test.untold.Text: has no doc tag",
		at(13) + "Lab.BothBad: input: tool_test.untold.Name: has no name",
		at(13) + "Lab.BothBad: output: tool_test.untyped.Any: Arcade has no value type",
		at(14) + "Lab.Odd: is Destructive, but uses no operation that writes",
		at(14) + "Lab.Odd: is NotIdempotent, but uses no operation that writes",
		at(15) + "Lab.Keys: PATCH /thing: effect 7 is none of Read, Create, Update and Delete",
		at(15) + "Lab.Keys: : the operation has no name",
		at(15) + `Lab.Keys: secret "api_key" is listed twice`,
		at(15) + `Lab.Keys: secret key "" is empty`,
		at(15) + `Lab.Keys: secret "arcade_worker_secret" is the worker's own`,
		at(15) + `Lab.Keys: metadata key " x" is empty or begins or ends with white space`,
		at(15) + `Lab.Keys: metadata "Client_ID" is not in lower case`,
		at(16) + `Lab.many_mistakes: name "many_mistakes" must be PascalCase`,
		at(16) + "Lab.many_mistakes: has no Doc",
		at(16) + "Lab.many_mistakes: POST /thing: has no path",
		at(16) + "Lab.many_mistakes: output: [][]tool_test.none: Arcade has no lists of lists",
		at(18) + "Lab.Absent: has no handler",
		at(19) + "Lab.Pointer: input: the method Check of tool_test.pointed needs a value receiver",
	} {
		i := indexPrefix(got, want)
		if i < 0 {
			t.Errorf("nothing begins with %q", want)
			continue
		}
		got = append(got[:i], got[i+1:]...)
	}
	if len(got) > 0 {
		t.Errorf("also said:\n%s", strings.Join(got, "\n"))
	}
}

// pointed has a Check that is never called.
type pointed struct{}

func (*pointed) Check() error { return nil }

func indexPrefix(lines []string, prefix string) int {
	for i, line := range lines {
		if strings.HasPrefix(line, prefix) {
			return i
		}
	}
	return -1
}

func TestBuildComparesNamesAcrossKits(t *testing.T) {
	t.Parallel()
	one, other := newKit("Lab"), newKit("LAB")
	add(one, spec("GetThing"), idle)
	add(other, spec("GetThing"), idle)
	if _, err := build(t, tool.Options{Version: "1.2.3"}, one, other); err == nil || !strings.Contains(err.Error(), "LAB.GetThing: is declared twice, first at tool/build_test.go:") {
		t.Errorf("got %v", err)
	}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]bool{
		"0.0.0": true, "1.2.3": true, "10.20.30-rc.1": true, "1.0.0-0.20260101-abcdef": true, "1.2.3+dirty": true, "1.2.3-rc.1+a.b": true,
		"": false, "1": false, "1.2": false, "v1.2.3": false, "1.2.3 ": false, "01.2.3": false, "1.2.3.4": false, "1.2.3-": false,
	} {
		k := newKit("Lab")
		add(k, spec("GetThing"), idle)
		if _, err := build(t, tool.Options{Version: version}, k); (err == nil) != want {
			t.Errorf("%q: %v", version, err)
		}
	}
}

// lists is two kits, named against the order of the alphabet.
func lists() []*tool.Kit[lab] {
	first, second := newKit("Wiki"), newKit("Lab")
	add(first, spec("GetPage"), idle)
	add(second, spec("MakeThing"), idle)
	add(second, spec("GetThing"), idle)
	add(second, spec("ListThings"), idle)
	return []*tool.Kit[lab]{first, second}
}

func TestToolsAreSortedWithinTheirToolkit(t *testing.T) {
	t.Parallel()
	want := []string{"Wiki.GetPage", "Lab.GetThing", "Lab.ListThings", "Lab.MakeThing"}
	c := mustBuild(t, lists()...)
	if diff := cmp.Diff(want, names(c.Tools())); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for i, d := range c.Definitions() {
		if d.FullyQualifiedName != want[i] {
			t.Errorf("definition %d is %s", i, d.FullyQualifiedName)
		}
	}
	c.Tools()[0] = nil
	if c.Tools()[0] == nil {
		t.Error("Tools gives away the catalog's own list")
	}
}

func TestDisabled(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name            string
		tools, toolkits []string
		want            []string
		refused         string
	}{
		{"nothing", nil, nil, []string{"Wiki.GetPage", "Lab.GetThing", "Lab.ListThings", "Lab.MakeThing"}, ""},
		{"a tool", []string{"Lab.GetThing"}, nil, []string{"Wiki.GetPage", "Lab.ListThings", "Lab.MakeThing"}, ""},
		{"in any case, with blanks", []string{" lab.GETTHING ", ""}, nil, []string{"Wiki.GetPage", "Lab.ListThings", "Lab.MakeThing"}, ""},
		{"as MCP hosts write it", []string{"Lab_GetThing"}, nil, []string{"Wiki.GetPage", "Lab.ListThings", "Lab.MakeThing"}, ""},
		{"a toolkit", nil, []string{"Lab"}, []string{"Wiki.GetPage"}, ""},
		{"toolkit in any case", nil, []string{" wIKI"}, []string{"Lab.GetThing", "Lab.ListThings", "Lab.MakeThing"}, ""},
		{"a tool and its toolkit", []string{"Lab.GetThing"}, []string{"Lab"}, []string{"Wiki.GetPage"}, ""},
		{"everything", nil, []string{"Lab", "Wiki"}, []string{}, ""},
		{"blanks", []string{"", " "}, []string{" ", ""}, []string{"Wiki.GetPage", "Lab.GetThing", "Lab.ListThings", "Lab.MakeThing"}, ""},
		{"a letter that lowers to one of ours", []string{"Wi\u212ai.GetPage"}, nil, nil, "disabled tool \"Wi\u212ai.GetPage\" does not exist"},
		{"another toolkit's", []string{"Slack.Send"}, nil, nil, `disabled tool "Slack.Send" does not exist`},
		{"unknown toolkit", nil, []string{" Labs "}, nil, `disabled toolkit "Labs" does not exist`},
		{"unknown tool", []string{"Lab.GetThings"}, nil, nil, `disabled tool "Lab.GetThings" does not exist`},
		{"unknown tool as MCP hosts write it", []string{"Lab_GetThings"}, nil, nil, `disabled tool "Lab_GetThings" does not exist`},
		{"without toolkit", []string{"GetThing"}, nil, nil, `disabled tool "GetThing" does not exist`},
		{"toolkit among tools", []string{"Lab"}, nil, nil, `disabled tool "Lab" does not exist`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, err := build(t, tool.Options{Version: "1.2.3", DisabledTools: tt.tools, DisabledToolkits: tt.toolkits}, lists()...)
			if tt.refused != "" {
				if err == nil || err.Error() != tt.refused {
					t.Errorf("got %v, want %s", err, tt.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, names(c.Tools())); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if found := c.Find("Lab", "GetThing", "") != nil; found != strings.Contains(strings.Join(tt.want, " "), "Lab.GetThing") {
				t.Errorf("Lab.GetThing is found: %v", found)
			}
		})
	}
}

// mixed has tools that read, that write and that use something unknown.
func mixed() []*tool.Kit[lab] {
	wiki, works := newKit("Wiki"), newKit("Lab")
	add(wiki, spec("GetPage", getThing), idle)
	add(wiki, spec("WritePage", getThing, putThing), idle)
	add(works, spec("GetThing", getThing), idle)
	add(works, spec("MakeThing", postThing), idle)
	add(works, spec("DropThing", deleteThing), idle)
	add(works, spec("Idle"), idle)
	return []*tool.Kit[lab]{wiki, works}
}

func TestSelection(t *testing.T) {
	t.Parallel()
	all := []string{"Wiki.GetPage", "Wiki.WritePage", "Lab.DropThing", "Lab.GetThing", "Lab.Idle", "Lab.MakeThing"}
	for _, tt := range []struct {
		name    string
		options tool.Options
		want    []string
		refused string
	}{
		{"nothing chosen", tool.Options{}, all, ""},
		{"blanks", tool.Options{Enable: []string{" ", ""}, Disable: []string{""}}, all, ""},
		{"read-only", tool.Options{ReadOnly: true}, []string{"Wiki.GetPage", "Lab.GetThing", "Lab.Idle"}, ""},
		{"one toolkit", tool.Options{Enable: []string{"wiki"}}, []string{"Wiki.GetPage", "Wiki.WritePage"}, ""},
		{"globs", tool.Options{Enable: []string{"*.get*", "Lab_I?le"}}, []string{"Wiki.GetPage", "Lab.GetThing", "Lab.Idle"}, ""},
		{"all of a toolkit", tool.Options{Disable: []string{" LAB.* "}}, []string{"Wiki.GetPage", "Wiki.WritePage"}, ""},
		{"a range", tool.Options{Enable: []string{"Lab.[D-G]*"}}, []string{"Lab.DropThing", "Lab.GetThing"}, ""},
		{"disable wins", tool.Options{Enable: []string{"Lab", "Wiki.WritePage"}, Disable: []string{"*.*Thing"}}, []string{"Wiki.WritePage", "Lab.Idle"}, ""},
		{"Arcade's variables win too", tool.Options{Enable: []string{"Lab"}, DisabledTools: []string{"Lab.Get*"}}, []string{"Lab.DropThing", "Lab.Idle", "Lab.MakeThing"}, ""},
		{"enabled and yet read-only", tool.Options{Enable: []string{"Lab.MakeThing", "Lab.Idle"}, ReadOnly: true}, []string{"Lab.Idle"}, ""},
		{"nothing like it to enable", tool.Options{Enable: []string{"Lab", "Lab.Find*"}}, nil, `enable "Lab.Find*" matches no tool and no toolkit`},
		{"nothing like it to disable", tool.Options{Disable: []string{"Wikis"}}, nil, `disable "Wikis" matches no tool and no toolkit`},
		{"a tool without its toolkit", tool.Options{Disable: []string{"GetThing"}}, nil, `disable "GetThing" matches no tool and no toolkit`},
		{"no glob", tool.Options{Enable: []string{"Lab.[Get"}}, nil, `enable "Lab.[Get" matches no tool and no toolkit`},
		{"a full-width letter", tool.Options{Disable: []string{"\uff2cab"}}, nil, "disable \"\uff2cab\" matches no tool and no toolkit"},
		{"a zero-width space", tool.Options{Enable: []string{"Lab\u200b"}}, nil, `enable "Lab\u200b" matches no tool and no toolkit`},
		{"a letter that lowers to one of ours", tool.Options{Disable: []string{"Wi\u212ai*"}}, nil, "disable \"Wi\u212ai*\" matches no tool and no toolkit"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.options.Version = "1.2.3"
			c, err := build(t, tt.options, mixed()...)
			if tt.refused != "" {
				if err == nil || err.Error() != tt.refused {
					t.Errorf("got %v, want %s", err, tt.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, names(c.Tools())); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			for _, name := range all {
				if found := c.ByName(name) != nil; found != slices.Contains(tt.want, name) {
					t.Errorf("%s is found: %v", name, found)
				}
			}
		})
	}
}

// An operation whose effect nobody knows may write.
func TestReadOnlyLeavesOutUnknownEffects(t *testing.T) {
	t.Parallel()
	c, err := build(t, tool.Options{Version: "1.2.3", ReadOnly: true}, func() *tool.Kit[lab] {
		k := newKit("Lab")
		add(k, spec("GetThing", getThing), idle)
		add(k, spec("OddThing", tool.NewOperation("PATCH /thing", tool.Effect(7))), idle)
		return k
	}())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Lab.GetThing"}, names(c.Tools())); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestOneBindingCanBeBuiltSeveralTimesAtOnce(t *testing.T) {
	t.Parallel()
	bound := lists()[1].Bind("backend")
	var builds sync.WaitGroup
	for range 4 {
		builds.Go(func() {
			if _, err := tool.Build(tool.Options{Version: "1.2.3"}, bound); err != nil {
				t.Error(err)
			}
		})
	}
	builds.Wait()
}

func TestEmptyCatalog(t *testing.T) {
	t.Parallel()
	c := mustBuild(t)
	body, err := schema.Encode(c.Definitions())
	if err != nil || string(body) != "[]" {
		t.Errorf("got %s, %v", body, err)
	}
}

// Declarations at package level, with and without a function around Add, and
// in a function.
var (
	directKit   = newKit("Direct")
	directLine  = here() + 1
	_           = tool.Add(directKit, tool.Spec{Name: "Bare"}, idle)
	_           = add(directKit, tool.Spec{Name: "Wrapped"}, idle)
	_           = addTwice(directKit, tool.Spec{Name: "Deep"}, idle)
	declareLine int
)

// addTwice is a function around a function around Add.
func addTwice[In, Out any](k *tool.Kit[lab], s tool.Spec, handler func(context.Context, lab, *tool.Invocation, In) (Out, error)) tool.Declared {
	return func() tool.Declared { return add(k, s, handler) }()
}

func declare(k *tool.Kit[lab]) {
	declareLine = here() + 1
	tool.Add(k, tool.Spec{Name: "Inside"}, idle)
}

func TestDeclarationsArePlacedWhereTheyStand(t *testing.T) {
	t.Parallel()
	declare(directKit)
	_, err := build(t, tool.Options{Version: "1.2.3"}, directKit)
	if err == nil {
		t.Fatal("built")
	}
	for name, line := range map[string]int{"Bare": directLine, "Wrapped": directLine + 1, "Deep": directLine + 2, "Inside": declareLine} {
		if want := fmt.Sprintf("tool/build_test.go:%d: Direct.%s: has no Doc", line, name); !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in\n%v", want, err)
		}
	}
}

func TestOnlyOneToolOfAKit(t *testing.T) {
	t.Parallel()
	k := newKit("Lab")
	add(k, spec("GetThing"), idle)
	add(k, tool.Spec{Name: "Broken"}, idle)
	add(k, spec("ListThings"), idle)
	all := k.Bind("backend")
	if diff := cmp.Diff([]string{"GetThing", "Broken", "ListThings"}, all.Names()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	c, err := tool.Build(tool.Options{Version: "1.2.3"}, all.Only("ListThings"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Lab.ListThings"}, names(c.Tools())); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"GetThing", "Broken", "ListThings"}, all.Names()); diff != "" {
		t.Errorf("the kit itself has changed: -want +got:\n%s", diff)
	}
	for _, name := range []string{"", "listthings", "Lab.ListThings"} {
		if _, err := tool.Build(tool.Options{Version: "1.2.3"}, all.Only(name)); err == nil {
			t.Errorf("built with only %q", name)
		}
	}
}

// Kits of several modules in one catalog: each with its own version, provider
// and backend.
func TestKitsFromElsewhere(t *testing.T) {
	t.Parallel()
	declare := func(toolkit tool.Toolkit, uses ...tool.Operation) tool.BoundKit {
		toolkit.Description, toolkit.Domain = "Tools for tests.", "documents"
		k := tool.NewKit[lab](toolkit)
		add(k, spec("GetThing", uses...), idle)
		return k.Bind("backend")
	}
	other := tool.NewKit[int](tool.Toolkit{Name: "Number", Description: "Tools for tests.", Domain: "documents"})
	tool.Add(other, spec("GetThing"), func(_ context.Context, n int, _ *tool.Invocation, _ none) (thing, error) {
		return thing{Share: float64(n)}, nil
	})
	c, err := tool.Build(
		tool.Options{Version: "1.2.3", ProviderIDs: map[string]string{"atlassian": "acme-atlassian"}},
		declare(tool.Toolkit{Name: "Wiki", Provider: "atlassian", ProviderID: "replaced"}, getThing),
		declare(tool.Toolkit{Name: "Chat", Version: "7.0.1", Provider: "slack"}),
		declare(tool.Toolkit{Name: "Desk", Version: "0.4.0", Provider: "zoom", ProviderID: "acme-zoom"}),
		declare(tool.Toolkit{Name: "Own", ProviderID: "acme-own"}, getThing),
		declare(tool.Toolkit{Name: "Open"}),
		other.Bind(42),
	)
	if err != nil {
		t.Fatal(err)
	}
	type shown struct{ Version, Authorization string }
	got := map[string]shown{}
	for _, d := range c.Definitions() {
		authorization, err := schema.Encode(d.Requirements.Authorization)
		if err != nil {
			t.Fatal(err)
		}
		got[d.FullyQualifiedName] = shown{*d.Toolkit.Version, string(authorization)}
	}
	want := map[string]shown{
		"Wiki.GetThing":   {"1.2.3", `{"provider_id":"atlassian","provider_type":"oauth2","id":"acme-atlassian","oauth2":{"scopes":["read:thing","read:user"]}}`},
		"Chat.GetThing":   {"7.0.1", `{"provider_id":"slack","provider_type":"oauth2","id":null,"oauth2":{"scopes":null}}`},
		"Desk.GetThing":   {"0.4.0", `{"provider_id":"zoom","provider_type":"oauth2","id":"acme-zoom","oauth2":{"scopes":null}}`},
		"Own.GetThing":    {"1.2.3", `{"provider_id":null,"provider_type":"oauth2","id":"acme-own","oauth2":{"scopes":["read:thing","read:user"]}}`},
		"Open.GetThing":   {"1.2.3", "null"},
		"Number.GetThing": {"1.2.3", "null"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if c.Find("Chat", "GetThing", "7.2.0") == nil || c.Find("Wiki", "GetThing", "7.0.1") != nil {
		t.Error("versions are not compared with the toolkit's own")
	}
	out, err := c.ByName("Number.GetThing").Run(t.Context(), &tool.Invocation{})
	if err != nil || string(out) != `{"text":"","share":42}` {
		t.Errorf("got %s, %v", out, err)
	}

	clientID := tool.NewKit[lab](tool.Toolkit{Name: "Open", Description: "Tools for tests.", Domain: "documents"})
	withClientID := spec("GetThing")
	withClientID.Metadata = []string{"client_id"}
	add(clientID, withClientID, idle)
	for name, err := range map[string]error{
		"a provider that no toolkit has": second(tool.Build(tool.Options{Version: "1.2.3", ProviderIDs: map[string]string{"slack": "x"}}, declare(tool.Toolkit{Name: "Open"}))),
		"scopes without a provider":      second(tool.Build(tool.Options{Version: "1.2.3"}, declare(tool.Toolkit{Name: "Open"}, getThing))),
		"a client ID without a provider": second(tool.Build(tool.Options{Version: "1.2.3"}, clientID.Bind(""))),
		"a version of the toolkit":       second(tool.Build(tool.Options{Version: "1.2.3"}, declare(tool.Toolkit{Name: "Open", Version: "2"}))),
	} {
		if err == nil {
			t.Errorf("%s: built", name)
		}
	}
}

func second[T any](_ T, err error) error { return err }
