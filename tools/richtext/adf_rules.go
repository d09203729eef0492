package richtext

// typeSet is a set of node or mark types.
type typeSet map[string]bool

func setOf(kinds ...string) typeSet {
	s := make(typeSet, len(kinds))
	for _, k := range kinds {
		s[k] = true
	}
	return s
}

// blockRules says which blocks each container may hold, as Atlassian's schema
// has it. Containers of one fixed child type are not listed.
var blockRules = map[string]typeSet{
	typeDoc: setOf(typeParagraph, typeHeading, typeBulletList, typeOrderedList, typeTaskList,
		typeDecisionList, typeBlockquote, typeCodeBlock, typeRule, typeTable, typePanel, typeExpand,
		typeMediaSingle, typeMediaGroup, typeBlockCard, typeEmbedCard, typeLayoutSection,
		typeExtension, typeBodiedExtension, typeSyncBlock, typeBodiedSyncBlock),
	typeLayoutColumn: setOf(typeParagraph, typeHeading, typeBulletList, typeOrderedList, typeTaskList,
		typeDecisionList, typeBlockquote, typeCodeBlock, typeRule, typeTable, typePanel, typeExpand,
		typeMediaSingle, typeMediaGroup, typeBlockCard, typeEmbedCard, typeExtension, typeBodiedExtension),
	typeBodiedSyncBlock: setOf(typeParagraph, typeHeading, typeBulletList, typeOrderedList, typeTaskList,
		typeDecisionList, typeBlockquote, typeCodeBlock, typeRule, typeTable, typePanel, typeExpand,
		typeMediaSingle, typeMediaGroup, typeBlockCard, typeEmbedCard, typeLayoutSection),
	typeExpand: setOf(typeParagraph, typeHeading, typeBulletList, typeOrderedList, typeTaskList,
		typeDecisionList, typeBlockquote, typeCodeBlock, typeRule, typeTable, typePanel, typeNestedExpand,
		typeMediaSingle, typeMediaGroup, typeBlockCard, typeEmbedCard, typeExtension),
	typeBodiedExtension: setOf(typeParagraph, typeHeading, typeBulletList, typeOrderedList, typeTaskList,
		typeDecisionList, typeBlockquote, typeCodeBlock, typeRule, typeTable, typePanel,
		typeMediaSingle, typeMediaGroup, typeBlockCard, typeEmbedCard, typeExtension),
	typeNestedExpand: setOf(typeParagraph, typeHeading, typeBulletList, typeOrderedList, typeTaskList,
		typeDecisionList, typeBlockquote, typeCodeBlock, typeRule, typePanel, typeMediaSingle,
		typeMediaGroup, typeExtension),
	typeTableCell:   cellRules,
	typeTableHeader: cellRules,
	typePanel: setOf(typeParagraph, typeHeading, typeBulletList, typeOrderedList, typeTaskList,
		typeDecisionList, typeCodeBlock, typeRule, typeMediaSingle, typeMediaGroup, typeBlockCard, typeExtension),
	typeBlockquote: setOf(typeParagraph, typeBulletList, typeOrderedList, typeCodeBlock, typeMediaSingle,
		typeMediaGroup, typeExtension),
	typeListItem: setOf(typeParagraph, typeBulletList, typeOrderedList, typeTaskList, typeCodeBlock,
		typeMediaSingle, typeExtension),
	typeBlockTaskItem: setOf(typeParagraph, typeExtension),
}

var cellRules = setOf(typeParagraph, typeHeading, typeBulletList, typeOrderedList, typeTaskList,
	typeDecisionList, typeBlockquote, typeCodeBlock, typeRule, typePanel, typeNestedExpand, typeMediaSingle,
	typeMediaGroup, typeBlockCard, typeEmbedCard, typeExtension)

// textMarks are the marks that may stand on text that is not code.
var textMarks = setOf(markLink, markEm, markStrong, markStrike, markSubsup, markUnderline, markTextColor,
	markAnnotation, markBackgroundColor)

// codeMarks are the marks that may stand on inline code.
var codeMarks = setOf(markCode, markLink, markAnnotation)

// blockMarkAllowed says whether a block inside a parent may carry a mark.
func blockMarkAllowed(parent, kind, mark string) bool {
	switch kind {
	case typeParagraph:
		switch mark {
		case markFontSize:
			return parent != typeBlockquote
		case markAlignment:
			return alignable(parent)
		case markIndentation:
			return alignable(parent) && parent != typeTableCell && parent != typeTableHeader
		}
	case typeHeading:
		return (mark == markAlignment || mark == markIndentation) && alignable(parent)
	case typeCodeBlock, typeExpand:
		return mark == markBreakout && parent == typeDoc
	case typeLayoutSection, typeSyncBlock, typeBodiedSyncBlock:
		return mark == markBreakout
	case typeTable:
		return mark == markFragment
	case typeExtension, typeBodiedExtension, typeInlineExtension:
		return mark == markFragment || mark == markDataConsumer
	case typeMediaSingle:
		return mark == markLink
	case typeMedia, typeMediaInline:
		return mark == markLink || mark == markAnnotation || mark == markBorder || mark == markDataConsumer
	}
	return false
}

func alignable(parent string) bool {
	switch parent {
	case typeDoc, typeLayoutColumn, typeBodiedSyncBlock, typeTableCell, typeTableHeader:
		return true
	}
	return false
}
