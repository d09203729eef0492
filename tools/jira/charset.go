package jira

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// charsets are the encodings of text files other than UTF-8 and ASCII, by the
// names that programs use.
var charsets = map[string]encoding.Encoding{
	"iso-8859-1":   charmap.ISO8859_1,
	"iso-8859-2":   charmap.ISO8859_2,
	"iso-8859-15":  charmap.ISO8859_15,
	"windows-1250": charmap.Windows1250,
	"windows-1251": charmap.Windows1251,
	"windows-1252": charmap.Windows1252,
	"utf-16":       unicode.UTF16(unicode.LittleEndian, unicode.UseBOM),
	"utf-16le":     unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
	"utf-16be":     unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
}

// otherCharsetNames are further names of encodings.
var otherCharsetNames = map[string]string{
	"utf8": "utf-8", "us-ascii": "ascii", "latin-1": "iso-8859-1", "latin1": "iso-8859-1", "latin-9": "iso-8859-15",
	"cp1250": "windows-1250", "cp1251": "windows-1251", "cp1252": "windows-1252", "utf16": "utf-16", "utf-16-le": "utf-16le", "utf-16-be": "utf-16be",
}

// charsetName is the name by which an encoding is known here.
func charsetName(given string) string {
	name := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(given)), "_", "-")
	if other, ok := otherCharsetNames[name]; ok {
		return other
	}
	return name
}

// isCharset reports whether a name that charsetName gave is that of an encoding.
func isCharset(name string) bool {
	return name == "utf-8" || name == "ascii" || charsets[name] != nil
}

// charsetNames lists the encodings for messages.
func charsetNames() string {
	return "utf-8, ascii, " + strings.Join(slices.Sorted(maps.Keys(charsets)), ", ")
}

// encodeFile is a text in an encoding. It reports false when the encoding lacks
// one of the characters.
func encodeFile(s, charset string) ([]byte, bool) {
	switch charset {
	case "utf-8":
		return []byte(s), true
	case "ascii":
		return []byte(s), !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
	}
	encoded, err := charsets[charset].NewEncoder().Bytes([]byte(s))
	return encoded, err == nil
}

// decodeText is the text of a file, whose encoding may have been declared. It
// reports false for what is not text.
func decodeText(data []byte, declared string) (string, bool) {
	e := charsets[charsetName(declared)]
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}), bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		e = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM)
	case isText(data), e == nil:
		return string(bytes.TrimPrefix(data, []byte("\ufeff"))), isText(data)
	}
	decoded, err := e.NewDecoder().Bytes(data)
	return string(decoded), err == nil && isText(decoded) && !bytes.ContainsRune(decoded, utf8.RuneError)
}

// isText reports whether bytes are UTF-8 without what only other files hold.
func isText(data []byte) bool {
	return utf8.Valid(data) && !bytes.ContainsFunc(data, func(r rune) bool {
		return r < ' ' && !strings.ContainsRune("\t\n\v\f\r\x1b", r)
	})
}
