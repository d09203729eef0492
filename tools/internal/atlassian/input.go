package atlassian

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"arcade-atlassian/schema"
	"arcade-atlassian/tools/tool"
)

// shape is what a path's value must look like. A value of another shape could
// name another operation: /attachment/{id} with "meta" is not an attachment.
type shape struct {
	fits     func(string) bool
	reason   string // why another value cannot be used
	accepted string // what can
}

// shapes are the shapes by the names that path tags use. Their patterns have no
// upper bounds beyond a few characters, which would be compiled into hundreds of
// states each: unsafeSegment bounds the length.
var shapes = map[string]shape{
	"digits":  {pattern(`[0-9]{1,20}`), "must be a number", "Give the ID, such as 10001."},
	"project": {pattern(`[0-9]{1,20}|[A-Z][A-Z0-9_]*`), "is neither the ID nor the key of a project", "Give the project's ID or key, such as 10001 or ABC."},
	"issue":   {pattern(`[0-9]{1,20}|[A-Z][A-Z0-9_]*-[0-9]{1,20}`), "is neither the ID nor the key of an issue", "Give the issue's ID or key, such as 10001 or ABC-123."},
	"account": {pattern(`[0-9a-f]{24}|[0-9]{1,20}|[0-9A-Za-z-]+:[0-9A-Za-z:-]+`), "is not an account ID", "Give the user's account ID, such as 5b10ac8d82e05b22cc7d4ef5."},
	"uuid":    {pattern(`[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}`), "is not a UUID", "Give the ID as it was listed."},
}

func pattern(expression string) func(string) bool {
	return regexp.MustCompile(`^(?:` + expression + `)$`).MatchString
}

// Fits reports whether a value has one of the shapes of path tags: "digits",
// "project", "issue", "account" or "uuid". It panics at another name.
func Fits(name, value string) bool {
	return unsafeSegment(value) == "" && shapes[name].fits(value)
}

// CheckShape refuses a value of the parameter that cannot be one segment of a
// path, or has not the named shape of path tags. It lets the unnamed shape be
// anything else.
func CheckShape(param, name, segment string) error {
	if err := CheckVisible(param, segment); err != nil {
		return err
	}
	reason := unsafeSegment(segment)
	if s, ok := shapes[name]; ok && (reason != "" || !s.fits(segment)) {
		return tool.BadInput(param, s.reason, s.accepted)
	}
	if reason != "" {
		return tool.BadInput(param, reason, "Give one plain ID or key, such as 10001 or ABC.")
	}
	return nil
}

// unsafeSegment says why s cannot be one segment of a path, or "". Slashes are
// refused although they would be escaped, because some gateways decode %2F.
func unsafeSegment(s string) string {
	switch {
	case s == "":
		return "must not be empty"
	case s == "." || s == "..":
		return "must be an ID or key, not a path"
	case len(s) > 255:
		return "is longer than any ID or key"
	case strings.ContainsFunc(s, func(r rune) bool { return r == '/' || r == '\\' || unicode.IsControl(r) || r == utf8.RuneError }):
		return "must not contain slashes, backslashes or control characters"
	}
	return ""
}

// CheckVisible refuses a value of the parameter with characters that nobody
// sees: a name that looks right would not be found, and the answer could not
// say why. Values of paths and of the site are checked without it.
func CheckVisible(param, value string) error {
	if schema.HasInvisible(value) {
		return tool.BadInput(param, "holds an invisible character, such as a zero-width space or a no-break space", "Write the value again, with nothing but visible characters.")
	}
	return nil
}
