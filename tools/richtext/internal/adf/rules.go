package adf

import (
	"strings"

	"arcade-atlassian/tools/richtext/internal/tree"
)

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
	tree.TypeDoc: setOf(tree.TypeParagraph, tree.TypeHeading, tree.TypeBulletList, tree.TypeOrderedList, tree.TypeTaskList,
		tree.TypeDecisionList, tree.TypeBlockquote, tree.TypeCodeBlock, tree.TypeRule, tree.TypeTable, tree.TypePanel, tree.TypeExpand,
		tree.TypeMediaSingle, tree.TypeMediaGroup, tree.TypeBlockCard, tree.TypeEmbedCard, tree.TypeLayoutSection,
		tree.TypeExtension, tree.TypeBodiedExtension, tree.TypeSyncBlock, tree.TypeBodiedSyncBlock),
	tree.TypeLayoutColumn: setOf(tree.TypeParagraph, tree.TypeHeading, tree.TypeBulletList, tree.TypeOrderedList, tree.TypeTaskList,
		tree.TypeDecisionList, tree.TypeBlockquote, tree.TypeCodeBlock, tree.TypeRule, tree.TypeTable, tree.TypePanel, tree.TypeExpand,
		tree.TypeMediaSingle, tree.TypeMediaGroup, tree.TypeBlockCard, tree.TypeEmbedCard, tree.TypeExtension, tree.TypeBodiedExtension),
	tree.TypeBodiedSyncBlock: setOf(tree.TypeParagraph, tree.TypeHeading, tree.TypeBulletList, tree.TypeOrderedList, tree.TypeTaskList,
		tree.TypeDecisionList, tree.TypeBlockquote, tree.TypeCodeBlock, tree.TypeRule, tree.TypeTable, tree.TypePanel, tree.TypeExpand,
		tree.TypeMediaSingle, tree.TypeMediaGroup, tree.TypeBlockCard, tree.TypeEmbedCard, tree.TypeLayoutSection),
	tree.TypeExpand: setOf(tree.TypeParagraph, tree.TypeHeading, tree.TypeBulletList, tree.TypeOrderedList, tree.TypeTaskList,
		tree.TypeDecisionList, tree.TypeBlockquote, tree.TypeCodeBlock, tree.TypeRule, tree.TypeTable, tree.TypePanel, tree.TypeNestedExpand,
		tree.TypeMediaSingle, tree.TypeMediaGroup, tree.TypeBlockCard, tree.TypeEmbedCard, tree.TypeExtension),
	tree.TypeBodiedExtension: setOf(tree.TypeParagraph, tree.TypeHeading, tree.TypeBulletList, tree.TypeOrderedList, tree.TypeTaskList,
		tree.TypeDecisionList, tree.TypeBlockquote, tree.TypeCodeBlock, tree.TypeRule, tree.TypeTable, tree.TypePanel,
		tree.TypeMediaSingle, tree.TypeMediaGroup, tree.TypeBlockCard, tree.TypeEmbedCard, tree.TypeExtension),
	tree.TypeNestedExpand: setOf(tree.TypeParagraph, tree.TypeHeading, tree.TypeBulletList, tree.TypeOrderedList, tree.TypeTaskList,
		tree.TypeDecisionList, tree.TypeBlockquote, tree.TypeCodeBlock, tree.TypeRule, tree.TypePanel, tree.TypeMediaSingle,
		tree.TypeMediaGroup, tree.TypeExtension),
	tree.TypeTableCell:   cellRules,
	tree.TypeTableHeader: cellRules,
	tree.TypePanel: setOf(tree.TypeParagraph, tree.TypeHeading, tree.TypeBulletList, tree.TypeOrderedList, tree.TypeTaskList,
		tree.TypeDecisionList, tree.TypeCodeBlock, tree.TypeRule, tree.TypeMediaSingle, tree.TypeMediaGroup, tree.TypeBlockCard, tree.TypeExtension),
	tree.TypeBlockquote: setOf(tree.TypeParagraph, tree.TypeBulletList, tree.TypeOrderedList, tree.TypeCodeBlock, tree.TypeMediaSingle,
		tree.TypeMediaGroup, tree.TypeExtension),
	tree.TypeListItem: setOf(tree.TypeParagraph, tree.TypeBulletList, tree.TypeOrderedList, tree.TypeTaskList, tree.TypeCodeBlock,
		tree.TypeMediaSingle, tree.TypeExtension),
	tree.TypeBlockTaskItem: setOf(tree.TypeParagraph, tree.TypeExtension),
}

