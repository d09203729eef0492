package atlassiantest

import (
	_ "embed" // for published.json
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/go-json-experiment/json"

	"arcade-atlassian/schema"
	"arcade-atlassian/tools/tool"
)

// publishedJSON are the names, parameters and scopes of the toolkits that
// Arcade hosts. Where ours has a tool of the same name, callers must be able to
// switch without changing their calls.
//
//go:embed testdata/published.json
var publishedJSON []byte

type publishedToolkit struct {
	Version string          `json:"version"`
	Tools   []publishedTool `json:"tools"`
}

type publishedTool struct {
	Name       string               `json:"name"`
	Parameters []publishedParameter `json:"parameters"`
	Scopes     []string             `json:"scopes"`
}

type publishedParameter struct {
	Name     string   `json:"name"`
	Type     string   `json:"val_type"`
	Inner    string   `json:"inner_val_type"`
	Required bool     `json:"required"`
	Enum     []string `json:"enum"`
}

func published() (toolkits map[string]publishedToolkit, err error) {
	err = json.Unmarshal(publishedJSON, &toolkits)
	return toolkits, err
}

// notBuilt are the hosted tools that ours does not have yet, by toolkit.
var notBuilt = map[string]string{}

// resemble are tools of ours that the hosted toolkits do not have although one
// of theirs has nearly the same name, with the reason for each. Without a
// reason such a name is taken for a slip.
var resemble = map[string]string{}

// slip is the number of changed characters up to which a name is taken for
// another one, misspelled.
const slip = 2

// moreScopes lists, with the reason, tools that need a scope which the hosted
// tool of the same name does not ask for.
var moreScopes = map[string]string{
	"Confluence.ListPages":                   "finds spaces by key and name, and tells one that is not there from one without pages",
	"Jira.AttachFileToIssue":                 "reads the attachment back",
	"Jira.MoveIssuesFromSprintToBacklog":     "reads the issues as they are stored; the hosted one reads those of the sprint, for which it lacks a scope",
	"Jira.ListPrioritiesAvailableToAProject": "the hosted one asks for the administration of Jira instead, and lacks what it reads the project with",
	"Jira.ListPrioritiesAvailableToAnIssue":  "the hosted one asks for the administration of Jira instead, and lacks what it reads the issue with",
	"Confluence.CreatePage":                  "finds the space by key or name and the people whom the text mentions; the hosted one lacks what it reads the space with",
	"Confluence.UpdatePageContent":           "finds the people whom the text mentions",
	"Jira.ListPrioritySchemes":               "reads schemes only; the hosted one asks for the administration of Jira",
	"Jira.ListPrioritiesByScheme":            "reads schemes only; the hosted one asks for the administration of Jira",
	"Confluence.SearchContent":               "takes the granular scope of the search; the hosted one takes the classic one",
	"Confluence.ListDirectChildren":          "addresses have the key of the space, by which a space can be named too; the hosted one lacks the scope for that",
	"Jira.ListProjectsByScheme":              "reads schemes only, and finds the project that is given; the hosted one asks for the administration of Jira",
}

// comparePublished reports where a tool differs from the hosted one of the same
// name.
func comparePublished(declared *tool.Tool) (problems []string) {
	problem := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	toolkits, err := published()
	if err != nil {
		return []string{err.Error()}
	}
	theirs := toolkits[declared.Toolkit.Name].Tools
	i := slices.IndexFunc(theirs, func(p publishedTool) bool { return p.Name == declared.Name })
	if i < 0 {
		for _, hosted := range theirs {
			if levenshtein.Distance(hosted.Name, declared.Name, nil) <= slip && resemble[declared.FullName()] == "" {
				problem("the hosted toolkit has %s: is that what it was to be called? A reason belongs into resemble", hosted.Name)
			}
		}
		return problems
	}
	ours := declared.Definition.Input.Parameters
	for _, want := range theirs[i].Parameters {
		j := slices.IndexFunc(ours, func(p schema.Parameter) bool { return p.Name == want.Name })
		if j < 0 {
			problem("the hosted tool has a parameter %q, ours has not", want.Name)
			continue
		}
		got := ours[j]
		inner := ""
		if got.ValueSchema.Inner != nil {
			inner = *got.ValueSchema.Inner
		}
		if got.ValueSchema.Type != want.Type || inner != want.Inner {
			problem("%s: type %s %s, hosted %s %s", want.Name, got.ValueSchema.Type, inner, want.Type, want.Inner)
		}
		if got.Required && !want.Required {
			problem("%s: required, but optional in the hosted tool", want.Name)
		}
		for _, value := range want.Enum {
			if !slices.Contains(got.ValueSchema.Enum, value) {
				problem("%s: the hosted tool accepts %q", want.Name, value)
			}
		}
	}
	for _, p := range ours {
		if p.Required && !slices.ContainsFunc(theirs[i].Parameters, func(w publishedParameter) bool { return w.Name == p.Name }) {
			problem("%s: required, but unknown to the hosted tool", p.Name)
		}
	}
	for _, scope := range declared.Scopes() {
		if !slices.Contains(theirs[i].Scopes, scope) && moreScopes[declared.FullName()] == "" {
			problem("needs scope %s, which the hosted tool does not; a reason belongs into moreScopes", scope)
		}
	}
	return problems
}

// ComparePublished holds the names of a catalog to the hosted ones: each hosted
// tool is in the catalog or listed as not built yet. Run compares the tools
// themselves.
func ComparePublished(c *tool.Catalog) (problems []string) {
	toolkits, err := published()
	if err != nil {
		return []string{err.Error()}
	}
	for _, name := range slices.Sorted(maps.Keys(toolkits)) {
		missing := strings.Fields(notBuilt[name])
		for _, hosted := range toolkits[name].Tools {
			full := name + "." + hosted.Name
			switch built, listed := c.ByName(full) != nil, slices.Contains(missing, hosted.Name); {
			case !built && !listed:
				problems = append(problems, full+": hosted, but neither built nor listed in notBuilt")
			case built && listed:
				problems = append(problems, full+": built, but listed in notBuilt")
			}
		}
		for _, listed := range missing {
			if !slices.ContainsFunc(toolkits[name].Tools, func(p publishedTool) bool { return p.Name == listed }) {
				problems = append(problems, name+"."+listed+": listed in notBuilt, but not hosted")
			}
		}
	}
	for full := range resemble {
		if c.ByName(full) == nil {
			problems = append(problems, full+": listed in resemble, but not built")
		}
	}
	return problems
}
