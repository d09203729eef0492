package markdown

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"arcade-atlassian/tools/richtext/internal/tree"
)

// newParser returns a parser for CommonMark with GFM's tables, strike,
// task lists and bare links, and with our notation for what only Atlassian has.
func newParser() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(blockParsers()...),
		parser.WithInlineParsers(append(parser.DefaultInlineParsers(),
			util.Prioritized(extension.NewTaskCheckBoxParser(), 0),
			util.Prioritized(noteParser{}, 140),
			util.Prioritized(notationParser{}, 150),
			util.Prioritized(wordParser{}, 450),
			util.Prioritized(extension.NewStrikethroughParser(), 500),
			util.Prioritized(extension.NewLinkifyParser(), 999),
		)...),
		parser.WithParagraphTransformers(
			util.Prioritized(definitionParser{}, 100),
			util.Prioritized(extension.NewTableParagraphTransformer(), 200),
		),
	)
}

func blockParsers() []util.PrioritizedValue {
	return append(parser.DefaultBlockParsers(), util.Prioritized(extension.NewFootnoteBlockParser(), 999))
}

// definitionParser reads link definitions, but not "[~accountid:ID]: please" and
// the like, which CommonMark would take for one and hide.
type definitionParser struct{}

func (definitionParser) Transform(node *ast.Paragraph, reader text.Reader, pc parser.Context) {
	lines := node.Lines()
	for i := range lines.Len() {
		line := lines.At(i)
		value := bytes.TrimLeft(line.Value(reader.Source()), " ")
		for _, opening := range []string{"[~" + tree.SchemeAccount, "[date: ", "[status: ", "[emoji: "} {
			if bytes.HasPrefix(value, []byte(opening)) {
				return
			}
		}
	}
	parser.LinkReferenceParagraphTransformer.Transform(node, reader, pc)
}

// wordParser reads underscores inside a word as text, which is what emphasis
// makes of them too, but only after comparing each with all others.
type wordParser struct{}

func (wordParser) Trigger() []byte { return []byte{'_'} }

func (wordParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, segment := block.PeekLine()
	length := 0
	for before := block.PrecendingCharacter(); ; {
		under := underscores(line[length:])
		after, _ := utf8.DecodeRune(line[length+under:])
		if under == 0 || !insideWord(before, after) {
			break
		}
		length += under
		// The rest of the word is read along: many nodes would be dear.
		word := bytes.TrimLeftFunc(line[length:], letterOrDigit)
		length = len(line) - len(word)
		before, _ = utf8.DecodeLastRune(line[:length])
	}
	if length == 0 {
		return nil
	}
	block.Advance(length)
	return ast.NewTextSegment(segment.WithStop(segment.Start + length))
}

// underscores returns how many underscores a line begins with.
func underscores(line []byte) int { return len(line) - len(bytes.TrimLeft(line, "_")) }

// insideWord reports whether underscores between two runes can neither open
// nor close emphasis.
func insideWord(before, after rune) bool {
	return letterOrDigit(before) && letterOrDigit(after)
}

