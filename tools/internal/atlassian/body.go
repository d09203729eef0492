package atlassian

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/textproto"
	"path"
	"strings"
	"sync"
	"sync/atomic"

	"arcade-atlassian/schema"
	"arcade-atlassian/tools/internal/text"
)

// body is what a request carries. nil is nothing.
type body interface {
	contentType() string
	// open starts the body anew and tells its length in bytes, -1 if unknown.
	// It fails when what was read before cannot be read again.
	open(context.Context) (io.Reader, int64, error)
	// used reports whether a repetition would have to read what cannot be read
	// again.
	used() bool
}

type bytesBody struct {
	data []byte
	kind string
}

func (b bytesBody) contentType() string { return b.kind }
func (b bytesBody) open(context.Context) (io.Reader, int64, error) {
	return bytes.NewReader(b.data), int64(len(b.data)), nil
}
func (b bytesBody) used() bool { return false }

// File is a file to upload. Its content is sent as it is read and never held
// in memory as a whole. An upload that was interrupted is repeated only when
// Content is an io.Seeker, which is then read from its start.
type File struct {
	Name        string // without folders
	ContentType string // empty is unknown
	Content     io.Reader
}

// form is a multipart form with one file.
type form struct {
	boundary   string
	begin, end []byte
	content    io.Reader
	size       int64 // of the content; -1 is unknown
	started    atomic.Bool
	last       *openForm // of the attempt before
}

// newForm prepares the form that Jira takes attachments in: a part "file"
// (facts §12).
func newForm(f File) (*form, error) {
	if f.Content == nil {
		return nil, errors.New("a file without content")
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if _, err := w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {fmt.Sprintf(`form-data; name="file"; filename="%s"`, fileName(f.Name))},
		"Content-Type":        {mediaType(f.ContentType)},
	}); err != nil {
		return nil, err
	}
	out := &form{boundary: w.FormDataContentType(), content: f.Content, size: -1}
	out.begin = bytes.Clone(b.Bytes())
	b.Reset()
	if err := w.Close(); err != nil {
		return nil, err
	}
	out.end = b.Bytes()
	if s, ok := f.Content.(io.Seeker); ok {
		size, err := s.Seek(0, io.SeekEnd)
		if err == nil {
			_, err = s.Seek(0, io.SeekStart)
		}
		if err != nil {
			return nil, fmt.Errorf("measure the file: %w", err)
		}
		out.size = size
	}
	return out, nil
}

func (f *form) contentType() string { return f.boundary }

func (f *form) open(ctx context.Context) (io.Reader, int64, error) {
	length := int64(-1)
	if s, ok := f.content.(io.Seeker); ok {
		if f.last != nil { // a transport may read on after it has given up
			select {
			case <-f.last.closed:
			case <-ctx.Done():
				return nil, 0, ctx.Err()
			}
		}
		if _, err := s.Seek(0, io.SeekStart); err != nil {
			return nil, 0, fmt.Errorf("rewind the file: %w", err)
		}
		length = int64(len(f.begin)) + f.size + int64(len(f.end))
	}
	f.last = &openForm{
		Reader: io.MultiReader(bytes.NewReader(f.begin), &startedReader{f.content, &f.started}, bytes.NewReader(f.end)),
		closed: make(chan struct{}),
	}
	return f.last, length, nil
}

func (f *form) used() bool {
	_, rewinds := f.content.(io.Seeker)
	return f.started.Load() && !rewinds
}

// startedReader notes that reading has begun.
type startedReader struct {
	io.Reader
	started *atomic.Bool
}

// Read reads.
func (r *startedReader) Read(p []byte) (int, error) {
	r.started.Store(true)
	return r.Reader.Read(p)
}

// fileName is a name that can stand in a header between quotes: without
// folders, quotes and what nobody sees.
func fileName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.NewReplacer(`"`, "'", "%", "_").Replace(text.Clip(text.Clean(name), 250))
	name = strings.Join(strings.Fields(name), " ")
	if name == "" || name == "." || name == ".." || name == "/" {
		return "file"
	}
	return name
}

func mediaType(given string) string {
	if given == "" || schema.HasInvisible(given) || strings.ContainsAny(given, "\r\n\"") {
		return "application/octet-stream"
	}
	return given
}

// openForm is a form as one attempt sends it.
type openForm struct {
	io.Reader
	closed chan struct{}
	once   sync.Once
}

// Close tells that nothing reads the form any more.
func (f *openForm) Close() error {
	f.once.Do(func() { close(f.closed) })
	return nil
}
