package atlassian

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/internal/text"
)

// Verbatim is text of an answer that is kept as it came, control characters
// included, because it will be sent back: the body of a page, a document.
// Text of type string is cleaned.
type Verbatim string

// maxValues is how many values an answer may hold. Atlassian's largest pages
// have a tenth of it; decoding that many takes some ten megabytes.
const maxValues = 200_000

// lenient reads JSON as Atlassian writes it: it adds members at any time, and
// what it repeats or garbles somewhere is not ours to refuse.
var lenient = json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

// cleaning is lenient and decodes texts without what they could hide from a
// reader: answers hold text by anybody who may write to the site.
var cleaning = json.JoinOptions(lenient, json.WithUnmarshalers(json.UnmarshalFromFunc(
	func(d *jsontext.Decoder, s *string) error {
		if d.PeekKind() != '"' {
			return errors.ErrUnsupported // the usual way
		}
		token, err := d.ReadToken()
		*s = text.Clean(token.String())
		return err
	})))

// decode reads a successful answer into resp, which must find in it what its
// Check demands.
func decode(body []byte, resp any) error {
	values, unclean := measure(body)
	if values > maxValues {
		return errTooManyValues
	}
	options := lenient
	if unclean {
		options = cleaning
	}
	if isNull(body) {
		return errors.New("null")
	}
	if err := json.Unmarshal(body, resp, options); err != nil {
		return err
	}
	if r, ok := resp.(interface{ Check() error }); ok {
		return r.Check()
	}
	return nil
}

var errTooManyValues = errors.New("too many values")

// measure counts the values of a JSON text, which is what decoding it costs,
// and reports whether it may hold what text.Clean drops. The text need not be
// valid.
func measure(body []byte) (values int, unclean bool) {
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case ',', '[', '{':
			values++
		case '"':
			var may bool
			i, may = endOfString(body, i+1)
			unclean = unclean || may
		}
	}
	return values, unclean
}

// endOfString finds the quote that ends the string of which the first
// character is at i, and reports whether the string may hold what text.Clean
// drops.
func endOfString(body []byte, i int) (end int, unclean bool) {
	for ; i < len(body); i++ {
		i += ordinary(body[i:])
		if i == len(body) {
			break
		}
		switch c := body[i]; c {
		case '"':
			return i, unclean
		case '\\':
			i++
			unclean = unclean || i < len(body) && strings.IndexByte("ubfr", body[i]) >= 0
		case 0x7f, 0xc2, 0xcd, 0xd8, 0xe2, 0xef, 0xf3: // the first bytes in UTF-8 of what is dropped
			unclean = true
		case 0xe1: // as Hangul begins
			unclean = unclean || followedByOne(body, i, "\x85\x9e\xa0")
		case 0xe3: // as Japanese begins
			unclean = unclean || followedByOne(body, i, "\x85")
		case 0xf0: // as emoji begin
			unclean = unclean || followedByOne(body, i, "\x9b\x9d")
		}
	}
	return i, unclean
}

// ordinary is how many bytes precede the first quote, backslash or byte from 0x7f
// on. It looks at eight at a time: most of an answer is inside strings, and
// looking at each byte took as long as decoding.
func ordinary(s []byte) (n int) {
	const each, high = 0x0101010101010101, 0x8080808080808080
	for ; len(s)-n >= 8; n += 8 {
		word := binary.LittleEndian.Uint64(s[n:])
		quote, backslash := word^each*'"', word^each*'\\'
		// A byte that is 0 borrows and one from 0x7f on carries, into its own high
		// bit; what that does to the bytes behind it does not matter.
		if found := ((quote-each)&^quote | (backslash-each)&^backslash | (word + each) | word) & high; found != 0 {
			return n + bits.TrailingZeros64(found)/8
		}
	}
	for n < len(s) && s[n] != '"' && s[n] != '\\' && s[n] < 0x7f {
		n++
	}
	return n
}

// followedByOne reports whether one of some bytes is behind place i.
func followedByOne(body []byte, i int, some string) bool {
	return i+1 < len(body) && strings.IndexByte(some, body[i+1]) >= 0
}

func isNull(body []byte) bool { return strings.TrimSpace(string(body[:min(len(body), 100)])) == "null" }

// checkIgnored looks at an answer whose content nobody needs: that it is one
// of the operation and not a page or a message of what stands before it.
func checkIgnored(a answer) error {
	body, value := a.body, jsontext.Value(a.body)
	if a.status == http.StatusNoContent || len(strings.TrimSpace(string(body))) == 0 {
		return nil
	}
	if !value.IsValid(lenient) || isNull(body) {
		return errors.New("neither empty nor JSON")
	}
	if value.Kind() != '{' {
		return nil
	}
	var members map[string]jsontext.Value
	if err := json.Unmarshal(body, &members, lenient); err != nil {
		return err
	}
	for _, name := range []string{"message", "error", "code", "status", "statusCode", "timestamp", "path", "errorMessages", "errors", "title", "detail"} {
		delete(members, name)
	}
	if len(members) == 0 {
		return errors.New("nothing but a message")
	}
	return nil
}
