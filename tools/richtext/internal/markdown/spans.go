package markdown

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"arcade-atlassian/tools/richtext/internal/tree"
)

// inlineMode says where inline content stands.
type inlineMode int

const (
	// singleLine is a heading or a cell, where a line break is written <br>.
	singleLine inlineMode = 1 << iota
	// inTable escapes the bars that separate cells.
	inTable
	// inBrackets is the text of a link, an image or a placeholder.
	inBrackets
)

// piece is a stretch of inline content with the same marks.
type piece struct {
	text string // plain text, still to be escaped
	code bool   // text is inline code
	atom string // finished Markdown; text is then empty
	// short is a form of the atom that may not touch a word.
	short string
	marks []tree.Mark
	// until is, for each mark, the index of the first piece without it.
	until []int
}

func (p piece) blank() bool {
	return p.atom == "" && !p.code && strings.TrimFunc(p.text, unicode.IsSpace) == ""
}

// inline writes inline content.
func (e *encoder) inline(nodes []*tree.Node, mode inlineMode) string {
	w := &spanWriter{mode: mode, pieces: measure(settleSpaces(e.pieces(nodes, mode)))}
	for i := range w.pieces {
		w.piece(i)
	}
	w.closeTo(0, len(w.pieces))
	return strings.Join(w.out, "")
}

// pieces turns nodes into pieces, recording the marks Markdown does not have.
func (e *encoder) pieces(nodes []*tree.Node, mode inlineMode) []piece {
	texts := make([]*tree.Node, 0, len(nodes))
	for _, n := range nodes {
		if tree.IsAnchor(n) {
			e.Lose("macro:"+tree.MacroName(n), tree.Dropped)
			continue
		}
		if n.Kind == tree.TypeText {
			n = n.Clone()
			n.Marks = e.spanMarks(n.Marks)
			n.Text = tree.CleanUTF8(n.Text)
			if strings.ContainsAny(n.Text, "\n\x00") {
				e.Lose("control character", tree.Changed)
				n.Text = strings.ReplaceAll(n.Text, "\x00", "\uFFFD")
			}
		}
		texts = append(texts, n)
	}
	texts = tree.MergeText(texts)
	var out []piece
	for i, n := range texts {
		if n.Kind == tree.TypeHardBreak {
			out = append(out, piece{atom: breakAtom(texts, i, mode)})
			continue
		}
		if n.Kind != tree.TypeText {
			p := piece{atom: e.atom(n, mode), marks: linksOnly(n)}
			if n.Kind == tree.TypeEmoji {
				p.short = shortEmoji(n)
			}
			out = append(out, p)
			continue
		}
		_, code := n.Mark(tree.MarkCode)
		if code {
			marks := slices.DeleteFunc(slices.Clone(n.Marks), func(m tree.Mark) bool { return m.Kind == tree.MarkCode })
			out = append(out, piece{text: strings.ReplaceAll(n.Text, "\n", " "), code: true, marks: marks})
			continue
		}
		for j, line := range strings.Split(n.Text, "\n") {
			if j > 0 {
				out = append(out, piece{atom: "<br>"})
			}
			if line != "" {
				out = append(out, piece{text: line, marks: n.Marks})
			}
		}
	}
	return out
}

// breakAtom writes a line break as a backslash at the end of a line where the
// next line has something to show, and as a tag elsewhere.
func breakAtom(nodes []*tree.Node, i int, mode inlineMode) string {
	middle := i > 0 && i+1 < len(nodes) && nodes[i-1].Kind != tree.TypeHardBreak && nodes[i+1].Kind != tree.TypeHardBreak
	if mode&singleLine != 0 || !middle {
		return "<br>"
	}
	if strings.HasSuffix(nodes[i-1].Text, "\\") {
		return "<br>" // the parser takes the break's backslash for an escaped one
	}
	for _, n := range []*tree.Node{nodes[i-1], nodes[i+1]} {
		if n.Kind == tree.TypeText && strings.TrimFunc(n.Text, unicode.IsSpace) == "" {
			return "<br>"
		}
	}
	return "\\\n"
}

func linksOnly(n *tree.Node) []tree.Mark {
	if n.Kind != tree.TypeMediaInline {
		return nil
	}
	for _, m := range n.Marks {
		if m.Kind == tree.MarkLink {
			return []tree.Mark{m}
		}
	}
	return nil
}

