package richtext_test

import (
	"testing"

	"arcade-atlassian/tools/richtext"
)

func FuzzMarkdown(f *testing.F) {
	validate := adfValidator(f)
	for _, s := range snippets {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		if _, err := richtext.ParseMarkdown(src, richtext.MarkdownOptions{}); err != nil {
			return // too large or too deep; there is no malformed Markdown
		}
		checkMarkdown(t, validate, src)
	})
}

func FuzzADF(f *testing.F) {
	validate := adfValidator(f)
	f.Add(document(f, "every-node.adf.json"))
	f.Add([]byte(storedADF))
	f.Add([]byte(`{"type":"doc","version":1,"content":[7,{"type":"paragraph","content":[{"type":"text","text":""}]}]}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		d, err := richtext.ParseADF(src, richtext.Limits{})
		if err != nil {
			return
		}
		same, _ := d.ADF()
		if got, want := canonical(t, same, true), canonical(t, src, true); got != want {
			t.Fatalf("ADF changed:\n%s\n%s", want, got)
		}
		markdown, _ := d.Markdown()
		back, err := richtext.ParseMarkdown(markdown, richtext.MarkdownOptions{})
		if err == nil {
			adf, _ := back.ADF()
			if err := validate(adf); err != nil {
				t.Fatalf("invalid ADF by way of Markdown: %v\n%s\n%s", err, markdown, adf)
			}
		}
		storage, _ := d.Storage()
		stored, err := richtext.ParseStorage(storage, richtext.Limits{Depth: 1000})
		if err != nil {
			t.Fatalf("storage cannot be read: %v\n%s", err, storage)
		}
		adf, _ := stored.ADF()
		if err := validate(adf); err != nil {
			t.Fatalf("invalid ADF by way of storage: %v\n%s\n%s", err, storage, adf)
		}
		quoted, _ := d.Quote().ADF()
		if err := validate(quoted); err != nil && validate(same) == nil {
			t.Fatalf("invalid ADF in a quote: %v\n%s\n%s", err, src, quoted)
		}
	})
}

func FuzzStorage(f *testing.F) {
	validate := adfValidator(f)
	f.Add(string(document(f, "every-macro.storage.xml")))
	f.Add(storedXHTML)
	for _, s := range fragments {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		if _, err := richtext.ParseStorage(src, richtext.Limits{}); err != nil {
			return
		}
		checkStorage(t, validate, src)
	})
}

func FuzzSplice(f *testing.F) {
	f.Add([]byte(storedADF), "# new\n\n- [ ] task", true)
	f.Add([]byte(storedXHTML), "| a |\n|---|\n| b |", false)
	f.Add(document(f, "every-macro.storage.xml"), "text", false)
	f.Fuzz(func(t *testing.T, body []byte, markdown string, adf bool) {
		format := richtext.FormatStorage
		if adf {
			format = richtext.FormatADF
		}
		if _, err := richtext.Outline(body, format); err != nil {
			return
		}
		d, err := richtext.ParseMarkdown(markdown, richtext.MarkdownOptions{})
		if err != nil {
			return
		}
		checkSplice(t, nil, body, format, d)
	})
}
