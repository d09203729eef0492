package jira_test

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"

	"arcade-atlassian/tools/tool"
)

// labeled is what the tools for labels answer with.
type labeled struct {
	Issue struct {
		Labels []string `json:"labels"`
	} `json:"issue"`
	Verified bool `json:"verified"`
}

// Bug class B21: labels are changed as they are at that moment, so that nobody's
// change is lost, whoever changes the same issue at the same time.
func TestB21LabelsOfOthersStay(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	var all sync.WaitGroup
	failures := make([]*tool.Error, 20)
	for i := range failures {
		all.Go(func() {
			name, label := "AddLabelsToIssue", "label-"+strconv.Itoa(i)
			if i == 0 {
				name, label = "RemoveLabelsFromIssue", "gateway"
			}
			failures[i] = b.run(name, `{"issue": "PLAT-1", "labels": ["`+label+`"]}`, new(labeled))
		})
	}
	all.Wait()
	for _, failure := range failures {
		if failure != nil {
			t.Error(failure.Message)
		}
	}
	var last labeled
	b.must("AddLabelsToIssue", `{"issue": "PLAT-1", "labels": ["last"]}`, &last)
	if has := last.Issue.Labels; len(has) != 21 || slices.Contains(has, "gateway") || !slices.Contains(has, "customer") || !slices.Contains(has, "label-19") {
		t.Errorf("at last there are %v", has)
	}
}

// Bug class B5: removing the last label, or labels that are not there, does what
// it says.
func TestB5TheLastLabelIsRemoved(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	for _, labels := range []string{`"gateway", "customer"`, `"gateway"`} {
		var out labeled
		b.must("RemoveLabelsFromIssue", `{"issue": "PLAT-1", "labels": [`+labels+`]}`, &out)
		if out.Issue.Labels == nil || len(out.Issue.Labels) > 0 || !out.Verified {
			t.Errorf("without %s there are %v, verified is %t", labels, out.Issue.Labels, out.Verified)
		}
	}
}

// Bug class B25: a label is stored as it is written, whatever characters it has.
func TestB25LabelsSurvive(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	labels := []string{`quote"d`, `back\slash`, "émoji-🚀", "a,b", "{}", "-x", "null", "ORDER", strings.Repeat("ü", 255)}
	given, err := json.Marshal(labels)
	if err != nil {
		t.Fatal(err)
	}
	var out labeled
	b.must("AddLabelsToIssue", `{"issue": "PLAT-3", "labels": `+string(given)+`}`, &out)
	for _, label := range append(labels, "security") {
		if !slices.Contains(out.Issue.Labels, label) {
			t.Errorf("%s is missing among %v", label, out.Issue.Labels)
		}
	}
	b.must("RemoveLabelsFromIssue", `{"issue": "PLAT-3", "labels": `+string(given)+`}`, &out)
	if !slices.Equal(out.Issue.Labels, []string{"security"}) || !out.Verified {
		t.Errorf("left are %v", out.Issue.Labels)
	}
}
