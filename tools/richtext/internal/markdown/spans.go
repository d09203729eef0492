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

// style is a mark as Markdown writes it, without what Markdown has no form for.
// Pieces next to each other share it when it is the same.
type style struct {
	// kind is the type of the mark.
	kind string
	// value is the address of a link, a color, or says whether text is sub or sup.
	value string
	// title is that of a link.
	title string
}

// piece is a stretch of inline content with the same styles.
type piece struct {
	text string // plain text, still to be escaped
	code bool   // text is inline code
	atom string // finished Markdown; text is then empty
	// short is a form of the atom that may not touch a word.
	short string
	// lineBreak is set for a break, whose atom depends on what is around it.
	lineBreak bool
	styles    []style
	// until is, for each style, the index of the first piece without it.
	until []int
}

func (p *piece) plain() bool { return p.atom == "" && !p.code }

func (p *piece) blank() bool { return p.plain() && isBlank(p.text) }

func isBlank(s string) bool { return strings.TrimLeftFunc(s, unicode.IsSpace) == "" }

// inline writes inline content.
func (e *encoder) inline(nodes []*tree.Node, mode inlineMode) string {
	w := e.spanWriter(mode)
	e.split(nodes, w)
	w.placeBreaks()
	w.settleSpaces()
	w.measure()
	for i := range w.pieces {
		w.piece(i)
	}
	w.closeTo(0, len(w.pieces))
	out := string(w.out)
	e.idle = append(e.idle, w)
	return out
}

// spanWriter returns a writer, if possible one that was used before, because its
// memory can be used again.
func (e *encoder) spanWriter(mode inlineMode) *spanWriter {
	if len(e.idle) == 0 {
		return &spanWriter{mode: mode}
	}
	w := e.idle[len(e.idle)-1]
	e.idle = e.idle[:len(e.idle)-1]
	*w = spanWriter{mode: mode, pieces: w.pieces[:0], out: w.out[:0], open: w.open[:0], words: w.words[:0]}
	return w
}

// split turns nodes into pieces, recording the marks Markdown does not have. Text
// nodes with the same styles become one piece.
func (e *encoder) split(nodes []*tree.Node, w *spanWriter) {
	var text piece
	for _, n := range nodes {
		if tree.IsAnchor(n) {
			e.Lose("macro:"+tree.MacroName(n), tree.Dropped)
			continue
		}
		if n.Kind == tree.TypeText {
			styles, code := e.styles(n.Marks)
			if n.Text == "" {
				continue
			}
			if len(w.words) > 0 && (code != text.code || !slices.Equal(styles, text.styles)) {
				w.addText(text)
			}
			text = piece{code: code, styles: styles}
			w.words = append(w.words, e.clean(n.Text))
			continue
		}
		w.addText(text)
		p := piece{lineBreak: n.Kind == tree.TypeHardBreak}
		if !p.lineBreak {
			p.atom, p.styles = e.atom(n, w.mode), imageLink(n)
		}
		if n.Kind == tree.TypeEmoji {
			p.short = shortEmoji(n)
		}
		w.pieces = append(w.pieces, p)
	}
	w.addText(text)
}

// clean replaces what no Markdown can hold.
func (e *encoder) clean(s string) string {
	s = tree.CleanUTF8(s)
	zero := strings.IndexByte(s, 0) >= 0
	if zero || strings.IndexByte(s, '\n') >= 0 {
		e.Lose("control character", tree.Changed)
	}
	if zero {
		s = strings.ReplaceAll(s, "\x00", "\uFFFD")
	}
	return s
}

// addText adds the words of text nodes that belong together as pieces like p.
func (w *spanWriter) addText(p piece) {
	if len(w.words) == 0 {
		return
	}
	text := w.words[0]
	if len(w.words) > 1 {
		text = strings.Join(w.words, "")
	}
	w.words = w.words[:0]
	if p.code {
		text = strings.ReplaceAll(text, "\n", " ")
	}
	for {
		line, rest, more := strings.Cut(text, "\n")
		if line != "" {
			p.text = line
			w.pieces = append(w.pieces, p)
		}
		if !more {
			return
		}
		w.pieces = append(w.pieces, piece{atom: "<br>"})
		text = rest
	}
}