// spanMarks keeps the marks Markdown can write, one of each kind.
func (e *encoder) spanMarks(marks []tree.Mark) []tree.Mark {
	var out []tree.Mark
	replaced := tree.Replaced(marks)
	for i, m := range marks {
		switch m.Kind {
		case tree.MarkStrong, tree.MarkEm, tree.MarkStrike, tree.MarkUnderline, tree.MarkCode:
			if !replaced[i] {
				out = append(out, tree.NewMark(m.Kind))
			}
		case tree.MarkSubsup:
			if !replaced[i] && (m.Attrs.String("type") == "sub" || m.Attrs.String("type") == "sup") {
				out = append(out, tree.NewMark(tree.MarkSubsup, tree.Attr("type", tree.String(m.Attrs.String("type")))))
			}
		case tree.MarkTextColor, tree.MarkBackgroundColor:
			color := m.Attrs.String("color")
			switch {
			case !tree.IsHexColor(color):
				e.Lose(m.Kind, tree.Dropped)
			case !replaced[i]:
				out = append(out, tree.NewMark(m.Kind, tree.Attr("color", tree.String(color))))
			}
		case tree.MarkLink:
			if !replaced[i] {
				out = append(out, tree.LinkMark(m.Attrs.String("href"), m.Attrs.String("title")))
			}
		case tree.MarkRaw:
			e.Lose(tree.RawMarkName(m), tree.Dropped)
		default:
			e.Lose(m.Kind, tree.Dropped)
		}
	}
	return out
}

// delimited reports whether a mark is written with punctuation that must touch
// what it encloses.
func delimited(kind string) bool {
	return kind == tree.MarkStrong || kind == tree.MarkEm || kind == tree.MarkStrike
}

// settleSpaces moves white space at the edge of emphasis out of it, where
// Markdown needs it to be. The words keep their formatting.
func settleSpaces(in []piece) []piece {
	var out []piece
	for _, p := range in {
		if p.code || p.atom != "" || len(p.marks) == 0 {
			out = append(out, p)
			continue
		}
		core := strings.TrimLeftFunc(p.text, unicode.IsSpace)
		if lead := p.text[:len(p.text)-len(core)]; lead != "" {
			out = append(out, piece{text: lead, marks: p.marks})
		}
		words := strings.TrimRightFunc(core, unicode.IsSpace)
		if words != "" {
			out = append(out, piece{text: words, marks: p.marks})
		}
		if trail := core[len(words):]; trail != "" {
			out = append(out, piece{text: trail, marks: p.marks})
		}
	}
	var left []tree.Mark
	for i := range out {
		if !out[i].blank() {
			left = out[i].marks
			continue
		}
		out[i].marks = sharedMarks(out[i].marks, left)
	}
	var right []tree.Mark
	for i := len(out) - 1; i >= 0; i-- {
		if !out[i].blank() {
			right = out[i].marks
			continue
		}
		out[i].marks = sharedMarks(out[i].marks, right)
	}
	return out
}

func sharedMarks(marks, neighbor []tree.Mark) []tree.Mark {
	var out []tree.Mark
	for _, m := range marks {
		if !delimited(m.Kind) || slices.ContainsFunc(neighbor, m.Equal) {
			out = append(out, m)
		}
	}
	return out
}

// measure notes how far each mark reaches, so that those reaching further can
// be opened first.
func measure(pieces []piece) []piece {
	for i := len(pieces) - 1; i >= 0; i-- {
		p := &pieces[i]
		p.until = make([]int, len(p.marks))
		for j, m := range p.marks {
			p.until[j] = i + 1
			if i+1 < len(pieces) {
				if k := slices.IndexFunc(pieces[i+1].marks, m.Equal); k >= 0 {
					p.until[j] = pieces[i+1].until[k]
				}
			}
		}
	}
	return pieces
}

// openSpan is a mark that has been opened and not closed.
type openSpan struct {
	mark tree.Mark
	// at is the index of the opening in the output, before the last rune in
	// front of it.
	at     int
	before rune
	bare   bool
}

type spanWriter struct {
	mode   inlineMode
	pieces []piece
	out    []string
	open   []openSpan
}

