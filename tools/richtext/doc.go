// Package richtext converts between Markdown, the Atlassian Document Format
// (ADF) that Jira and Confluence send and accept, and the XHTML that Confluence
// stores.
//
// A document is read with [ParseMarkdown], [ParseADF] or [ParseStorage] into
// one tree shaped like ADF, and written with [Document.Markdown],
// [Document.ADF] or [Document.Storage]. What is written in the format it was
// read from comes back unchanged, including what this package does not know.
// What the other format cannot hold is shown in words where that is possible,
// and always listed in the [Losses], so that a caller can refuse an edit that
// would destroy something and say what.
//
// To change part of a stored body, do not convert it: [Append], [Prepend] and
// [ReplaceSection] leave every byte outside the edited place as it was.
// [Outline] lists the sections there are.
//
// # Notation
//
// Markdown is CommonMark with GitHub's tables, task lists, strike-through, bare
// links, footnotes, alerts (panels) and <details> (expands), and these elements:
//
//	@[Name] @[mail@host]         a mention, found by the caller's resolver
//	@[Name](accountid:ID)        a mention of an account
//	[~accountid:ID]              the same without a name
//	[date: 2026-01-31]           a date
//	[status: Done (green)]       a status; neutral purple blue red yellow green
//	:smile:                      a common emoji
//	[emoji: :smile:]             any emoji, also next to a word
//	<https://example.com>        a card, where a bare address is a link
//	[words](page:SPACE/Title)    a link to a page, in storage
//	![alt](attachment:file.png)  an image attached to the page, in storage
//	<u> <sub> <sup> <br>         underline, subscript, superscript, line break
//	<span style="color: #00875a">  a color; background-color for one behind the words
//
// Macros are shown with their parameters, as in [macro: toc (maxLevel: 3)], and
// those with a body end with a second line. Anchors and comments are dropped, and
// so is what an element of storage holds whose style shows it to nobody; what is
// dropped is listed.
//
// HTML is read as what it stands for: formatting, links, images, headings,
// lists, quotes, code and tables of simple cells. Elements and attributes that
// only style or group are dropped and listed, and so are comments; any other
// HTML is text. A table without a header has an empty first row. Cells beyond
// the columns of the header are no part of a table, and listed as losses.
// Footnotes become a numbered list at the end.
//
// # What becomes of each element
//
// The table says, for every node, mark and macro, what Markdown and storage
// make of it, and what comes back when that is read again. "kept" is without a
// loss and the same after coming back; "shown" leaves the words or a
// placeholder and "changed" the nearest thing there is, both with a notice;
// "dropped" leaves nothing but the notice. Reading never fails on an element
// and ADF holds every one of its own. A test runs every row.
//
//	element                to Markdown  and back         to storage  and back
//	node paragraph         kept         paragraph        kept        paragraph
//	node heading           kept         heading          kept        heading
//	node text              kept         text             kept        text
//	node hardBreak         kept         hardBreak        kept        hardBreak
//	node bulletList        kept         bulletList       kept        bulletList
//	node orderedList       kept         orderedList      kept        orderedList
//	node listItem          kept         listItem         kept        listItem
//	node taskList          kept         taskList         kept        taskList
//	node taskItem          kept         taskItem         kept        taskItem
//	node blockTaskItem     kept         blockTaskItem    kept        blockTaskItem
//	node decisionList      shown        bulletList       kept        decisionList
//	node decisionItem      shown        listItem         kept        decisionItem
//	node blockquote        kept         blockquote       kept        blockquote
//	node codeBlock         kept         codeBlock        kept        codeBlock
//	node rule              kept         rule             kept        rule
//	node table             kept         table            kept        table
//	node tableRow          kept         tableRow         kept        tableRow
//	node tableHeader       kept         tableHeader      kept        tableHeader
//	node tableCell         kept         tableCell        kept        tableCell
//	node panel             kept         panel            kept        panel
//	node expand            kept         expand           kept        expand
//	node nestedExpand      kept         expand           kept        expand
//	node mediaSingle       kept         mediaSingle      kept        mediaSingle
//	node media             kept         media            kept        media
//	node caption           kept         caption          kept        caption
//	node mediaGroup        shown        paragraph        shown       paragraph
//	node mediaInline       shown        text             shown       text
//	node mention           kept         mention          kept        mention
//	node emoji             kept         emoji            kept        emoji
//	node date              kept         date             kept        date
//	node status            kept         status           kept        status
//	node inlineCard        kept         inlineCard       kept        inlineCard
//	node blockCard         changed      text             kept        blockCard
//	node embedCard         changed      text             kept        embedCard
//	node layoutSection     shown        paragraph        kept        layoutSection
//	node layoutColumn      shown        paragraph        kept        layoutColumn
//	node extension         shown        paragraph        kept        extension
//	node inlineExtension   shown        text             kept        inlineExtension
//	node bodiedExtension   shown        paragraph        kept        bodiedExtension
//	node syncBlock         shown        paragraph        shown       paragraph
//	node bodiedSyncBlock   shown        paragraph        shown       paragraph
//	node placeholder       shown        text             kept        placeholder
//	node unknown           shown        paragraph        shown       paragraph
//	mark strong            kept         strong           kept        strong
//	mark em                kept         em               kept        em
//	mark strike            kept         strike           kept        strike
//	mark underline         kept         underline        kept        underline
//	mark code              kept         code             kept        code
//	mark link              kept         link             kept        link
//	mark subsup            kept         subsup           kept        subsup
//	mark textColor         kept         textColor        kept        textColor
//	mark backgroundColor   kept         backgroundColor  kept        backgroundColor
//	mark annotation        dropped      -                kept        annotation
//	mark alignment         dropped      -                kept        alignment
//	mark indentation       dropped      -                kept        indentation
//	mark breakout          dropped      -                kept        breakout
//	mark fontSize          dropped      -                dropped     -
//	mark border            dropped      -                dropped     -
//	mark dataConsumer      dropped      -                dropped     -
//	mark fragment          dropped      -                dropped     -
//	mark unknown           dropped      -                dropped     -
//
// An expand inside another becomes a nestedExpand when ADF is written. The
// alignment of a whole table column is kept in Markdown. A media node of an
// uploaded file has no address that Markdown or storage could hold: it is shown
// by its name. White space in storage is read as browsers show it: a run of it is
// one blank, and there is none at the edges of a line. What is written as a
// character reference, such as &#32;, is kept. A link that is relative to the document, or whose scheme
// Atlassian's editor does not follow, is shown in words in ADF. These are the
// elements of storage:
//
//	macro                  to Markdown  and back         to ADF      and back
//	macro code             kept         codeBlock        kept        codeBlock
//	macro noformat         kept         codeBlock        kept        codeBlock
//	macro info             kept         panel            kept        panel
//	macro tip              kept         panel            kept        panel
//	macro note             kept         panel            kept        panel
//	macro warning          kept         panel            kept        panel
//	macro expand           kept         expand           kept        expand
//	macro status           kept         status           kept        status
//	macro toc              shown        paragraph        kept        extension
//	macro jira             shown        text             kept        inlineExtension
//	macro excerpt          shown        paragraph        kept        bodiedExtension
//	macro html             shown        paragraph        kept        extension
//	element page-link      kept         link             dropped     -
//	element user-link      kept         mention          kept        mention
//	element other-link     shown        text             shown       text
//	element attached-image kept         media            shown       text
//	element image          kept         media            kept        media
//	element comment-marker dropped      -                kept        annotation
//	element layout         shown        paragraph        kept        layoutSection
//	element div            shown        paragraph        changed     paragraph
//	element span           dropped      -                dropped     -
package richtext
