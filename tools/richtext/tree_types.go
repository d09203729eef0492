package richtext

import "github.com/yuin/goldmark/util"

// The node types of the Atlassian Document Format.
const (
	typeDoc             = "doc"
	typeParagraph       = "paragraph"
	typeHeading         = "heading"
	typeText            = "text"
	typeHardBreak       = "hardBreak"
	typeBulletList      = "bulletList"
	typeOrderedList     = "orderedList"
	typeListItem        = "listItem"
	typeTaskList        = "taskList"
	typeTaskItem        = "taskItem"
	typeBlockTaskItem   = "blockTaskItem"
	typeDecisionList    = "decisionList"
	typeDecisionItem    = "decisionItem"
	typeBlockquote      = "blockquote"
	typeCodeBlock       = "codeBlock"
	typeRule            = "rule"
	typeTable           = "table"
	typeTableRow        = "tableRow"
	typeTableHeader     = "tableHeader"
	typeTableCell       = "tableCell"
	typePanel           = "panel"
	typeExpand          = "expand"
	typeNestedExpand    = "nestedExpand"
	typeMediaSingle     = "mediaSingle"
	typeMediaGroup      = "mediaGroup"
	typeMedia           = "media"
	typeMediaInline     = "mediaInline"
	typeCaption         = "caption"
	typeMention         = "mention"
	typeEmoji           = "emoji"
	typeDate            = "date"
	typeStatus          = "status"
	typeInlineCard      = "inlineCard"
	typeBlockCard       = "blockCard"
	typeEmbedCard       = "embedCard"
	typeLayoutSection   = "layoutSection"
	typeLayoutColumn    = "layoutColumn"
	typeExtension       = "extension"
	typeInlineExtension = "inlineExtension"
	typeBodiedExtension = "bodiedExtension"
	typeSyncBlock       = "syncBlock"
	typeBodiedSyncBlock = "bodiedSyncBlock"
	typePlaceholder     = "placeholder"

	// Storage elements without a counterpart in ADF. They are kept verbatim
	// for storage and shown as what is inside them elsewhere.
	typeRawBlock  = "storageBlock"
	typeRawInline = "storageInline"
)

// The mark types of the Atlassian Document Format.
const (
	markStrong          = "strong"
	markEm              = "em"
	markStrike          = "strike"
	markUnderline       = "underline"
	markCode            = "code"
	markLink            = "link"
	markSubsup          = "subsup"
	markTextColor       = "textColor"
	markBackgroundColor = "backgroundColor"
	markAnnotation      = "annotation"
	markAlignment       = "alignment"
	markIndentation     = "indentation"
	markBreakout        = "breakout"
	markFontSize        = "fontSize"
	markBorder          = "border"
	markDataConsumer    = "dataConsumer"
	markFragment        = "fragment"

	// markRaw is an inline storage element without a counterpart in ADF.
	markRaw = "storageElement"
)

func isInline(kind string) bool {
	switch kind {
	case typeText, typeHardBreak, typeMention, typeEmoji, typeDate, typeStatus, typeInlineCard,
		typeInlineExtension, typePlaceholder, typeMediaInline, typeRawInline:
		return true
	}
	return false
}

// holdsInline reports whether nodes of this type contain inline content.
func holdsInline(kind string) bool {
	switch kind {
	case typeParagraph, typeHeading, typeTaskItem, typeDecisionItem, typeCaption:
		return true
	}
	return false
}

func isList(kind string) bool {
	return kind == typeBulletList || kind == typeOrderedList || kind == typeTaskList || kind == typeDecisionList
}

func isHexColor(c string) bool {
	if len(c) != 7 || c[0] != '#' {
		return false
	}
	for i := 1; i < len(c); i++ {
		if !util.IsHexDecimal(c[i]) {
			return false
		}
	}
	return true
}
