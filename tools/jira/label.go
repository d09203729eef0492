package jira

import (
	"errors"
	"strings"

	"arcade-atlassian/tools/tool"
)

// checkLabels refuses labels that Jira does not take: those with white space
// (facts §7).
func checkLabels(param string, labels []string) error {
	var errs []error
	for _, label := range labels {
		if strings.ContainsAny(label, " \t\r\n") {
			errs = append(errs, tool.BadInput(param, "holds a label with white space", "Give labels of one word each, such as needs-review."))
		}
	}
	return errors.Join(errs...)
}