// last returns the last rune written, or a line break when there is none.
func (w *spanWriter) last() rune {
	for _, s := range slices.Backward(w.out) {
		if s != "" {
			r, _ := utf8.DecodeLastRuneInString(s)
			return r
		}
	}
	return '\n'
}

func (w *spanWriter) write(s string) { w.out = append(w.out, s) }

func (w *spanWriter) piece(i int) {
	p := w.pieces[i]
	keep := 0
	for keep < len(w.open) && slices.ContainsFunc(p.marks, w.open[keep].mark.Equal) {
		keep++
	}
	w.closeTo(keep, i)
	type opening struct {
		mark  tree.Mark
		until int
	}
	var opens []opening
	for j, m := range p.marks {
		if !slices.ContainsFunc(w.open, func(o openSpan) bool { return o.mark.Equal(m) }) {
			opens = append(opens, opening{m, p.until[j]})
		}
	}
	slices.SortStableFunc(opens, func(a, b opening) int {
		if a.until != b.until {
			return b.until - a.until
		}
		return markRank(a.mark.Kind) - markRank(b.mark.Kind)
	})
	for _, o := range opens {
		w.openMark(o.mark, i, o.until)
	}
	switch {
	case p.short != "" && w.afterAtom(i)&firstNotation == 0 && !touchesEmoji(w.last()) && !touchesEmoji(w.following(i)):
		w.write(p.short)
	case p.atom != "":
		w.write(p.atom)
	case p.code && mailLike(w.last()) && strings.Contains(p.text, "@"):
		// Backticks may stand in a mail address, so one would begin in front.
		w.write("<code>" + escapeText(p.text, ' ', '<', w.mode|w.brackets()) + "</code>")
	case p.code:
		w.write(codeSpan(p.text, w.mode))
	default:
		if len(w.open) > 0 && w.open[len(w.open)-1].bare {
			w.write(p.text)
			return
		}
		w.write(escapeText(p.text, w.last(), w.following(i), w.mode|w.afterAtom(i)|w.brackets()))
	}
}

