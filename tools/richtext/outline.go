package richtext

// Format is the form a stored body has.
type Format int

const (
	// FormatADF is an ADF document as JSON.
	FormatADF Format = iota
	// FormatStorage is a Confluence storage body.
	FormatStorage
)

// Outline lists the headings of a stored body in order, wherever they stand.
func Outline(body []byte, format Format) ([]Heading, error) {
	m, err := locate(body, format)
	if err != nil {
		return nil, err
	}
	out := make([]Heading, len(m.headings))
	for i, h := range m.headings {
		out[i] = h.Heading
	}
	return out, nil
}

// locate finds the blocks and sections of a stored body.
func locate(body []byte, format Format) (*bodyMap, error) {
	if format == FormatStorage {
		return storageLocate(string(body))
	}
	return adfLocate(body)
}
