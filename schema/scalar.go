package schema

import (
	"math"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/invopop/jsonschema"
)

// numericLimits are the parsed minimum and maximum of a node.
type numericLimits struct {
	min, max   *big.Rat
	minS, maxS string // as declared, for messages
}

// limitsOf is nil for a schema without any.
func limitsOf(s *jsonschema.Schema) *numericLimits {
	l := &numericLimits{minS: s.Minimum.String(), maxS: s.Maximum.String()}
	if l.minS == "" && l.maxS == "" {
		return nil
	}
	if r, ok := new(big.Rat).SetString(l.minS); ok {
		l.min = r
	}
	if r, ok := new(big.Rat).SetString(l.maxS); ok {
		l.max = r
	}
	return l
}

// check reports a violated limit with the reference's words.
func (l *numericLimits) check(d *decoding, at place, r *big.Rat) bool {
	if l == nil {
		return true
	}
	if l.min != nil && r.Cmp(l.min) < 0 {
		d.add(at, "greater_than_equal", "Input should be greater than or equal to "+l.minS)
		return false
	}
	if l.max != nil && r.Cmp(l.max) > 0 {
		d.add(at, "less_than_equal", "Input should be less than or equal to "+l.maxS)
		return false
	}
	return true
}

var (
	// integerText is what the reference worker reads as a whole number in a
	// string: sign, digits with single underscores, a fraction of zeros only.
	integerText = regexp.MustCompile(`^[+-]?[0-9]+(_[0-9]+)*(\.0+)?$`)
	// floatText is the finite part of what it reads as a number in a string.
	floatText = regexp.MustCompile(`^[+-]?([0-9]+(_[0-9]+)*(\.([0-9]+(_[0-9]+)*)?)?|\.[0-9]+(_[0-9]+)*)([eE][+-]?[0-9]+)?$`)
)

// maxNumeral bounds the digits of a numeral: arithmetic on longer ones would
// cost more than they can mean.
const maxNumeral = 400

// integer accepts whole numbers in any JSON or text notation that fits 64
// bits. Booleans are refused although the reference reads them as 0 and 1:
// true where a count belongs means that two parameters were mixed up.
func (n *node) integer(d *decoding, at place, v jsontext.Value) jsontext.Value {
	var numeral string
	switch v.Kind() {
	case '0':
		numeral = string(v)
	case '"':
		s, _ := unquote(v)
		s = strings.TrimSpace(s)
		if !integerText.MatchString(s) {
			d.add(at, "int_parsing", "Input should be a valid integer, unable to parse string as an integer")
			return nil
		}
		whole, _, _ := strings.Cut(s, ".")
		numeral = strings.ReplaceAll(whole, "_", "")
	default:
		d.add(at, "int_type", "Input should be a valid integer")
		return nil
	}
	i, code := wholeNumber(numeral)
	if code == "finite_number" && v.Kind() == '"' { // digits only, so merely too many
		code = "int_parsing_size"
	}
	switch code {
	case "int_parsing_size":
		d.add(at, code, "Unable to parse input string as an integer, exceeded maximum size")
		return nil
	case "finite_number":
		d.add(at, code, "Input should be a finite number")
		return nil
	case "int_from_float":
		d.add(at, code, "Input should be a valid integer, got a number with a fractional part")
		return nil
	}
	if !n.limits.check(d, at, new(big.Rat).SetInt64(i)) {
		return nil
	}
	return strconv.AppendInt(nil, i, 10)
}

// wholeNumber reads a numeral exactly: 17 digits stay 17 digits, 1e2 is 100,
// 3.0 is 3. The code names the reference's problem type when it is not a whole
// number of 64 bits.
func wholeNumber(numeral string) (i int64, code string) {
	if i, err := strconv.ParseInt(numeral, 10, 64); err == nil {
		return i, ""
	}
	f, _ := strconv.ParseFloat(numeral, 64)
	mantissa, _, _ := strings.Cut(strings.ToLower(numeral), "e")
	switch {
	case strings.Trim(mantissa, "+-0.") == "":
		return 0, ""
	case math.IsInf(f, 0):
		return 0, "finite_number"
	case math.Abs(f) > math.MaxInt64, len(numeral) > maxNumeral:
		return 0, "int_parsing_size"
	case math.Abs(f) < 1:
		return 0, "int_from_float"
	}
	r, ok := new(big.Rat).SetString(numeral) // cheap now: 1 ≤ |f| < 2⁶³ bounds the exponent
	switch {
	case !ok || !r.IsInt():
		return 0, "int_from_float"
	case !r.Num().IsInt64():
		return 0, "int_parsing_size"
	}
	return r.Num().Int64(), ""
}

