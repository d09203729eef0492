// Package certificate keeps a TLS certificate that is read again when its files
// change.
package certificate

import (
	"crypto/tls"
	"fmt"
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
)

// Pair is a certificate with its key, from two PEM files.
type Pair struct {
	certFile, keyFile string
	log               zerolog.Logger
	current           atomic.Pointer[tls.Certificate]
	nextCheck         atomic.Int64 // in nanoseconds since 1970

	mu     sync.Mutex // guards what follows
	seen   stamp      // what the files looked like when they were last read
	warned time.Time  // of the certificate's end
}

// stamp changes when the files do, also when one goes away.
type stamp struct {
	certTime, keyTime time.Time
	certSize, keySize int64
}

// Load reads a pair. An error says what is wrong with which file and nothing of
// what it holds.
func Load(certFile, keyFile string, log zerolog.Logger) (*Pair, error) {
	p := &Pair{certFile: certFile, keyFile: keyFile, log: log}
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
	if time.Now().UnixNano() < p.nextCheck.Load() || !p.mu.TryLock() {
		return
	}
	defer p.mu.Unlock()
	p.postpone()
	if now := p.stamp(); now != p.seen {
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

func (p *Pair) postpone() { p.nextCheck.Store(time.Now().Add(checkEvery).UnixNano()) }

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
	pair, err := tls.LoadX509KeyPair(p.certFile, p.keyFile)
	if err != nil {
		return fmt.Errorf("certificate %s with key %s: %w", p.certFile, p.keyFile, err)
	}
	p.current.Store(&pair)
	p.warned = time.Time{}
	return nil
}

func (p *Pair) stamp() (s stamp) {
	if cert, err := os.Stat(p.certFile); err == nil {
		s.certTime, s.certSize = cert.ModTime(), cert.Size()
	}
	if key, err := os.Stat(p.keyFile); err == nil {
		s.keyTime, s.keySize = key.ModTime(), key.Size()
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
