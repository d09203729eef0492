package atlassiantest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/shape"
	"arcade-atlassian/tools/tool"
	"arcade-atlassian/tools/tooltest"
)

// A tool that creates an issue and reads it back: the battery has nothing to
// say against it, and finds each way to get it wrong.

type (
	issueFields struct {
		Project   map[string]string `json:"project"`
		IssueType map[string]string `json:"issuetype"`
		Summary   string            `json:"summary"`
	}
	newIssue struct {
		Body struct {
			Fields issueFields `json:"fields"`
		} `body:"json"`
	}
	madeIssue struct {
		ID  string `json:"id"`
		Key string `json:"key"`
	}
	issueRef struct {
		Key string `path:"issueIdOrKey,issue,issue"`
	}
	storedIssue struct {
		Fields struct {
			Summary string `json:"summary"`
		} `json:"fields"`
	}
	createIn struct {
		Project string `json:"project" jsonschema:"maxLength=50" doc:"The project's key."`
		Summary string `json:"summary" jsonschema:"maxLength=255" doc:"The issue's summary."`
		atlassian.OnSite
	}
	createOut struct {
		Key string `json:"key" doc:"The issue's key."`
		shape.Verification
	}
	createHandler = func(context.Context, *atlassian.Site, createIn) (createOut, error)
)

func (i madeIssue) Check() error {
	if i.ID == "" || i.Key == "" {
		return errors.New("has no ID or key")
	}
	return nil
}

func (i storedIssue) Check() error {
	if i.Fields.Summary == "" {
		return errors.New("has no summary")
	}
	return nil
}

func (in createIn) Check() error {
	var errs []error
	for name, value := range map[string]string{"project": in.Project, "summary": in.Summary} {
		if strings.TrimSpace(value) == "" {
			errs = append(errs, tool.BadInput(name, "must not be blank", "Give some text."))
		}
		errs = append(errs, atlassian.CheckVisible(name, value))
	}
	return errors.Join(errs...)
}

var (
	createIssue = atlassian.Post[newIssue, madeIssue]("/rest/api/3/issue", "write:jira-work")
	getIssue    = atlassian.Get[issueRef, storedIssue]("/rest/api/3/issue/{issueIdOrKey}", "read:jira-work")
)

func create(ctx context.Context, s *atlassian.Site, in createIn) (madeIssue, error) {
	var req newIssue
	req.Body.Fields = issueFields{
		Project: map[string]string{"key": in.Project}, IssueType: map[string]string{"name": "Task"}, Summary: in.Summary,
	}
	return createIssue.Do(ctx, s, req)
}

func createVerified(ctx context.Context, s *atlassian.Site, in createIn) (out createOut, err error) {
	made, err := create(ctx, s, in)
	if err != nil {
		return out, err
	}
	out.Key = made.Key
	out.Verification = shape.Verify(ctx, func(ctx context.Context) (string, error) {
		stored, err := getIssue.Do(ctx, s, issueRef{made.Key})
		if err == nil && stored.Fields.Summary != in.Summary {
			return "The summary is another.", nil
		}
		return "", err
	})
	return out, nil
}

func TestWritingTool(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		handler createHandler
		want    string // part of a problem; "" is none
	}{
		"right": {createVerified, ""},
		"repeats its POST": {func(ctx context.Context, s *atlassian.Site, in createIn) (createOut, error) {
			out, err := createVerified(ctx, s, in)
			if err != nil && ctx.Err() == nil {
				out, err = createVerified(ctx, s, in)
			}
			return out, err
		}, "POST /rest/api/3/issue fails with reset: the write POST POST /rest/api/3/issue is sent again"},
		"repeats its POST when it cannot read": {func(ctx context.Context, s *atlassian.Site, in createIn) (out createOut, err error) {
			if out, err = createVerified(ctx, s, in); err == nil && !out.Verified {
				return createVerified(ctx, s, in)
			}
			return out, err
		}, "GET /rest/api/3/issue/{issueIdOrKey} fails with 503 page: the write POST POST /rest/api/3/issue is sent again"},
		"fails after the write and does not name the issue": {func(ctx context.Context, s *atlassian.Site, in createIn) (out createOut, err error) {
			made, err := create(ctx, s, in)
			if err != nil {
				return out, err
			}
			_, err = getIssue.Do(ctx, s, issueRef{made.Key})
			return createOut{Key: made.Key}, err
		}, `GET /rest/api/3/issue/{issueIdOrKey} fails with 500: the message names neither key`},
		"fails after the write and names the issue": {func(ctx context.Context, s *atlassian.Site, in createIn) (out createOut, err error) {
			made, err := create(ctx, s, in)
			if err != nil {
				return out, err
			}
			s.Changed("issue " + made.Key + " was created")
			out.Key = made.Key
			if _, err = getIssue.Do(ctx, s, issueRef{made.Key}); err == nil {
				out.Verified = true
			}
			return out, err
		}, ""},
		"says that it verified": {func(ctx context.Context, s *atlassian.Site, in createIn) (createOut, error) {
			out, err := createVerified(ctx, s, in)
			out.Verified = true
			return out, err
		}, "GET /rest/api/3/issue/{issueIdOrKey} fails with 404: the tool succeeds"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kit := tool.NewKit[*atlassian.Client](tool.Toolkit{Name: "Jira", Description: "Jira.", Domain: "project_management", Provider: "atlassian"})
			atlassian.AddOnSite(kit, atlassian.Jira, tool.Spec{
				Name: "CreateIssue", Doc: "Create an issue.", Returns: "Its key.", Uses: []tool.Operation{createIssue, getIssue},
			}, tt.handler)
			k := Toolkit(t, kit)
			k.Testdata = t.TempDir()
			scenario := "-- new/input.json --\n{\"project\": \"PLAT\", \"summary\": \"Feed the cat\"}\n"
			if err := os.WriteFile(filepath.Join(k.Testdata, "CreateIssue.txtar"), []byte(scenario), 0o600); err != nil {
				t.Fatal(err)
			}
			rules := []string{"faults"}
			if tt.want == "" {
				rules = append(rules, "operations", "scopes", "hostile")
			}
			problems := tooltest.Check(t, k, rules...)
			found := slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, tt.want) })
			if tt.want == "" && len(problems) > 0 || !found && tt.want != "" {
				t.Errorf("want %q, got:\n%s", tt.want, strings.Join(problems, "\n"))
			}
		})
	}
}