// placeBreaks writes a line break as a backslash at the end of a line where the
// next line has something to show, and as a tag elsewhere.
func (w *spanWriter) placeBreaks() {
	for i := range w.pieces {
		if !w.pieces[i].lineBreak {
			continue
		}
		w.pieces[i].atom = "<br>"
		if w.mode&singleLine != 0 || i == 0 || i+1 == len(w.pieces) {
			continue
		}
		before, after := w.pieces[i-1], w.pieces[i+1]
		shows := func(p piece) bool { return !p.lineBreak && (p.atom != "" || !isBlank(p.text)) }
		// The parser would take the break's backslash for an escaped one.
		if shows(before) && shows(after) && !strings.HasSuffix(before.text, "\\") {
			w.pieces[i].atom = "\\\n"
		}
	}
}

// imageLink returns the link of an image that stands in a line.
func imageLink(n *tree.Node) []style {
	if n.Kind != tree.TypeMediaInline {
		return nil
	}
	if m, ok := n.Mark(tree.MarkLink); ok {
		return []style{{kind: m.Kind, value: m.Attrs.String("href"), title: m.Attrs.String("title")}}
	}
	return nil
}

// styles returns the marks that Markdown can write, of each kind the last, and
// whether the text is code.
func (e *encoder) styles(marks []tree.Mark) (styles []style, code bool) {
	for _, m := range marks {
		s := style{kind: m.Kind}
		switch m.Kind {
		case tree.MarkCode:
			code = true
			continue
		case tree.MarkStrong, tree.MarkEm, tree.MarkStrike, tree.MarkUnderline:
		case tree.MarkSubsup:
			if s.value = m.Attrs.String("type"); s.value != "sub" && s.value != "sup" {
				s.value = ""
			}
		case tree.MarkTextColor, tree.MarkBackgroundColor:
			if s.value = m.Attrs.String("color"); !tree.IsHexColor(s.value) {
				e.Lose(m.Kind, tree.Dropped)
				s.value = ""
			}
		case tree.MarkLink:
			s.value, s.title = m.Attrs.String("href"), m.Attrs.String("title")
		case tree.MarkRaw:
			e.Lose(tree.RawMarkName(m), tree.Dropped)
			continue
		default:
			e.Lose(m.Kind, tree.Dropped)
			continue
		}
		if i := slices.IndexFunc(styles, func(o style) bool { return o.kind == s.kind }); i >= 0 {
			styles = slices.Delete(styles, i, i+1)
		}
		styles = append(styles, s)
	}
	return slices.DeleteFunc(styles, func(s style) bool { return s.value == "" && s.valued() }), code
}

// valued reports whether a style of this kind is none without its value.
func (s style) valued() bool {
	return s.kind == tree.MarkSubsup || s.kind == tree.MarkTextColor || s.kind == tree.MarkBackgroundColor
}

// delimited reports whether a mark is written with punctuation that must touch
// what it encloses.
func delimited(kind string) bool {
	return kind == tree.MarkStrong || kind == tree.MarkEm || kind == tree.MarkStrike
}