func letterOrDigit(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// notation is an inline element of ours in goldmark's tree: a finished node,
// or the name of a person that has still to be looked up.
type notation struct {
	ast.BaseInline
	node   *tree.Node
	person string
}

var kindNotation = ast.NewNodeKind("AtlassianNotation")

func (*notation) Kind() ast.NodeKind { return kindNotation }

func (n *notation) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// notationLimit bounds how far the parser looks for the end of a notation, so
// that many openings without an end cost no more than their length.
const notationLimit = 512

type notationParser struct{}

func (notationParser) Trigger() []byte { return []byte{'@', '[', ':', '<'} }

func (notationParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, _ := block.PeekLine()
	var n *notation
	var length int
	switch line[0] {
	case '@':
		n, length = personNotation(line, block.PrecendingCharacter())
	case '[':
		n, length = bracketNotation(line)
	case ':':
		n, length = emojiNotation(line, block.PrecendingCharacter())
	case '<':
		n, length = cardNotation(line)
	}
	if n == nil {
		return nil
	}
	block.Advance(length)
	return n
}

// bracketed returns what stands between the first byte, an opening bracket,
// and its closing one, with backslash escapes resolved, and the length of all.
func bracketed(line []byte, shut byte) (string, int) {
	var b []byte
	for i := 1; i < len(line) && i < notationLimit; i++ {
		switch c := line[i]; {
		case c == shut:
			return tree.CleanUTF8(string(b)), i + 1
		case c < ' ' || c == 0x7f:
			return "", 0
		case c == '[' || c == '(':
			if c != '(' || shut == ')' {
				return "", 0
			}
			b = append(b, c)
		case c == '\\' && i+1 < len(line) && util.IsPunct(line[i+1]):
			i++
			b = append(b, line[i])
		default:
			b = append(b, c)
		}
	}
	return "", 0
}

// personNotation reads @[Name], @[mail@host] and @[Name](accountid:ID).
func personNotation(line []byte, before rune) (*notation, int) {
	if len(line) < 2 || line[1] != '[' {
		return nil, 0
	}
	name, length := bracketed(line[1:], ']')
	name = strings.TrimSpace(name)
	if length == 0 || name == "" {
		return nil, 0
	}
	length++
	rest := line[length:]
	if bytes.HasPrefix(rest, []byte("(")) {
		target, n := bracketed(rest, ')')
		id, found := strings.CutPrefix(target, tree.SchemeAccount)
		if n == 0 || !found || !tree.IsAccountID(id) {
			return nil, 0
		}
		node := tree.New(tree.TypeMention, tree.Members{tree.Attr("id", tree.String(id)), tree.Attr("text", tree.String("@"+name))})
		return &notation{node: node}, length + n
	}
	if unicode.IsLetter(before) || unicode.IsDigit(before) {
		return nil, 0
	}
	return &notation{person: name}, length
}

// bracketNotation reads [~accountid:ID], [date: …], [status: …] and [emoji: …].
func bracketNotation(line []byte) (*notation, int) {
	switch {
	case len(line) < 3:
		return nil, 0
	case line[1] != '~' && line[1] != 'd' && line[1] != 's' && line[1] != 'e':
		return nil, 0
	}
	inner, length := bracketed(line, ']')
	if length == 0 || bytes.HasPrefix(line[length:], []byte("(")) {
		return nil, 0
	}
	if id, ok := strings.CutPrefix(inner, "~"+tree.SchemeAccount); ok && tree.IsAccountID(id) && !strings.ContainsAny(id, " \t") {
		return &notation{node: tree.New(tree.TypeMention, tree.Members{tree.Attr("id", tree.String(id))})}, length
	}
	word, value, ok := strings.Cut(inner, ": ")
	value = strings.TrimSpace(value)
	if !ok || value == "" {
		return nil, 0
	}
	switch word {
	case "date":
		if stamp, ok := tree.DayTimestamp(value); ok {
			return &notation{node: tree.New(tree.TypeDate, tree.Members{tree.Attr("timestamp", tree.String(stamp))})}, length
		}
	case "status":
		return &notation{node: parseStatus(value)}, length
	case "emoji":
		return &notation{node: tree.New(tree.TypeEmoji, tree.Members{tree.Attr("shortName", tree.String(value))})}, length
	}
	return nil, 0
}

// parseStatus reads the words of a status and, in parentheses, its color.
func parseStatus(s string) *tree.Node {
	color := "neutral"
	if open := strings.LastIndex(s, " ("); open > 0 && strings.HasSuffix(s, ")") {
		if c := s[open+2 : len(s)-1]; isStatusColor(c) {
			s, color = strings.TrimSpace(s[:open]), c
		}
	}
	return tree.New(tree.TypeStatus, tree.Members{tree.Attr("text", tree.String(s)), tree.Attr("color", tree.String(color))})
}

func isStatusColor(c string) bool {
	switch c {
	case "neutral", "purple", "blue", "red", "yellow", "green":
		return true
	}
	return tree.IsHexColor(c)
}

// emojiNotation reads :name:.
func emojiNotation(line []byte, before rune) (*notation, int) {
	name := emojiAt(string(line[:min(len(line), longestEmoji)]), before)
	if name == "" {
		return nil, 0
	}
	return &notation{node: tree.New(tree.TypeEmoji, tree.Members{tree.Attr("shortName", tree.String(name))})}, len(name)
}

// longestEmoji is more than the length of any emoji between colons.
const longestEmoji = 160

// emojiAt returns the emoji that a text begins with, as :name: and perhaps a tone
// of skin, or "". A time such as 10:30:00 holds none.
func emojiAt(s string, before rune) string {
	s = s[:min(len(s), longestEmoji)]
	end := 1
	for end < len(s) && (isLetter(s[end]) || isDigit(s[end]) || s[end] == '_' || s[end] == '+' || s[end] == '-') {
		end++
	}
	if end >= len(s) || s[0] != ':' || s[end] != ':' || !isEmojiName(s[1:end]) ||
		before == ':' || unicode.IsLetter(before) || unicode.IsDigit(before) {
		return ""
	}
	end++
	const tone = ":skin-tone-2:"
	if rest := s[end:]; len(rest) >= len(tone) && rest[:len(tone)-2] == tone[:len(tone)-2] &&
		rest[len(tone)-2] >= '2' && rest[len(tone)-2] <= '6' && rest[len(tone)-1] == ':' {
		end += len(tone)
	}
	if end < len(s) && (isLetter(s[end]) || isDigit(s[end]) || s[end] == ':') {
		return ""
	}
	return s[:end]
}

// cardNotation reads <https://…>, which becomes a card where a bare link or
// one with words stays a link.
func cardNotation(line []byte) (*notation, int) {
	lower := strings.ToLower(string(line[:min(len(line), 9)]))
	if !strings.HasPrefix(lower, "<http://") && !strings.HasPrefix(lower, "<https://") {
		return nil, 0
	}
	for i := 1; i < len(line); i++ {
		switch c := line[i]; {
		case c == '>':
			url := tree.CleanUTF8(string(line[1:i]))
			if !cardPattern.MatchString(url) { // it could not be written again
				return nil, 0
			}
			return &notation{node: tree.New(tree.TypeInlineCard, tree.Members{tree.Attr("url", tree.String(url))})}, i + 1
		case c <= ' ' || c == '<':
			return nil, 0
		}
	}
	return nil, 0
}
