package jira_test

import (
	"os"
	"slices"
	"testing"

	"github.com/go-json-experiment/json"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/atlassiantest"
	"arcade-atlassian/tools/jira"
)

// seed is a table of the sandbox's state.
func seed[T any](t *testing.T, table string) (acme []T) {
	t.Helper()
	data, err := os.ReadFile("../sandbox/internal/jira/" + table + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var bySite map[string][]T
	if err := json.Unmarshal(data, &bySite); err != nil {
		t.Fatal(err)
	}
	for _, site := range []string{"acme", "globex"} {
		acme = append(acme, bySite[site]...)
	}
	return acme
}

func allProjects(t *testing.T) (keys []string) {
	t.Helper()
	for _, p := range seed[struct {
		Key string `json:"key"`
	}](t, "projects") {
		if !slices.Contains(keys, p.Key) {
			keys = append(keys, p.Key)
		}
	}
	return keys
}

func TestInsideOfTheBoundariesNothingChanges(t *testing.T) {
	t.Parallel()
	atlassiantest.Inside(t, jira.Kit, atlassian.Boundaries{ReadProjects: allProjects(t), WriteProjects: allProjects(t)}, map[string]string{
		"ListLabels":                    "labels are not of a project",
		"DownloadAttachment":            "its issue has to be known, see TestAttachmentsOfAnIssueThatWasShown",
		"GetAttachmentMetadata":         "as above",
		"GetIssueById/no-such-field-id": "the names of fields come with the project that is asked for besides",
	})
}

func TestNothingOutsideOfTheBoundariesIsToldOrWritten(t *testing.T) {
	t.Parallel()
	var secrets []string
	for _, p := range seed[struct{ Key, Name string }](t, "projects") {
		if p.Key != "RND" {
			secrets = append(secrets, p.Name)
		}
	}
	for _, i := range seed[struct {
		Summary string `json:"summary"`
		Project int    `json:"project"`
	}](t, "issues") {
		if i.Project != 10006 && i.Summary != "" {
			secrets = append(secrets, i.Summary)
		}
	}
	if len(secrets) < 20 {
		t.Fatalf("only %d secrets", len(secrets))
	}
	atlassiantest.Outside(t, jira.Kit, atlassian.Boundaries{ReadProjects: []string{"RND"}, WriteProjects: []string{"PSEC"}}, secrets)
}

func TestWritingIsLimitedByItself(t *testing.T) {
	t.Parallel()
	atlassiantest.Outside(t, jira.Kit, atlassian.Boundaries{WriteProjects: []string{"ELSE"}}, nil)
	atlassiantest.Outside(t, jira.Kit, atlassian.Boundaries{WriteSites: []string{"elsewhere.atlassian.net"}}, nil)
}