// settleSpaces moves white space at the edge of emphasis out of it, where
// Markdown needs it to be. The words keep their formatting.
func (w *spanWriter) settleSpaces() {
	if !slices.ContainsFunc(w.pieces, spacedStyle) {
		return
	}
	var out []piece
	for _, p := range w.pieces {
		if !spacedStyle(p) {
			out = append(out, p)
			continue
		}
		core := strings.TrimLeftFunc(p.text, unicode.IsSpace)
		if lead := p.text[:len(p.text)-len(core)]; lead != "" {
			out = append(out, piece{text: lead, styles: p.styles})
		}
		words := strings.TrimRightFunc(core, unicode.IsSpace)
		if words != "" {
			out = append(out, piece{text: words, styles: p.styles})
		}
		if trail := core[len(words):]; trail != "" {
			out = append(out, piece{text: trail, styles: p.styles})
		}
	}
	var left []style
	for i := range out {
		if !out[i].blank() {
			left = out[i].styles
			continue
		}
		out[i].styles = sharedStyles(out[i].styles, left)
	}
	var right []style
	for i := len(out) - 1; i >= 0; i-- {
		if !out[i].blank() {
			right = out[i].styles
			continue
		}
		out[i].styles = sharedStyles(out[i].styles, right)
	}
	w.pieces = out
}

// spacedStyle reports whether a piece of text has styles and white space at its
// edge.
func spacedStyle(p piece) bool {
	if !p.plain() || len(p.styles) == 0 {
		return false
	}
	first, _ := utf8.DecodeRuneInString(p.text)
	last, _ := utf8.DecodeLastRuneInString(p.text)
	return unicode.IsSpace(first) || unicode.IsSpace(last)
}

func sharedStyles(styles, neighbor []style) []style {
	var out []style
	for _, s := range styles {
		if !delimited(s.kind) || slices.Contains(neighbor, s) {
			out = append(out, s)
		}
	}
	return out
}

// measure notes how far each style reaches, so that those reaching further can
// be opened first.
func (w *spanWriter) measure() {
	for i := len(w.pieces) - 1; i >= 0; i-- {
		p := &w.pieces[i]
		if len(p.styles) == 0 {
			continue
		}
		p.until = make([]int, len(p.styles))
		for j, s := range p.styles {
			p.until[j] = i + 1
			if i+1 < len(w.pieces) {
				if k := slices.Index(w.pieces[i+1].styles, s); k >= 0 {
					p.until[j] = w.pieces[i+1].until[k]
				}
			}
		}
	}
}

// openSpan is a style that has been opened and not closed.
type openSpan struct {
	style
	// at is where in the output its opening begins, and inside where that ends.
	at, inside int
	// before is the last rune in front of it.
	before rune
	bare   bool
}

// spanWriter writes the inline content of one block.
type spanWriter struct {
	mode   inlineMode
	pieces []piece
	out    []byte
	open   []openSpan
	// words are those of text nodes that belong to one piece.
	words []string
}

// last returns the last rune written, or a line break when there is none.
func (w *spanWriter) last() rune {
	if len(w.out) == 0 {
		return '\n'
	}
	r, _ := utf8.DecodeLastRune(w.out)
	return r
}

func (w *spanWriter) write(s string) { w.out = append(w.out, s...) }

func (w *spanWriter) piece(i int) {
	p := &w.pieces[i]
	keep := 0
	for keep < len(w.open) && slices.Contains(p.styles, w.open[keep].style) {
		keep++
	}
	w.closeTo(keep, i)
	w.openStyles(i)
	switch {
	case p.short != "" && w.afterAtom(i)&firstNotation == 0 && !touchesEmoji(w.last()) && !touchesEmoji(w.following(i)):
		w.write(p.short)
	case p.atom != "":
		w.write(p.atom)
	case p.code && mailLike(w.last()) && strings.Contains(p.text, "@"):
		// Backticks may stand in a mail address, so one would begin in front.
		w.write("<code>")
		w.out = appendEscaped(w.out, p.text, ' ', '<', w.mode|w.brackets())
		w.write("</code>")
	case p.code:
		w.write(codeSpan(p.text, w.mode))
	case len(w.open) > 0 && w.open[len(w.open)-1].bare:
		w.write(p.text)
	default:
		w.out = appendEscaped(w.out, p.text, w.last(), w.following(i), w.mode|w.afterAtom(i)|w.brackets())
	}
}

