package query

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Dialect is what one language has of its own.
type Dialect struct {
	// Reserved words mean themselves only in quotes; in lower case, sorted.
	Reserved []string
	// ReservedCharacters may stand in quotes only.
	ReservedCharacters string
	// Operators are those it knows.
	Operators []Op
	// Empty reports whether EMPTY and NULL are operands.
	Empty bool
}

// kind tells tokens apart.
type kind int

const (
	end    kind = iota
	word        // unquoted
	quoted      // in quotes
	symbol      // punctuation, or an operator that is no word
)

type token struct {
	kind kind
	text string
	at   position
}

// is reports whether a token is an unquoted word of the language, in any case, or a symbol.
func (t token) is(texts ...string) bool {
	return (t.kind == word || t.kind == symbol) && slices.ContainsFunc(texts, func(s string) bool { return strings.EqualFold(s, t.text) })
}

// position is where a token begins: lines and characters are counted from 1.
type position struct{ line, character int }

// lexer cuts a query into tokens.
type lexer struct {
	dialect *Dialect
	rest    string
	at      position
}

// symbols are the characters that end a word and mean something by themselves.
const symbols = `()[],=!~<>&|`

func (l *lexer) next() (token, error) {
	for l.rest != "" {
		r, _ := utf8.DecodeRuneInString(l.rest)
		if !unicode.IsSpace(r) {
			break
		}
		l.advance()
	}
	start := l.at
	if l.rest == "" {
		return token{kind: end, at: start}, nil
	}
	r, _ := utf8.DecodeRuneInString(l.rest)
	switch {
	case r == '"' || r == '\'':
		return l.quoted(r)
	case strings.ContainsRune(symbols, r):
		l.advance()
		text := string(r)
		for _, double := range []string{"!=", "!~", "<=", ">=", "&&", "||"} {
			if text == double[:1] && strings.HasPrefix(l.rest, double[1:]) {
				l.advance()
				text = double
				break
			}
		}
		return token{kind: symbol, text: text, at: start}, nil
	default:
		return l.word()
	}
}

// advance takes one character.
func (l *lexer) advance() rune {
	r, size := utf8.DecodeRuneInString(l.rest)
	l.rest = l.rest[size:]
	if r == '\n' {
		l.at = position{l.at.line + 1, 1}
	} else {
		l.at.character++
	}
	return r
}

func (l *lexer) quoted(mark rune) (token, error) {
	start := l.at
	l.advance()
	var text strings.Builder
	for l.rest != "" {
		at := l.at
		switch r := l.advance(); r {
		case mark:
			return token{kind: quoted, text: text.String(), at: start}, nil
		case '\\':
			r, err := l.escape(at)
			if err != nil {
				return token{}, err
			}
			text.WriteRune(r)
		default:
			text.WriteRune(r)
		}
	}
	return token{}, &SyntaxError{Problem: UnfinishedText, Got: text.String(), Line: start.line, Character: start.character}
}

func (l *lexer) word() (token, error) {
	start := l.at
	var text strings.Builder
	for l.rest != "" {
		r, _ := utf8.DecodeRuneInString(l.rest)
		if unicode.IsSpace(r) || strings.ContainsRune(symbols, r) || r == '"' || r == '\'' {
			break
		}
		at := l.at
		l.advance()
		if strings.ContainsRune(l.dialect.ReservedCharacters, r) || unicode.IsControl(r) {
			return token{}, &SyntaxError{Problem: ReservedCharacter, Got: string(r), Line: at.line, Character: at.character}
		}
		if r == '\\' {
			var err error
			if r, err = l.escape(at); err != nil {
				return token{}, err
			}
		}
		text.WriteRune(r)
	}
	return token{kind: word, text: text.String(), at: start}, nil
}

// escape reads what follows a backslash (facts §8).
func (l *lexer) escape(start position) (rune, error) {
	illegal := func(got string) error {
		return &SyntaxError{Problem: IllegalEscape, Got: `\` + got, Line: start.line, Character: start.character}
	}
	if l.rest == "" {
		return 0, illegal("")
	}
	switch r := l.advance(); r {
	case '\'', '"', '\\', ' ':
		return r, nil
	case 't':
		return '\t', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 'u':
		var code rune
		got := "u"
		for i := range 4 {
			if i >= len(l.rest) {
				return 0, illegal(got)
			}
			digit, is := hexadecimal(l.rest[i])
			if !is {
				return 0, illegal(got)
			}
			got += l.rest[i : i+1]
			code = code<<4 | digit
		}
		l.rest = l.rest[4:]
		l.at.character += 4
		return code, nil // half of a surrogate pair becomes U+FFFD when it is written
	default:
		return 0, illegal(string(r))
	}
}

func hexadecimal(c byte) (rune, bool) {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0'), true
	case 'a' <= c && c <= 'f':
		return rune(c - 'a' + 10), true
	case 'A' <= c && c <= 'F':
		return rune(c - 'A' + 10), true
	default:
		return 0, false
	}
}
