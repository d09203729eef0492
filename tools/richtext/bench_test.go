package richtext_test

import (
	"fmt"
	"strings"
	"testing"

	"arcade-atlassian/tools/richtext"
)

// pageSection is a part of a page with one of everything common.
const pageSection = `## Section heading

A paragraph with **strong**, _emphasized_ and ` + "`code`" + ` words, a [link](https://example.com/page?a=1&b=2) and
@[Jane Doe](accountid:5b10ac8d) on [date: 2026-01-02]: [status: Done (green)] :smile:

- a bullet
- another one
  - nested

1. first
2. second

- [ ] to do
- [x] done

| Column | Value |
| --- | ---: |
| cell | 12 |
| longer cell with words | 3,000 |

> [!WARNING]
> Mind the gap.

` + "```go\nfunc main() {\n\tfmt.Println(\"hello\")\n}\n```\n\n"

func page(size int) string {
	return strings.Repeat(pageSection, size/len(pageSection)+1)[:size/len(pageSection)*len(pageSection)+min(size, len(pageSection))]
}

var sizes = []int{1 << 10, 10 << 10, 100 << 10, 1 << 20}

func BenchmarkConvert(b *testing.B) {
	for _, size := range sizes {
		markdown := page(size)
		d := readMarkdown(b, markdown)
		adf, _ := d.ADF()
		storage, _ := d.Storage()
		run := func(name string, bytes int, f func()) {
			b.Run(fmt.Sprintf("%s/%dKB", name, size>>10), func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(bytes))
				for b.Loop() {
					f()
				}
			})
		}
		run("Markdown-to-ADF", len(markdown), func() { readMarkdown(b, markdown).ADF() })
		run("Markdown-to-storage", len(markdown), func() { readMarkdown(b, markdown).Storage() })
		run("ADF-to-Markdown", len(adf), func() { readADF(b, adf).Markdown() })
		run("ADF-to-ADF", len(adf), func() { readADF(b, adf).ADF() })
		run("ADF-to-storage", len(adf), func() { readADF(b, adf).Storage() })
		run("storage-to-Markdown", len(storage), func() { readStorage(b, storage).Markdown() })
		run("storage-to-ADF", len(storage), func() { readStorage(b, storage).ADF() })
		text := readMarkdown(b, "replaced")
		run("append-to-ADF", len(adf), func() {
			if _, _, err := richtext.Append(adf, richtext.FormatADF, text); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// TestLargePage carries a page of 100 KB through every format.
func TestLargePage(t *testing.T) {
	t.Parallel()
	validate := adfValidator(t)
	markdown := page(100 << 10)
	d := readMarkdown(t, markdown)
	adf, losses := d.ADF()
	if len(losses) > 0 {
		t.Errorf("losses: %s", losses)
	}
	if err := validate(adf); err != nil {
		t.Errorf("invalid ADF: %v", err)
	}
	written, losses := readADF(t, adf).Markdown()
	if len(losses) > 0 {
		t.Errorf("losses on the way back: %s", losses)
	}
	if again, _ := readMarkdown(t, written).ADF(); string(again) != string(adf) {
		t.Error("the page changed by way of Markdown")
	}
	storage, losses := d.Storage()
	if len(losses) > 0 {
		t.Errorf("losses in storage: %s", losses)
	}
	if same, _ := readStorage(t, storage).Storage(); same != storage {
		t.Error("the page changed by way of storage")
	}
}