// openStyles opens the styles of a piece that are not open yet, first those that
// reach furthest.
func (w *spanWriter) openStyles(i int) {
	p := &w.pieces[i]
	if len(p.styles) == len(w.open) { // those that are open all belong to it
		return
	}
	type opening struct {
		style
		until int
	}
	var opens []opening
	for j, s := range p.styles {
		if !slices.ContainsFunc(w.open, func(o openSpan) bool { return o.style == s }) {
			opens = append(opens, opening{s, p.until[j]})
		}
	}
	slices.SortStableFunc(opens, func(a, b opening) int {
		if a.until != b.until {
			return b.until - a.until
		}
		return markRank(a.kind) - markRank(b.kind)
	})
	for _, o := range opens {
		w.openStyle(o.style, i, o.until)
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
		if o.kind == tree.MarkLink {
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
	same := slices.Equal(next.styles, w.pieces[i].styles)
	switch {
	case same && strings.HasPrefix(next.atom, "\\"):
		return '\n'
	case !same || next.code || next.atom != "":
		return '['
	}
	r, _ := utf8.DecodeRuneInString(next.text)
	return r
}

func (w *spanWriter) openStyle(s style, i, until int) {
	o := openSpan{style: s, before: w.last(), at: len(w.out)}
	switch s.kind {
	case tree.MarkLink:
		if o.bare = w.bareLink(s, i, until, o.before); !o.bare {
			w.write("[")
		}
	case tree.MarkStrong, tree.MarkEm, tree.MarkStrike:
		w.write(delimiter(s.kind))
	case tree.MarkTextColor:
		w.write(`<span style="color: ` + s.value + `">`)
	case tree.MarkBackgroundColor:
		w.write(`<span style="background-color: ` + s.value + `">`)
	default:
		w.write("<" + s.tag() + ">")
	}
	o.inside = len(w.out)
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

// tag returns the name of the element that a style is written as when it has no
// other form.
func (s style) tag() string {
	switch s.kind {
	case tree.MarkStrong:
		return "strong"
	case tree.MarkEm:
		return "em"
	case tree.MarkStrike:
		return "s"
	case tree.MarkSubsup:
		return s.value
	case tree.MarkTextColor, tree.MarkBackgroundColor:
		return "span"
	}
	return "u"
}

// closeTo closes the innermost styles until only some are left. Piece next is
// what will be written after them.
func (w *spanWriter) closeTo(keep, next int) {
	for len(w.open) > keep {
		o := w.open[len(w.open)-1]
		w.open = w.open[:len(w.open)-1]
		switch o.kind {
		case tree.MarkLink:
			switch {
			case !o.bare:
				w.write("](")
				w.out = appendTarget(w.out, o.value, o.title)
				w.write(")")
			case strings.HasPrefix(o.value, "mailto:"):
				w.enclose(o, "<", ">")
			}
		case tree.MarkStrong, tree.MarkEm, tree.MarkStrike:
			after := w.upcoming(keep, next)
			if len(w.open) > keep {
				after = closing(w.open[len(w.open)-1])
			}
			switch d := delimiter(o.kind); {
			case w.fits(o, d, after):
				w.write(d)
			case d == "_" && w.fits(o, "*", after): // inside a word
				w.enclose(o, "*", "*")
			default:
				w.enclose(o, "<"+o.tag()+">", "</"+o.tag()+">")
			}
		default:
			w.write("</" + o.tag() + ">")
		}
	}
}

// enclose gives a span another opening than was written, and the end that belongs
// to it.
func (w *spanWriter) enclose(o openSpan, opening, end string) {
	w.out = slices.Replace(w.out, o.at, o.inside, []byte(opening)...)
	w.write(end)
}

// closing returns the rune that the end of an open mark begins with. Emphasis
// may still become a tag or change its character: its own is what fits least.
func closing(o openSpan) rune {
	switch o.kind {
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
	if len(p.styles) > keep || p.code {
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
	if o.inside < len(w.out) {
		first, _ = utf8.DecodeRune(w.out[o.inside:])
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
