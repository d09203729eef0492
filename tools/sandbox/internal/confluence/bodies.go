package confluence

import (
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"slices"
	"strings"

	"arcade-atlassian/tools/richtext"
)

// body is the body of a version in a format of the API. What is kept in the other format is converted by
// the package that the tools convert with: it is no part of what they are judged on here.
func (v *version) body(format string) (text, error) {
	shown := text{Representation: format}
	var err error
	switch format {
	case "storage", "editor":
		shown.Value, err = v.storage()
	case "atlas_doc_format":
		shown.Value, err = v.document()
	default:
		shown.Value, err = v.rendered()
	}
	return shown, err
}

func (v *version) storage() (string, error) {
	if v.Document == nil {
		return v.Storage, nil
	}
	doc, err := v.read()
	if err != nil {
		return "", err
	}
	storage, _ := doc.Storage()
	return storage, nil
}

func (v *version) document() (string, error) {
	if v.Document != nil {
		return string(v.Document), nil
	}
	doc, err := v.read()
	if err != nil {
		return "", err
	}
	adf, _ := doc.ADF()
	return string(adf), nil
}

// rendered is the words of a body, a paragraph for each of its lines.
func (v *version) rendered() (string, error) {
	doc, err := v.read()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for line := range strings.Lines(doc.PlainText()) {
		if line = strings.TrimSuffix(line, "\n"); line != "" {
			b.WriteString("<p>" + html.EscapeString(line) + "</p>")
		}
	}
	return b.String(), nil
}

func (v *version) read() (*richtext.Document, error) {
	if v.Document != nil {
		return richtext.ParseADF(v.Document, richtext.Limits{})
	}
	return richtext.ParseStorage(v.Storage, richtext.Limits{})
}

// check finds what is wrong with a body.
func (v *version) check() error {
	if v.Document == nil {
		if err := checkStorage(v.Storage); err != nil {
			return err
		}
	}
	_, err := v.read()
	return err
}

// checkStorage holds that a body is XML whose elements have prefixes that Confluence knows. Entities are
// those of HTML.
func checkStorage(storage string) error {
	d := xml.NewDecoder(strings.NewReader(storage))
	d.Entity = xml.HTMLEntity
	for {
		token, err := d.Token()
		switch token := token.(type) {
		case xml.Directive:
			err = errors.New("a declaration is not allowed here")
		case xml.StartElement:
			err = checkPrefixes(token)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			line, column := d.InputPos()
			return fmt.Errorf("Error parsing xhtml: %w at [row,col]: [%d,%d]", err, line, column) //nolint:staticcheck,revive // as Confluence begins it
		}
	}
}

func checkPrefixes(e xml.StartElement) error {
	names := []xml.Name{e.Name}
	for _, a := range e.Attr {
		names = append(names, a.Name)
	}
	for _, name := range names {
		if !slices.Contains([]string{"", "ac", "ri", "at", "xml"}, name.Space) {
			return fmt.Errorf("undeclared namespace prefix %q", name.Space)
		}
	}
	return nil
}
