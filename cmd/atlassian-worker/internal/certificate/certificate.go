// Package certificate keeps a TLS certificate that is read again when its files
// change.
package certificate

import (
	"bytes"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
)

const (
	// checkEvery is how often handshakes look whether the files changed.
	checkEvery = 2 * time.Second
	// warnBefore is how long before the end of a certificate the log warns of it,
	// warnEvery how often.
	warnBefore = 14 * 24 * time.Hour
	warnEvery  = 24 * time.Hour
	// maxFile bounds a file in bytes: a larger one is another one.
	maxFile = 1 << 20
)

// Pair is a certificate with its key, from two PEM files.
type Pair struct {
	certFile, keyFile string
	log               zerolog.Logger
	current           atomic.Pointer[tls.Certificate]
	loaded            time.Time
	nextCheck         atomic.Int64 // in nanoseconds since loaded, so that the system's clock may be put back

	mu     sync.Mutex // guards what follows
	seen   stamp      // what the files looked like when they were last read
	warned time.Time  // of the certificate's end
}

// stamp changes when the files do, also when one goes away: nil is one that is not
// there.
type stamp struct {
	cert, key os.FileInfo
}

func (s stamp) equal(other stamp) bool {
	return unchanged(s.cert, other.cert) && unchanged(s.key, other.key)
}

// unchanged compares also which file it is: some systems give all files one time.
func unchanged(before, now os.FileInfo) bool {
	if before == nil || now == nil {
		return before == now
	}
	return os.SameFile(before, now) && before.ModTime().Equal(now.ModTime()) && before.Size() == now.Size()
}

// Load reads a pair. An error says what is wrong with which file and nothing of
// what it holds.
func Load(certFile, keyFile string, log zerolog.Logger) (*Pair, error) {
	p := &Pair{certFile: certFile, keyFile: keyFile, log: log, loaded: time.Now()}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.read(); err != nil {
		return nil, err
	}
	p.postpone()
	p.warn()
	return p, nil
}

// Config is for a server that presents the pair: TLS 1.2 or newer.
func (p *Pair) Config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			p.check()
			return p.current.Load(), nil
		},
	}
}

// check reads the files if they changed. One handshake in a while does, and no
// other waits for it.
func (p *Pair) check() {
	if int64(time.Since(p.loaded)) < p.nextCheck.Load() || !p.mu.TryLock() {
		return
	}
	defer p.mu.Unlock()
	p.postpone()
	if !p.stamp().equal(p.seen) {
		p.replace()
	}
	p.warn()
}

// Reload reads the files whether they look changed or not.
func (p *Pair) Reload() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.postpone()
	p.replace()
	p.warn()
}

func (p *Pair) postpone() { p.nextCheck.Store(int64(time.Since(p.loaded) + checkEvery)) }

// replace reads the files. What cannot be used is logged, and the certificate
// that there is goes on being presented.
func (p *Pair) replace() {
	if err := p.read(); err != nil {
		p.log.Error().Err(err).Time("not_after", p.current.Load().Leaf.NotAfter).Msg("the new certificate cannot be used: going on with the old one")
		return
	}
	p.log.Info().Time("not_after", p.current.Load().Leaf.NotAfter).Msg("certificate read again")
}

// read takes the files' pair. It remembers what they looked like before, so that
// a change while they are read is noticed later.
func (p *Pair) read() error {
	p.seen = p.stamp()
	pair, err := readPair(p.certFile, p.keyFile)
	if err != nil {
		return fmt.Errorf("certificate %s with key %s: %w", p.certFile, p.keyFile, err)
	}
	p.current.Store(&pair)
	p.warned = time.Time{}
	return nil
}

func readPair(certFile, keyFile string) (pair tls.Certificate, err error) {
	cert, err1 := readFile(certFile)
	key, err2 := readFile(keyFile)
	if err := errors.Join(err1, err2); err != nil {
		return pair, err
	}
	if isCut(cert) {
		return pair, fmt.Errorf("%s ends in the middle of a certificate", certFile)
	}
	return tls.X509KeyPair(cert, key)
}

// readFile reads a file of a size that makes sense. What is no regular file is
// refused: a pipe could stand still.
func readFile(name string) ([]byte, error) {
	if there, err := os.Stat(name); err != nil {
		return nil, err
	} else if !there.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", name)
	}
	file, err := os.Open(name) //nolint:gosec // the operator names it
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // it was only read
	content, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err == nil && len(content) > maxFile {
		err = fmt.Errorf("%s has more than %d bytes", name, maxFile)
	}
	return content, err
}

// isCut reports whether a file is not yet written to its end. crypto/tls takes the
// certificates before that for all there are, which would then lead to no authority.
func isCut(cert []byte) bool {
	for block, rest := pem.Decode(cert); block != nil; block, rest = pem.Decode(cert) {
		cert = rest
	}
	return bytes.Contains(cert, []byte("-----BEGIN"))
}

func (p *Pair) stamp() (s stamp) {
	if cert, err := os.Stat(p.certFile); err == nil {
		s.cert = cert
	}
	if key, err := os.Stat(p.keyFile); err == nil {
		s.key = key
	}
	return s
}

// warn says once a day that the certificate ends soon or has ended.
func (p *Pair) warn() {
	now, ends := time.Now(), p.current.Load().Leaf.NotAfter
	if ends.Sub(now) >= warnBefore || now.Sub(p.warned) < warnEvery {
		return
	}
	p.warned = now
	says := "the certificate expires within 14 days"
	if now.After(ends) {
		says = "the certificate has expired"
	}
	p.log.Warn().Time("not_after", ends).Str("file", p.certFile).Msg(says)
}
