package richtext_test

import (
	"fmt"
	"os"
	"testing"

	"arcade-atlassian/tools/richtext"
)

func TestScratch(t *testing.T) {
	b, err := os.ReadFile("/tmp/scratch.md")
	if err != nil {
		t.Skip()
	}
	d, err := richtext.ParseMarkdown(string(b), richtext.MarkdownOptions{})
	if err != nil {
		t.Fatal(err)
	}
	adf, l := d.ADF()
	fmt.Println(string(adf))
	fmt.Println("LOSS", l)
	if err := invalid(adfSchema(t), adf); err != nil {
		t.Error(err)
	}
	md, l := d.Markdown()
	fmt.Println(md)
	fmt.Println("LOSS", l)
}
