package confluence

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/prose"
	"arcade-atlassian/tools/richtext"
	"arcade-atlassian/tools/tool"
)

// bodyFormat is a format in which tools show the text of a page.
type bodyFormat string

const (
	markdownFormat bodyFormat = "markdown"
	storageFormat  bodyFormat = "storage" // as Confluence stores it
	adfFormat      bodyFormat = "adf"
	noBody         bodyFormat = "none"
)

// Enum lists the formats.
func (bodyFormat) Enum() []string {
	return []string{string(markdownFormat), string(storageFormat), string(adfFormat), string(noBody)}
}

// representation is what Confluence has to be asked for, or "" for nothing.
// Markdown is made of what is stored.
func (f bodyFormat) representation() string {
	switch f {
	case adfFormat:
		return "atlas_doc_format"
	case noBody:
		return ""
	case markdownFormat, storageFormat:
	}
	return "storage"
}

// pageBody is the text of a page in the representations that were asked for.
type pageBody struct {
	Storage *storedBody `json:"storage"`
	ADF     *storedBody `json:"atlas_doc_format"` // a document in a text
}

type storedBody struct {
	Representation string             `json:"representation"`
	Value          atlassian.Verbatim `json:"value"`
}

// bodyView is the text of a page as tools show it, in one format.
type bodyView struct {
	Markdown   *bodyText `json:"markdown,omitzero" doc:"The text in Markdown."`
	Storage    *bodyText `json:"storage,omitzero" doc:"The text as Confluence stores it, in XHTML."`
	ADF        *bodyADF  `json:"atlas_doc_format,omitzero" doc:"The text in the Atlassian Document Format."`
	Losses     []string  `json:"losses,omitzero" doc:"What is not shown, or not as the page has it."`
	NextOffset int       `json:"next_offset,omitzero" doc:"The body_offset of GetPage with which the text goes on."`
}

type bodyText struct {
	Representation string `json:"representation" doc:"The format."`
	Value          string `json:"value" doc:"The text."`
}

type bodyADF struct {
	Representation string         `json:"representation" doc:"The format."`
	Value          jsontext.Value `json:"value" doc:"The document."`
}

// longestBody is how much of a text in Markdown or storage is shown at once, in
// bytes.
const longestBody = 64 << 10

// How many kinds of losses are told of a text, alone and in a list.
const mostLosses, mostListedLosses = 50, 3

// bodyPart says which part of a text is shown, and how.
type bodyPart struct {
	format          bodyFormat
	offset, longest int // in bytes of the text in the format
	inList          bool
}

// viewBody shows a part of a text. Nothing of it is left out without a word.
func viewBody(b pageBody, part bodyPart) (*bodyView, error) {
	switch {
	case part.format == noBody:
		return nil, nil
	case part.format == adfFormat && b.ADF != nil:
		return viewADF(string(b.ADF.Value), part), nil
	case part.format != adfFormat && b.Storage != nil:
		return viewText(string(b.Storage.Value), part)
	}
	return nil, tool.Undecodable(false) // what was asked for did not come
}

// viewText shows a part of a text that is stored.
func viewText(stored string, part bodyPart) (v *bodyView, err error) {
	v = &bodyView{}
	shown := stored
	if part.format == markdownFormat {
		doc, err := richtext.ParseStorage(stored, richtext.Limits{})
		if err != nil {
			v.Losses = []string{"body: " + unreadable(err) + "; body_format storage shows it"}
			return v, nil
		}
		var losses richtext.Losses
		shown, losses = prose.Shown(doc)
		most := mostLosses
		if part.inList {
			most = mostListedLosses
		}
		v.Losses = prose.LossesUpTo(most, losses)
	}
	if part.offset > len(shown) {
		return nil, tool.BadInput("body_offset", fmt.Sprintf("is beyond the end of the text, which has %d bytes", len(shown)), "Give the next_offset of the part before, in the same body_format.")
	}
	value, from := cut(shown, part.offset, part.longest)
	if to := from + len(value); to < len(shown) {
		v.NextOffset = to
		v.Losses = append(v.Losses, fmt.Sprintf("body: bytes %d to %d of %d are shown; GetPage shows more with body_offset %d", from, to, len(shown), to))
	}
	shownText := &bodyText{Representation: string(part.format), Value: value}
	if part.format == markdownFormat {
		v.Markdown = shownText
	} else {
		v.Storage = shownText
	}
	return v, nil
}

// unreadable is why a body cannot be shown in Markdown.
func unreadable(err error) string {
	if errors.Is(err, richtext.ErrTooLarge) {
		return "is too large to be shown in Markdown"
	}
	return "is not well formed, and cannot be shown in Markdown"
}

// cut is the part of a text from an offset on, of at most longest bytes of whole
// characters, and where it begins. It ends with a line where one ends late
// enough.
func cut(s string, offset, longest int) (part string, from int) {
	for offset < len(s) && !utf8.RuneStart(s[offset]) {
		offset++
	}
	rest := s[offset:]
	if len(rest) <= longest {
		return rest, offset
	}
	end := longest
	for end > 0 && !utf8.RuneStart(rest[end]) {
		end--
	}
	if line := strings.LastIndexByte(rest[:end], '\n') + 1; line > end/2 {
		end = line
	}
	return rest[:end], offset
}

// viewADF shows a document, which cannot be cut.
func viewADF(value string, part bodyPart) *bodyView {
	const longestDocument = tool.MaxOutput / 4
	if value == "" { // as new pages may have it
		value = `{"type":"doc","version":1,"content":[]}`
	}
	longest := longestDocument
	if part.inList {
		longest = part.longest
	}
	document := jsontext.Value(value)
	switch {
	case len(value) > longest && part.inList:
		return &bodyView{Losses: []string{fmt.Sprintf("body: its %d bytes are too long for a list; GetPage shows them", len(value))}}
	case len(value) > longest:
		return &bodyView{Losses: []string{fmt.Sprintf("body: its %d bytes are too long; body_format storage shows them in parts", len(value))}}
	case document.Kind() != '{' || !document.IsValid():
		return &bodyView{Losses: []string{"body: is no document; body_format storage shows it"}}
	}
	return &bodyView{ADF: &bodyADF{Representation: adfFormat.representation(), Value: document}}
}
