package main

import (
	"fmt"
	"io"
	"os"
)

// shell is where a command reads and writes.
type shell struct {
	stdin  io.Reader
	stdout *output
	stderr io.Writer
}

// printf writes to standard output, which remembers when it fails.
func (s *shell) printf(format string, args ...any) {
	_, _ = fmt.Fprintf(s.stdout, format, args...)
}

// output is a writer that keeps its first failure in err, so that a command
// prints line by line and whether all of it was written is asked once, at the
// end. After a failure nothing more is written.
type output struct {
	to  io.Writer
	err error
}

// Write writes p unless a write failed before. It returns no error: err has it.
func (o *output) Write(p []byte) (int, error) {
	if o.err == nil {
		if _, err := o.to.Write(p); err != nil {
			o.err = fmt.Errorf("standard output: %w", err)
		}
	}
	return len(p), nil
}

// maxInput bounds in bytes what is read from a file or standard input.
const maxInput = 16 << 20

// read returns what the named file holds, or standard input for "-". More than
// maxInput is refused: a part of a document is another document.
func (s *shell) read(name string) ([]byte, error) {
	from := s.stdin
	if name == "-" {
		name = "standard input"
	} else {
		file, err := os.Open(name) //nolint:gosec // the file the user names
		if err != nil {
			return nil, err
		}
		defer func() { _ = file.Close() }() // it was only read
		from = file
	}
	content, err := io.ReadAll(io.LimitReader(from, maxInput+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(content) > maxInput {
		return nil, fmt.Errorf("%s is too large: at most %d bytes (16 MiB) are read", name, maxInput)
	}
	return content, nil
}

// usageError is a command line or an environment that makes no sense, whatever
// the state of files, network and Atlassian: exit code 2.
type usageError struct{ error }

// Unwrap returns what makes no sense.
func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }
