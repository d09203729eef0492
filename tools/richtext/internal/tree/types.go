package tree

import "strings"

// The node types of the Atlassian Document Format.
const (
	TypeDoc             = "doc"
	TypeParagraph       = "paragraph"
	TypeHeading         = "heading"
	TypeText            = "text"
	TypeHardBreak       = "hardBreak"
	TypeBulletList      = "bulletList"
	TypeOrderedList     = "orderedList"
	TypeListItem        = "listItem"
	TypeTaskList        = "taskList"
	TypeTaskItem        = "taskItem"
	TypeBlockTaskItem   = "blockTaskItem"
	TypeDecisionList    = "decisionList"
	TypeDecisionItem    = "decisionItem"
	TypeBlockquote      = "blockquote"
	TypeCodeBlock       = "codeBlock"
	TypeRule            = "rule"
	TypeTable           = "table"
	TypeTableRow        = "tableRow"
	TypeTableHeader     = "tableHeader"
	TypeTableCell       = "tableCell"
	TypePanel           = "panel"
	TypeExpand          = "expand"
	TypeNestedExpand    = "nestedExpand"
	TypeMediaSingle     = "mediaSingle"
	TypeMediaGroup      = "mediaGroup"
	TypeMedia           = "media"
	TypeMediaInline     = "mediaInline"
	TypeCaption         = "caption"
	TypeMention         = "mention"
	TypeEmoji           = "emoji"
	TypeDate            = "date"
	TypeStatus          = "status"
	TypeInlineCard      = "inlineCard"
	TypeBlockCard       = "blockCard"
	TypeEmbedCard       = "embedCard"
	TypeLayoutSection   = "layoutSection"
	TypeLayoutColumn    = "layoutColumn"
	TypeExtension       = "extension"
	TypeInlineExtension = "inlineExtension"
	TypeBodiedExtension = "bodiedExtension"
	TypeSyncBlock       = "syncBlock"
	TypeBodiedSyncBlock = "bodiedSyncBlock"
	TypePlaceholder     = "placeholder"

	// Storage elements without a counterpart in ADF are shown as what is inside
	// them. Those that show nothing only name what they hold.
	TypeRawBlock  = "storageBlock"
	TypeRawInline = "storageInline"
	TypeHidden    = "storageHidden"
)

// The mark types of the Atlassian Document Format.
const (
	MarkStrong          = "strong"
	MarkEm              = "em"
	MarkStrike          = "strike"
	MarkUnderline       = "underline"
	MarkCode            = "code"
	MarkLink            = "link"
	MarkSubsup          = "subsup"
	MarkTextColor       = "textColor"
	MarkBackgroundColor = "backgroundColor"
	MarkAnnotation      = "annotation"
	MarkAlignment       = "alignment"
	MarkIndentation     = "indentation"
	MarkBreakout        = "breakout"
	MarkFontSize        = "fontSize"
	MarkBorder          = "border"
	MarkDataConsumer    = "dataConsumer"
	MarkFragment        = "fragment"

	// MarkRaw is an inline storage element without a counterpart in ADF.
	MarkRaw = "storageElement"
)

// IsInline reports whether nodes of this type stand in a line of text.
func IsInline(kind string) bool {
	switch kind {
	case TypeText, TypeHardBreak, TypeMention, TypeEmoji, TypeDate, TypeStatus, TypeInlineCard,
		TypeInlineExtension, TypePlaceholder, TypeMediaInline, TypeRawInline:
		return true
	}
	return false
}

// HoldsInline reports whether nodes of this type contain inline content.
func HoldsInline(kind string) bool {
	switch kind {
	case TypeParagraph, TypeHeading, TypeTaskItem, TypeDecisionItem, TypeCaption:
		return true
	}
	return false
}

// IsList reports whether nodes of this type are lists.
func IsList(kind string) bool {
	return kind == TypeBulletList || kind == TypeOrderedList || kind == TypeTaskList || kind == TypeDecisionList
}

// IsHexColor reports whether a color is written as # and six digits.
func IsHexColor(c string) bool {
	if len(c) != 7 || c[0] != '#' {
		return false
	}
	return strings.Trim(c[1:], "0123456789abcdefABCDEF") == ""
}

// IsPanelType reports whether ADF has a type of panels.
func IsPanelType(s string) bool {
	switch s {
	case "info", "note", "tip", "warning", "error", "success", "custom":
		return true
	}
	return false
}