func touchesEmoji(r rune) bool {
	return r == ':' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

// afterNotation is a mode for text that follows an element of ours, where an
// opening bracket would make it a link.
const (
	afterNotation inlineMode = 1 << (8 + iota)
	// firstNotation is set as well when that element opens the paragraph, where
	// a colon would make it a link definition.
	firstNotation
)

func (w *spanWriter) afterAtom(i int) inlineMode {
	if i > 0 && w.pieces[i-1].atom != "" && !strings.HasPrefix(w.pieces[i-1].atom, "\\") {
		if i == 1 {
			return afterNotation | firstNotation
		}
		return afterNotation
	}
	return 0
}

func (w *spanWriter) brackets() inlineMode {
	for _, o := range w.open {
		if o.mark.Kind == tree.MarkLink {
			return inBrackets
		}
	}
	return 0
}

// following returns the rune that comes after a piece, or a line break at the
// end. Markup counts as the punctuation it begins with.
func (w *spanWriter) following(i int) rune {
	if i+1 >= len(w.pieces) {
		return '\n'
	}
	next := w.pieces[i+1]
	if next.short != "" {
		return ':'
	}
	if !tree.SameMarks(next.marks, w.pieces[i].marks) || next.code || next.atom != "" {
		if r, _ := utf8.DecodeRuneInString(next.atom); r == '\\' && tree.SameMarks(next.marks, w.pieces[i].marks) {
			return '\n'
		}
		return '['
	}
	r, _ := utf8.DecodeRuneInString(next.text)
	return r
}

func (w *spanWriter) openMark(m tree.Mark, i, until int) {
	o := openSpan{mark: m, before: w.last(), at: len(w.out)}
	switch m.Kind {
	case tree.MarkLink:
		if w.bareLink(m, i, until, o.before) {
			o.bare = true
			w.write("")
		} else {
			w.write("[")
		}
	case tree.MarkStrong, tree.MarkEm, tree.MarkStrike:
		w.write(delimiter(m.Kind))
	case tree.MarkTextColor:
		w.write(`<span style="color: ` + m.Attrs.String("color") + `">`)
	case tree.MarkBackgroundColor:
		w.write(`<span style="background-color: ` + m.Attrs.String("color") + `">`)
	default:
		w.write("<" + tagName(m) + ">")
	}
	w.open = append(w.open, o)
}

func delimiter(kind string) string {
	switch kind {
	case tree.MarkStrong:
		return "**"
	case tree.MarkEm:
		return "_"
	}
	return "~~"
}

func tagName(m tree.Mark) string {
	switch m.Kind {
	case tree.MarkStrong:
		return "strong"
	case tree.MarkEm:
		return "em"
	case tree.MarkStrike:
		return "s"
	case tree.MarkSubsup:
		return m.Attrs.String("type")
	case tree.MarkTextColor, tree.MarkBackgroundColor:
		return "span"
	}
	return "u"
}

// closeTo closes the innermost marks until only some are left. Piece next is
// what will be written after them.
func (w *spanWriter) closeTo(keep, next int) {
	for len(w.open) > keep {
		o := w.open[len(w.open)-1]
		w.open = w.open[:len(w.open)-1]
		switch o.mark.Kind {
		case tree.MarkLink:
			switch {
			case !o.bare:
				w.write("](" + linkTarget(o.mark.Attrs.String("href"), o.mark.Attrs.String("title")) + ")")
			case strings.HasPrefix(o.mark.Attrs.String("href"), "mailto:"):
				w.out[o.at] = "<"
				w.write(">")
			}
		case tree.MarkStrong, tree.MarkEm, tree.MarkStrike:
			after := w.upcoming(keep, next)
			if len(w.open) > keep {
				after = closing(w.open[len(w.open)-1])
			}
			switch d := delimiter(o.mark.Kind); {
			case w.fits(o, d, after):
				w.write(d)
			case d == "_" && w.fits(o, "*", after): // inside a word
				w.out[o.at] = "*"
				w.write("*")
			default:
				w.out[o.at] = "<" + tagName(o.mark) + ">"
				w.write("</" + tagName(o.mark) + ">")
			}
		default:
			w.write("</" + tagName(o.mark) + ">")
		}
	}
}

// closing returns the rune that the end of an open mark begins with. Emphasis
// may still become a tag or change its character: its own is what fits least.
func closing(o openSpan) rune {
	switch o.mark.Kind {
	case tree.MarkStrong, tree.MarkEm:
		return '*'
	case tree.MarkStrike:
		return '~'
	}
	return '<' // or the bracket of a link, which counts the same
}

// upcoming returns the rune that follows once the marks are closed.
func (w *spanWriter) upcoming(keep, next int) rune {
	if next >= len(w.pieces) {
		return '\n'
	}
	p := w.pieces[next]
	if len(p.marks) > keep || p.code {
		return '*'
	}
	if p.atom != "" {
		r, _ := utf8.DecodeRuneInString(p.atom)
		return r
	}
	r, _ := utf8.DecodeRuneInString(p.text)
	return r
}

// fits reports whether Markdown would read a pair of delimiters as emphasis,
// given the runes on both sides of each.
func (w *spanWriter) fits(o openSpan, delimiter string, after rune) bool {
	first := '\n'
	for _, s := range w.out[o.at+1:] {
		if s != "" {
			first, _ = utf8.DecodeRuneInString(s)
			break
		}
	}
	last := w.last()
	char := rune(delimiter[0])
	if o.before == char || first == char || last == char || after == char {
		return false
	}
	left, right := flanks(o.before, first)
	shutLeft, shutRight := flanks(last, after)
	if char == '_' {
		return left && (!right || isPunct(o.before)) && shutRight && (!shutLeft || isPunct(after))
	}
	return left && shutRight
}

// flanks reports whether a delimiter between two runes is left-flanking and
// right-flanking in CommonMark's sense.
func flanks(before, after rune) (left, right bool) {
	if oddPunct(before) || oddPunct(after) {
		return false, false
	}
	space, punct := unicode.IsSpace, isPunct
	left = !space(after) && (!punct(after) || space(before) || punct(before))
	right = !space(before) && (!punct(before) || space(after) || punct(after))
	return left, right
}

func isPunct(r rune) bool {
	return r < utf8.RuneSelf && (unicode.IsPunct(r) || unicode.IsSymbol(r))
}

// oddPunct reports whether parsers disagree on what a rune is, or a control
// character has an effect of its own.
func oddPunct(r rune) bool {
	if r < utf8.RuneSelf {
		return r < ' ' && r != '\n' && r != '\t' || r == 0x7f
	}
	return !unicode.IsLetter(r) && !unicode.IsDigit(r)
}
