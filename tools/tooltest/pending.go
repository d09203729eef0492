package tooltest

import "strings"

// pending are problems that the client is about to mend.
func pending(problem string) bool {
	for _, s := range []string{
		"fails with 200 {}", "fails with 200 null", "fails with 200 message", "fails with 207", "fails with 204", "fails with too many items",
		"invisible character", "shows nothing must be refused",
	} {
		if strings.Contains(problem, s) {
			return true
		}
	}
	return false
}
