package logging

import (
	"errors"
	"fmt"
	"os"
	"sync"
)

// File appends lines to a file, which others may append to as well, and may take
// away to begin another. Its methods are safe for concurrent use.
type File struct {
	path string
	mu   sync.Mutex
	file *os.File
	torn bool // a part of a line is the last that was written
}

// OpenFile opens a file, or makes one that only its owner can read. What is no
// regular file is refused: a pipe could stand still.
func OpenFile(path string) (*File, error) {
	file, err := openToAppend(path)
	if err != nil {
		return nil, err
	}
	return &File{path: path, file: file}, nil
}

func openToAppend(path string) (*os.File, error) {
	if there, err := os.Stat(path); err == nil && !there.Mode().IsRegular() { // opening a pipe would wait for a reader
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	return os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // the file the operator names
}

// Write appends a line, at once and in one piece. After a line that could be
// written in part only, the next one begins a line all the same.
func (f *File) Write(line []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	ended := 0
	if f.torn {
		line, ended = append([]byte{'\n'}, line...), 1
	}
	n, err := f.file.Write(line)
	if n > 0 {
		f.torn = n < len(line)
	}
	return max(n-ended, 0), err
}

// Reopen goes on with what is at the path now, after the file was renamed. When
// that cannot be opened, it goes on with the old file.
func (f *File) Reopen() error {
	file, err := openToAppend(f.path)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	old := f.file
	f.file, f.torn = file, false
	return old.Close()
}

// Close writes what the system still holds to the disk and closes the file.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return errors.Join(f.file.Sync(), f.file.Close())
}
