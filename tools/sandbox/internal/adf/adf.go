// Package adf tells which documents of Atlassian's format its products take.
package adf

import (
	"slices"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// uncheckedNode is a node with nothing left out and nothing believed.
type uncheckedNode struct {
	Type    string                    `json:"type"`
	Version int                       `json:"version"`
	Text    string                    `json:"text"`
	Content []uncheckedNode           `json:"content"`
	Marks   []uncheckedMark           `json:"marks"`
	Attrs   map[string]jsontext.Value `json:"attrs"`
}

type uncheckedMark struct {
	Type  string                    `json:"type"`
	Attrs map[string]jsontext.Value `json:"attrs"`
}

// Valid reports whether the products take a document: one with an unknown node, member or attribute, a node where it may
// not stand, or an empty text is refused as a whole (facts §6).
func Valid(value jsontext.Value) bool {
	var doc uncheckedNode
	if json.Unmarshal(value, &doc, json.RejectUnknownMembers(true)) != nil {
		return false
	}
	return doc.Type == "doc" && doc.Version == 1 && doc.Content != nil && doc.valid()
}

// What may stand in a line of text, and what may stand anywhere on a page.
var (
	inlines = []string{"text", "hardBreak", "mention", "emoji", "date", "status", "inlineCard", "inlineExtension", "mediaInline", "placeholder"}
	blocks  = []string{
		"paragraph", "heading", "bulletList", "orderedList", "taskList", "decisionList", "blockquote", "codeBlock", "rule", "table", "panel",
		"expand", "mediaSingle", "mediaGroup", "blockCard", "embedCard", "layoutSection", "extension", "bodiedExtension", "syncBlock", "bodiedSyncBlock",
	}
	boxed = []string{"paragraph", "heading", "bulletList", "orderedList", "taskList", "decisionList", "codeBlock", "rule", "mediaSingle", "mediaGroup", "blockCard", "extension"}
	cell  = slices.Concat(boxed, []string{"blockquote", "panel", "embedCard", "nestedExpand"})
)

// nodeRule is what a kind of nodes may be made of.
type nodeRule struct {
	children []string
	// filled nodes have a child at least.
	filled     bool
	marks      []string
	attributes map[string]attributeRule
}

// attributeRule is what an attribute may be: of a kind, and one of some texts when they are listed.
type attributeRule struct {
	kind     jsontext.Kind
	required bool
	texts    []string
}

var (
	someText   = attributeRule{kind: '"'}
	needText   = attributeRule{kind: '"', required: true}
	someNumber = attributeRule{kind: '0'}
	needNumber = attributeRule{kind: '0', required: true}
	someTruth  = attributeRule{kind: 't'}
	someList   = attributeRule{kind: '['}
	anything   = attributeRule{}
	needState  = attributeRule{kind: '"', required: true, texts: []string{"TODO", "DONE"}}
	align      = attributeRule{kind: '"', texts: []string{"top", "middle", "bottom"}}
	layouts    = attributeRule{kind: '"', texts: []string{"wide", "full-width", "center", "wrap-right", "wrap-left", "align-end", "align-start", "default"}}
	macro      = map[string]attributeRule{"extensionKey": needText, "extensionType": needText, "parameters": anything, "text": someText, "layout": layouts}
	oneCell    = map[string]attributeRule{"colspan": someNumber, "rowspan": someNumber, "colwidth": someList, "background": someText, "valign": align}
	card       = map[string]attributeRule{"url": someText, "data": anything, "datasource": anything, "layout": layouts, "width": someNumber}
)

// nodeRules are the nodes that there are. All of them may have the attribute localId.
var nodeRules = map[string]nodeRule{
	"doc":       {children: blocks},
	"paragraph": {children: inlines, marks: []string{"alignment", "indentation", "fontSize"}},
	"heading":   {children: inlines, marks: []string{"alignment", "indentation"}, attributes: map[string]attributeRule{"level": needNumber}},
	"text": {marks: []string{
		"link", "em", "strong", "strike", "subsup", "underline", "textColor", "backgroundColor", "annotation", "code",
	}},
	"hardBreak":   {attributes: map[string]attributeRule{"text": someText}},
	"rule":        {},
	"bulletList":  {children: []string{"listItem"}, filled: true},
	"orderedList": {children: []string{"listItem"}, filled: true, attributes: map[string]attributeRule{"order": someNumber}},
	"listItem":    {children: []string{"paragraph", "bulletList", "orderedList", "taskList", "codeBlock", "mediaSingle", "extension"}, filled: true},
	"taskList":    {children: []string{"taskItem", "taskList", "blockTaskItem"}, filled: true, attributes: map[string]attributeRule{"localId": needText}},
	"taskItem":    {children: inlines, attributes: map[string]attributeRule{"localId": needText, "state": needState}},
	"blockTaskItem": {
		children: []string{"paragraph", "extension"}, filled: true, attributes: map[string]attributeRule{"localId": needText, "state": needState},
	},
	"decisionList": {children: []string{"decisionItem"}, filled: true, attributes: map[string]attributeRule{"localId": needText}},
	"decisionItem": {children: inlines, attributes: map[string]attributeRule{"localId": needText, "state": needText}},
	"blockquote":   {children: []string{"paragraph", "bulletList", "orderedList", "codeBlock", "mediaSingle", "mediaGroup", "extension"}, filled: true},
	"codeBlock": {children: []string{"text"}, marks: []string{"breakout"}, attributes: map[string]attributeRule{
		"language": someText, "uniqueId": someText, "wrap": someTruth, "hideLineNumbers": someTruth,
	}},
	"panel": {children: boxed, filled: true, attributes: map[string]attributeRule{
		"panelType": {kind: '"', required: true, texts: []string{"info", "note", "tip", "warning", "error", "success", "custom"}},
		"panelIcon": someText, "panelIconId": someText, "panelIconText": someText, "panelColor": someText,
	}},
	"expand":       {children: slices.Concat(cell, []string{"table"}), filled: true, marks: []string{"breakout"}, attributes: map[string]attributeRule{"title": someText}},
	"nestedExpand": {children: slices.Concat(boxed, []string{"blockquote", "panel"}), filled: true, attributes: map[string]attributeRule{"title": someText}},
	"table": {children: []string{"tableRow"}, filled: true, marks: []string{"fragment"}, attributes: map[string]attributeRule{
		"displayMode": someText, "isNumberColumnEnabled": someTruth, "layout": layouts, "width": someNumber,
	}},
	"tableRow":      {children: []string{"tableHeader", "tableCell"}},
	"tableHeader":   {children: cell, filled: true, attributes: oneCell},
	"tableCell":     {children: cell, filled: true, attributes: oneCell},
	"mediaSingle":   {children: []string{"media", "caption"}, filled: true, marks: []string{"link"}, attributes: map[string]attributeRule{"layout": layouts, "width": someNumber, "widthType": someText}},
	"mediaGroup":    {children: []string{"media"}, filled: true},
	"caption":       {children: inlines},
	"layoutSection": {children: []string{"layoutColumn"}, marks: []string{"breakout"}},
	"layoutColumn":  {children: blocks, filled: true, attributes: map[string]attributeRule{"width": needNumber, "valign": align}},
	"media": {marks: []string{"link", "border", "annotation"}, attributes: map[string]attributeRule{
		"type": {kind: '"', required: true, texts: []string{"file", "link", "external"}}, "id": someText, "collection": someText, "url": someText,
		"alt": someText, "width": someNumber, "height": someNumber, "occurrenceKey": someText,
	}},
	"mediaInline": {marks: []string{"link", "border", "annotation"}, attributes: map[string]attributeRule{
		"id": needText, "collection": needText, "type": someText, "alt": someText, "width": someNumber, "height": someNumber, "occurrenceKey": someText, "data": anything,
	}},
	"blockCard":  {attributes: card},
	"inlineCard": {marks: []string{"annotation"}, attributes: card},
	"embedCard": {attributes: map[string]attributeRule{
		"url": needText, "layout": {kind: '"', required: true, texts: layouts.texts}, "width": someNumber, "originalHeight": someNumber, "originalWidth": someNumber,
	}},
	"extension":       {marks: []string{"dataConsumer", "fragment"}, attributes: macro},
	"inlineExtension": {marks: []string{"dataConsumer", "fragment"}, attributes: macro},
	"bodiedExtension": {children: blocks, filled: true, marks: []string{"dataConsumer", "fragment"}, attributes: macro},
	"syncBlock":       {marks: []string{"breakout"}, attributes: map[string]attributeRule{"resourceId": needText, "localId": needText}},
	"bodiedSyncBlock": {children: blocks, filled: true, marks: []string{"breakout"}, attributes: map[string]attributeRule{"resourceId": needText, "localId": needText}},
	"mention": {marks: []string{"annotation"}, attributes: map[string]attributeRule{
		"id": needText, "text": someText, "accessLevel": someText, "userType": {kind: '"', texts: []string{"DEFAULT", "SPECIAL", "APP"}},
	}},
	"emoji":       {marks: []string{"annotation"}, attributes: map[string]attributeRule{"shortName": needText, "id": someText, "text": someText}},
	"date":        {marks: []string{"annotation"}, attributes: map[string]attributeRule{"timestamp": needText}},
	"status":      {marks: []string{"annotation"}, attributes: map[string]attributeRule{"text": needText, "color": needText, "style": someText}},
	"placeholder": {attributes: map[string]attributeRule{"text": needText}},
}

// markRules are the marks that there are, with their attributes.
var markRules = map[string]map[string]attributeRule{
	"em": {}, "strong": {}, "strike": {}, "underline": {}, "code": {},
	"link":            {"href": needText, "title": someText, "id": someText, "collection": someText, "occurrenceKey": someText},
	"subsup":          {"type": {kind: '"', required: true, texts: []string{"sub", "sup"}}},
	"textColor":       {"color": needText},
	"backgroundColor": {"color": needText},
	"annotation":      {"id": needText, "annotationType": needText},
	"alignment":       {"align": {kind: '"', required: true, texts: []string{"center", "end"}}},
	"indentation":     {"level": needNumber},
	"fontSize":        {"fontSize": needText},
	"breakout":        {"mode": needText, "width": someNumber},
	"border":          {"size": needNumber, "color": needText},
	"fragment":        {"localId": needText, "name": someText},
	"dataConsumer":    {"sources": {kind: '[', required: true}},
}

func (n uncheckedNode) valid() bool {
	rule, known := nodeRules[n.Type]
	if !known || (n.Type == "text") == (n.Text == "") || rule.filled && len(n.Content) == 0 || !validAttributes(rule.attributes, n.Attrs, true) || !n.validMarks(rule) {
		return false
	}
	if level, err := strconv.Atoi(string(n.Attrs["level"])); n.Type == "heading" && (err != nil || level < 1 || level > 6) {
		return false
	}
	return !slices.ContainsFunc(n.Content, func(child uncheckedNode) bool {
		return !slices.Contains(rule.children, child.Type) || n.Type == "codeBlock" && child.Marks != nil || !child.valid()
	})
}

// validMarks reports whether a node may have its marks. Code goes with nothing but a link and an annotation.
func (n uncheckedNode) validMarks(rule nodeRule) bool {
	var names []string
	for _, m := range n.Marks {
		if !slices.Contains(rule.marks, m.Type) || slices.Contains(names, m.Type) || !validAttributes(markRules[m.Type], m.Attrs, false) {
			return false
		}
		names = append(names, m.Type)
	}
	return !slices.Contains(names, "code") || !slices.ContainsFunc(names, func(name string) bool { return !slices.Contains([]string{"code", "link", "annotation"}, name) })
}

func validAttributes(rules map[string]attributeRule, given map[string]jsontext.Value, ofNode bool) bool {
	for name, rule := range rules {
		if _, some := given[name]; rule.required && !some {
			return false
		}
	}
	for name, value := range given {
		rule, known := rules[name]
		if !known && ofNode && name == "localId" {
			rule, known = someText, true
		}
		if !known || !rule.allows(value) {
			return false
		}
	}
	return true
}

func (r attributeRule) allows(value jsontext.Value) bool {
	kind := value.Kind()
	if kind == 'f' {
		kind = 't'
	}
	var text string
	return r.kind == 0 || kind == r.kind && (r.texts == nil || json.Unmarshal(value, &text) == nil && slices.Contains(r.texts, text))
}