// number accepts finite numbers in JSON or text notation.
func (n *node) number(d *decoding, at place, v jsontext.Value) jsontext.Value {
	var numeral string
	switch v.Kind() {
	case '0':
		numeral = string(v)
	case '"':
		s, _ := unquote(v)
		s = strings.TrimSpace(s)
		if !floatText.MatchString(s) {
			d.add(at, "float_parsing", "Input should be a valid number, unable to parse string as a number")
			return nil
		}
		numeral = strings.ReplaceAll(s, "_", "")
	default:
		d.add(at, "float_type", "Input should be a valid number")
		return nil
	}
	f, err := strconv.ParseFloat(numeral, 64)
	if err != nil { // only the range is left to be wrong
		d.add(at, "finite_number", "Input should be a finite number")
		return nil
	}
	if !n.limits.check(d, at, new(big.Rat).SetFloat64(f)) {
		return nil
	}
	if v.Kind() == '0' {
		return v // the digits as they came
	}
	return strconv.AppendFloat(nil, f, 'g', -1, 64)
}

// maxTime bounds the bytes of a date and time, whose fraction of a second may
// have any number of digits.
const maxTime = 64

// text accepts strings, and of the closed sets and times only those that are
// one. Nothing is made a string that was none.
func (n *node) text(d *decoding, at place, v jsontext.Value) jsontext.Value {
	s, ok := unquoted(v)
	if n.enum != nil {
		if !ok || !slices.Contains(n.enum, string(s)) {
			d.add(at, "enum", "Input should be "+alternatives(n.enum))
			return nil
		}
		return v
	}
	if !ok {
		d.add(at, "string_type", "Input should be a valid string")
		return nil
	}
	if n.format == "date-time" && (len(v) > maxTime || json.Unmarshal(v, new(time.Time)) != nil) {
		d.add(at, "datetime_parsing", "Input should be a valid date and time with an offset, such as 2026-01-31T15:04:05Z")
		return nil
	}
	if n.format == "name" && HasInvisible(string(s)) {
		d.add(at, "invisible_character", "String should hold no invisible characters, such as a zero-width or a no-break space")
		return nil
	}
	length := uint64(utf8.RuneCount(s)) //nolint:gosec // a count is never negative
	if n.minLength != nil && *n.minLength > 0 && isBlank(string(s)) {
		length = 0
	}
	if n.minLength != nil && length < *n.minLength {
		d.add(at, "string_too_short", "String should have at least "+count(*n.minLength, "character"))
		return nil
	}
	if n.maxLength != nil && length > *n.maxLength {
		d.add(at, "string_too_long", "String should have at most "+count(*n.maxLength, "character"))
		return nil
	}
	return v
}

// boolean accepts the notations of the reference worker: 0 and 1, and the
// usual words in any case but without surrounding blanks.
func (n *node) boolean(d *decoding, at place, v jsontext.Value) jsontext.Value {
	switch v.Kind() {
	case 't', 'f':
		return v
	case '"':
		s, _ := unquote(v)
		switch strings.ToLower(s) {
		case "1", "t", "true", "y", "yes", "on":
			return jsontext.Value("true")
		case "0", "f", "false", "n", "no", "off":
			return jsontext.Value("false")
		}
	case '0':
		switch i, code := wholeNumber(string(v)); {
		case code != "": // a fraction, or a number beyond every integer
			d.add(at, "bool_type", "Input should be a valid boolean")
			return nil
		case i == 1:
			return jsontext.Value("true")
		case i == 0:
			return jsontext.Value("false")
		}
	default:
		d.add(at, "bool_type", "Input should be a valid boolean")
		return nil
	}
	d.add(at, "bool_parsing", "Input should be a valid boolean, unable to interpret input")
	return nil
}
