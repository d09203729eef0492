package confluence

import (
	"crypto/sha256"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/richtext"
	"arcade-atlassian/tools/sandbox/internal/adf"
	"arcade-atlassian/tools/sandbox/internal/service"
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
			return fmt.Errorf("Error parsing xhtml: %w at [row,col]: [%d,%d]", err, line, column) //nolint:staticcheck // as Confluence begins it
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

// bodyInput is a body as requests send it: in one format, or under the name of one.
type bodyInput struct {
	Representation *string `json:"representation"`
	Value          *string `json:"value"`

	Storage  *bodyInput `json:"storage"`
	Document *bodyInput `json:"atlas_doc_format"`
	Wiki     *bodyInput `json:"wiki"`
}

// write takes over the body of a request and returns the format it was written in.
func (v *version) write(value jsontext.Value, seed string) (format string, err error) {
	var in bodyInput
	if json.Unmarshal(value, &in, json.RejectUnknownMembers(true)) != nil {
		return "", errors.New("The request body has a body that is not one.") //nolint:staticcheck // a sentence of the API
	}
	for _, nested := range []*bodyInput{in.Storage, in.Document, in.Wiki} {
		if nested != nil && in.Representation == nil {
			in = *nested
			break
		}
	}
	if in.Representation == nil || in.Value == nil {
		return "", errors.New("Body must have a representation and a value.") //nolint:staticcheck // as above
	}
	v.Storage, v.Document = "", nil
	switch *in.Representation {
	case "storage":
		if err := checkStorage(*in.Value); err != nil {
			return "", err
		}
		v.Storage = identifyMacros(*in.Value, seed)
	case "atlas_doc_format":
		document := jsontext.Value(*in.Value)
		if !adf.Valid(document) || document.Compact() != nil {
			return "", errors.New("The body is not a valid document of the Atlassian Document Format.") //nolint:staticcheck // as above
		}
		v.Document = document
	default:
		return "", fmt.Errorf("The representation '%s' is not one that is understood here.", service.Clip(*in.Representation)) //nolint:staticcheck // as above
	}
	return *in.Representation, nil
}

// macroStart is where a macro starts, or something that only looks like it holds one.
var macroStart = regexp.MustCompile(`(?s)<!\[CDATA\[.*?\]\]>|<!--.*?-->|<ac:structured-macro\b(?:[^>"']|"[^"]*"|'[^']*')*>`)

// identifyMacros gives every macro that has none an identifier, as Confluence does when it keeps a body:
// what is read back is not always what was sent. seed makes the identifiers differ.
func identifyMacros(storage, seed string) string {
	n := 0
	return macroStart.ReplaceAllStringFunc(storage, func(start string) string {
		if strings.HasPrefix(start, "<!") || strings.Contains(start, " ac:macro-id=") {
			return start
		}
		n++
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", seed, n))
		id := fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
		open := strings.TrimRight(start, " />")
		return open + ` ac:macro-id="` + id + `"` + strings.TrimLeft(start[len(open):], " ")
	})
}