var cellRules = setOf(tree.TypeParagraph, tree.TypeHeading, tree.TypeBulletList, tree.TypeOrderedList, tree.TypeTaskList,
	tree.TypeDecisionList, tree.TypeBlockquote, tree.TypeCodeBlock, tree.TypeRule, tree.TypePanel, tree.TypeNestedExpand, tree.TypeMediaSingle,
	tree.TypeMediaGroup, tree.TypeBlockCard, tree.TypeEmbedCard, tree.TypeExtension)

// textMarks are the marks that may stand on text that is not code.
var textMarks = setOf(tree.MarkLink, tree.MarkEm, tree.MarkStrong, tree.MarkStrike, tree.MarkSubsup, tree.MarkUnderline, tree.MarkTextColor,
	tree.MarkAnnotation, tree.MarkBackgroundColor)

// codeMarks are the marks that may stand on inline code.
var codeMarks = setOf(tree.MarkCode, tree.MarkLink, tree.MarkAnnotation)

// blockMarkAllowed says whether a block inside a parent may carry a mark.
func blockMarkAllowed(parent, kind, mark string) bool {
	switch kind {
	case tree.TypeParagraph:
		switch mark {
		case tree.MarkFontSize:
			return parent != tree.TypeBlockquote
		case tree.MarkAlignment:
			return alignable(parent)
		case tree.MarkIndentation:
			return alignable(parent) && parent != tree.TypeTableCell && parent != tree.TypeTableHeader
		}
	case tree.TypeHeading:
		return (mark == tree.MarkAlignment || mark == tree.MarkIndentation) && alignable(parent)
	case tree.TypeCodeBlock, tree.TypeExpand:
		return mark == tree.MarkBreakout && parent == tree.TypeDoc
	case tree.TypeLayoutSection, tree.TypeSyncBlock, tree.TypeBodiedSyncBlock:
		return mark == tree.MarkBreakout
	case tree.TypeTable:
		return mark == tree.MarkFragment
	case tree.TypeExtension, tree.TypeBodiedExtension, tree.TypeInlineExtension:
		return mark == tree.MarkFragment || mark == tree.MarkDataConsumer
	case tree.TypeMediaSingle:
		return mark == tree.MarkLink
	case tree.TypeMedia, tree.TypeMediaInline:
		return mark == tree.MarkLink || mark == tree.MarkAnnotation || mark == tree.MarkBorder || mark == tree.MarkDataConsumer
	}
	return false
}

func alignable(parent string) bool {
	switch parent {
	case tree.TypeDoc, tree.TypeLayoutColumn, tree.TypeBodiedSyncBlock, tree.TypeTableCell, tree.TypeTableHeader:
		return true
	}
	return false
}

// acceptedLink reports whether Atlassian's validator accepts the address of a
// link or card: one on the same site or page, or with a scheme the editor
// follows.
func acceptedLink(href string) bool {
	href = strings.Trim(href, " \t\r\n\f\v")
	if href == "" || href[0] == '/' || href[0] == '#' {
		return true
	}
	scheme, rest, ok := strings.Cut(href, ":")
	if !ok {
		return false
	}
	switch strings.ToLower(scheme) {
	case "http", "https", "ftp", "sftp", "scp", "smb", "file", "gopher", "integrity", "dynamicsnav", "jamfselfservice", "hipchat":
		return strings.HasPrefix(rest, "//")
	case "mailto", "tel", "callto", "skype", "facetime", "whatsapp", "slack", "sip", "sips", "xmpp", "irc", "irc6",
		"git", "svn", "cvs", "mvn", "ssh", "telnet", "vnc", "rdp", "news", "nntp", "feed", "itms", "notes",
		"sourcetree", "urn", "magnet":
		return true
	}
	return false
}

// refusedKind names what is wrong with the address of a link, for a loss.
func refusedKind(href string) string {
	scheme, _, ok := strings.Cut(href, ":")
	if !ok || strings.ContainsAny(scheme, "/?#.") {
		return "relative link"
	}
	return "link with an unknown scheme"
}
