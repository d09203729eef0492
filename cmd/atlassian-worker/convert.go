package main

import (
	"fmt"

	"arcade-atlassian/tools/richtext"
)

type convertCmd struct {
	From string `help:"What FILE holds: markdown, adf or storage." enum:"markdown,adf,storage" required:""`
	To   string `help:"What to print." enum:"markdown,adf,storage" required:""`
	File string `arg:"" optional:"" default:"-" help:"The document; - is standard input."`
}

// Help is printed below the command's one-line help.
func (convertCmd) Help() string {
	return "adf is the Atlassian Document Format of Jira as JSON, storage is Confluence's XHTML. What the result " +
		"cannot hold is listed on standard error."
}

// Run converts the document.
func (c *convertCmd) Run(s *shell) error {
	src, err := s.read(c.File)
	if err != nil {
		return err
	}
	doc, err := parseDocument(c.From, src)
	if err != nil {
		return err
	}
	out, losses := writeDocument(c.To, doc)
	s.printf("%s\n", out)
	for _, loss := range losses {
		_, _ = fmt.Fprintln(s.stderr, loss) // nowhere else to say it
	}
	return nil
}

func parseDocument(format string, src []byte) (*richtext.Document, error) {
	switch format {
	case "adf":
		return richtext.ParseADF(src, richtext.Limits{})
	case "storage":
		return richtext.ParseStorage(string(src), richtext.Limits{})
	}
	return richtext.ParseMarkdown(string(src), richtext.MarkdownOptions{})
}

// writeDocument ends without a newline, whatever the format.
func writeDocument(format string, doc *richtext.Document) (string, richtext.Losses) {
	switch format {
	case "adf":
		out, losses := doc.ADF()
		return string(out), losses
	case "storage":
		out, losses := doc.Storage()
		return out, losses
	}
	out, losses := doc.Markdown()
	return out, losses
}
