package schema

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Problem is one defect of an input. Path is dotted ("requests.0.text"), Code
// and Message are the terms of Arcade's reference worker (protocol §4.2). It
// never carries the rejected value.
type Problem struct{ Path, Code, Message string }

// InputError is every defect found in one pass over the inputs. Its texts may
// be shown to the caller: of the inputs they hold nothing but the names of
// members, cut and freed of control characters.
type InputError struct {
	Problems []Problem
	More     int    // problems beyond maxProblems, counted but not listed
	Hint     string // what would be accepted
}

// maxProblems bounds the length of an error about a hostile input.
const maxProblems = 50

// Error lists the problems as "path: message", joined by semicolons.
func (e *InputError) Error() string {
	return e.join(func(p Problem) string { return p.Path + ": " + p.Message })
}

// Codes lists the problems as "path[code]", joined by semicolons.
func (e *InputError) Codes() string {
	return e.join(func(p Problem) string { return p.Path + "[" + p.Code + "]" })
}

func (e *InputError) join(text func(Problem) string) string {
	parts := make([]string, len(e.Problems), len(e.Problems)+1)
	for i, p := range e.Problems {
		parts[i] = text(p)
	}
	if e.More > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", e.More))
	}
	return strings.Join(parts, "; ")
}

// problems collects defects up to the bound.
type problems struct {
	list []Problem
	more int
}

func (ps *problems) add(at place, code, message string) {
	if len(ps.list) == maxProblems {
		ps.more++
		return
	}
	path := at.path
	if path == "" {
		path = "<root>"
	}
	ps.list = append(ps.list, Problem{path, code, message})
}

// printable makes a name from a hostile input fit to be shown: at most 64
// bytes, no control characters.
func printable(name string) string {
	const limit = 64
	clipped := len(name) > limit
	if clipped {
		name = name[:limit]
		for !utf8.ValidString(name) {
			name = name[:len(name)-1]
		}
	}
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || !unicode.IsPrint(r) {
			return '\uFFFD'
		}
		return r
	}, name)
	if clipped {
		name += "…"
	}
	return name
}
