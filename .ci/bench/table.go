package main

import (
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
)

// table collects rows and prints them aligned.
type table struct{ w *tabwriter.Writer }

func newTable(columns ...string) table {
	t := table{tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)}
	t.row(columns...)
	return t
}

func (t table) row(cells ...string) { _, _ = fmt.Fprintln(t.w, strings.Join(cells, "\t")+"\t") }

func (t table) print() { _ = t.w.Flush() }
