package jira

import (
	"html"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/sandbox/internal/adf"
)

// maxDocument is how many characters a document may have (facts §6).
const maxDocument = 32_767

// node is one node of a document of Atlassian's format.
type node struct {
	Type    string `json:"type"`
	Text    string `json:"text"`
	Version int    `json:"version"`
	Content []node `json:"content"`
	Marks   []mark `json:"marks"`
	Attrs   struct {
		Level     int            `json:"level"`
		Text      string         `json:"text"`
		URL       string         `json:"url"`
		ID        jsontext.Value `json:"id"`
		ShortName string         `json:"shortName"`
		Timestamp string         `json:"timestamp"`
	} `json:"attrs"`
}

type mark struct {
	Type  string `json:"type"`
	Attrs struct {
		Href string `json:"href"`
	} `json:"attrs"`
}

// readDocument reads a document and reports whether it is one that Jira takes.
func readDocument(value jsontext.Value) (node, bool) {
	var doc node
	if !adf.Valid(value) || json.Unmarshal(value, &doc) != nil {
		return doc, false
	}
	return doc, true
}

// tooLong reports whether a document has more characters than Jira keeps.
func tooLong(value jsontext.Value) bool { return utf8.RuneCount(value) > maxDocument }

// renderDocument is a document as a page shows it, in HTML. What has no words of its own is left out.
func renderDocument(value jsontext.Value) string {
	doc, _ := readDocument(value)
	var b strings.Builder
	doc.render(&b)
	return b.String()
}

// elements are what nodes and marks become.
var elements = map[string]string{
	"paragraph": "p", "bulletList": "ul", "orderedList": "ol", "taskList": "ul", "decisionList": "ul", "listItem": "li", "taskItem": "li",
	"decisionItem": "li", "blockquote": "blockquote", "codeBlock": "pre", "table": "table", "tableRow": "tr", "tableHeader": "th", "tableCell": "td",
	"panel": "div", "expand": "div", "nestedExpand": "div",
	"strong": "b", "em": "em", "strike": "del", "underline": "ins", "code": "tt",
}

func (n node) render(b *strings.Builder) {
	switch n.Type {
	case "text":
		n.renderText(b)
		return
	case "hardBreak":
		b.WriteString("<br/>")
		return
	case "rule":
		b.WriteString("<hr/>")
		return
	case "inlineCard", "blockCard", "embedCard":
		link(b, n.Attrs.URL, n.Attrs.URL)
		return
	}
	element := elements[n.Type]
	if n.Type == "heading" {
		element = "h" + strconv.Itoa(n.Attrs.Level)
	}
	if element != "" {
		b.WriteString("<" + element + ">")
		defer b.WriteString("</" + element + ">")
	}
	// A mention, a status, an emoji and a date.
	b.WriteString(html.EscapeString(n.Attrs.Text + n.Attrs.ShortName + n.Attrs.Timestamp))
	for _, child := range n.Content {
		child.render(b)
	}
}

func (n node) renderText(b *strings.Builder) {
	text := html.EscapeString(n.Text)
	for _, m := range n.Marks {
		if element := elements[m.Type]; element != "" {
			text = "<" + element + ">" + text + "</" + element + ">"
		}
		if m.Type == "link" {
			text = `<a href="` + html.EscapeString(m.Attrs.Href) + `">` + text + "</a>"
		}
	}
	b.WriteString(text)
}

func link(b *strings.Builder, address, text string) {
	b.WriteString(`<a href="` + html.EscapeString(address) + `">` + html.EscapeString(text) + "</a>")
}
