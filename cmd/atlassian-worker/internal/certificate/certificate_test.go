package certificate_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"arcade-atlassian/cmd/atlassian-worker/internal/certificate"
	"arcade-atlassian/cmd/atlassian-worker/internal/certificate/certificatetest"
)

const year = 365 * 24 * time.Hour

// files are where a pair is, in a directory of its own.
type files struct {
	cert, key string
}

func newFiles(t *testing.T) files {
	t.Helper()
	dir := t.TempDir()
	return files{filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")}
}

func write(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// put writes a pair that is valid for so long.
func (f files) put(t *testing.T, serial int64, valid time.Duration) {
	t.Helper()
	cert, key := certificatetest.New(t, serial, time.Now().Add(valid))
	write(t, f.cert, cert)
	write(t, f.key, key)
}

// presented is the serial number of what a handshake gets.
func presented(t *testing.T, c *tls.Config) int64 {
	t.Helper()
	pair, err := c.GetCertificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	return pair.Leaf.SerialNumber.Int64()
}

func TestTheCertificateIsReadAgainWhenItChanges(t *testing.T) {
	t.Parallel()
	f := newFiles(t)
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		f.put(t, 1, year)
		p, err := certificate.Load(f.cert, f.key, zerolog.New(&log))
		if err != nil {
			t.Fatal(err)
		}
		c := p.Config()
		want := func(serial int64, logged string) {
			t.Helper()
			if got := presented(t, c); got != serial {
				t.Errorf("presented certificate %d, want %d", got, serial)
			}
			if got := log.String(); (logged == "") != (got == "") || !strings.Contains(got, logged) || strings.Count(got, "\n") > 1 {
				t.Errorf("logged %q, want %q", got, logged)
			}
			log.Reset()
		}
		want(1, "")
		f.put(t, 2, year)
		want(1, "") // handshakes look every two seconds
		<-time.After(2 * time.Second)
		want(2, "certificate read again")
		<-time.After(2 * time.Second)
		want(2, "")

		// Half of a new pair: the old one stays until the other half is there.
		cert, key := certificatetest.New(t, 3, time.Now().Add(year))
		write(t, f.cert, cert)
		<-time.After(2 * time.Second)
		want(2, "cannot be used: going on with the old one")
		<-time.After(2 * time.Second)
		want(2, "") // it is said once
		write(t, f.key, append(key, '\n'))
		<-time.After(2 * time.Second)
		want(3, "certificate read again")

		if err := os.Remove(f.key); err != nil {
			t.Fatal(err)
		}
		<-time.After(2 * time.Second)
		want(3, "no such file")
		<-time.After(2 * time.Second)
		want(3, "")

		f.put(t, 4, year)
		p.Reload() // and not two seconds later
		want(4, "certificate read again")
	})
}

// A new pair that is written piece by piece, removed, linked elsewhere or replaced by
// something else: what is presented is always a whole pair, and each state is told
// in one line however many handshakes there are.
func TestThePairIsNeverTorn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := files{filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")}
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		f.put(t, 1, year)
		p, err := certificate.Load(f.cert, f.key, zerolog.New(&log))
		if err != nil {
			t.Fatal(err)
		}
		c := p.Config()
		want := func(state string, serial int64, logged string) {
			t.Helper()
			<-time.After(2 * time.Second)
			for range 100 {
				if got := presented(t, c); got != serial {
					t.Fatalf("%s: presented certificate %d, want %d", state, got, serial)
				}
				<-time.After(100 * time.Millisecond)
			}
			if got := log.String(); (logged == "") != (got == "") || !strings.Contains(got, logged) || strings.Count(got, "\n") > 1 {
				t.Errorf("%s: logged %q, want one line with %q", state, got, logged)
			}
			log.Reset()
		}
		cert, key := certificatetest.New(t, 2, time.Now().Add(year))
		authority, _ := certificatetest.New(t, 3, time.Now().Add(year))
		chain := append(bytes.Clone(cert), authority...)
		write(t, f.key, key)
		want("the key first", 1, "does not match")
		for _, length := range []int{0, len(cert) / 2} {
			write(t, f.cert, chain[:length])
			want("a part of the certificate", 1, "cannot be used: going on with the old one")
		}
		write(t, f.cert, chain[:len(cert)+len(authority)/2])
		want("half of the authority's", 1, "in the middle")
		write(t, f.cert, chain)
		want("all of it", 2, "certificate read again")
		pair, err := c.GetCertificate(nil)
		if err != nil || len(pair.Certificate) != 2 {
			t.Errorf("presented %v, %v", pair, err)
		}

		if err := errors.Join(os.Remove(f.cert), os.Mkdir(f.cert, 0o700)); err != nil {
			t.Fatal(err)
		}
		want("a directory", 2, "is not a regular file")
		if err := errors.Join(os.Remove(f.cert), os.WriteFile(f.cert, nil, 0o600), os.Truncate(f.cert, 1<<30)); err != nil {
			t.Fatal(err)
		}
		want("a file of 1 GiB", 2, "more than 1048576 bytes")

		// Kubernetes changes where one link leads, and with it both files.
		for serial, name := range map[int64]string{4: "..first", 5: "..second"} {
			version := files{filepath.Join(dir, name, "tls.crt"), filepath.Join(dir, name, "tls.key")}
			if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
				t.Fatal(err)
			}
			version.put(t, serial, year)
		}
		link := func(name string) {
			t.Helper()
			if err := errors.Join(os.Symlink(name, filepath.Join(dir, "..new")), os.Rename(filepath.Join(dir, "..new"), filepath.Join(dir, "..data"))); err != nil {
				t.Fatal(err)
			}
		}
		link("..first")
		for _, name := range []string{"tls.crt", "tls.key"} {
			if err := errors.Join(os.Remove(filepath.Join(dir, name)), os.Symlink(filepath.Join("..data", name), filepath.Join(dir, name))); err != nil {
				t.Fatal(err)
			}
		}
		want("links", 4, "certificate read again")
		link("..second")
		want("another link", 5, "certificate read again")
		if err := os.Remove(filepath.Join(dir, "..data")); err != nil {
			t.Fatal(err)
		}
		want("a link to nothing", 5, "no such file")
	})
}

func TestTheEndOfACertificateIsWarnedOf(t *testing.T) {
	t.Parallel()
	f := newFiles(t)
	synctest.Test(t, func(t *testing.T) {
		const day = 24 * time.Hour
		var log bytes.Buffer
		f.put(t, 1, 15*day)
		p, err := certificate.Load(f.cert, f.key, zerolog.New(&log))
		if err != nil {
			t.Fatal(err)
		}
		c := p.Config()
		for _, tt := range []struct {
			after  time.Duration
			logged string
		}{
			{0, ""},
			{day + time.Minute, "expires within 14 days"},
			{time.Hour, ""}, // once a day
			{13 * time.Hour, ""},
			{day, "expires within 14 days"},
			{13 * day, "has expired"},
		} {
			<-time.After(tt.after)
			presented(t, c)
			if got := log.String(); (tt.logged == "") != (got == "") || !strings.Contains(got, tt.logged) {
				t.Errorf("logged %q, want %q", got, tt.logged)
			}
			log.Reset()
		}
		f.put(t, 2, 10*day) // another one that ends soon is news
		<-time.After(2 * time.Second)
		presented(t, c)
		if got := log.String(); !strings.Contains(got, "expires within 14 days") {
			t.Errorf("of another one logged %q", got)
		}
	})
}

func TestAPairThatCannotBeUsedIsRefused(t *testing.T) {
	t.Parallel()
	cert, key := certificatetest.New(t, 1, time.Now().Add(year))
	other, _ := certificatetest.New(t, 2, time.Now().Add(year))
	for _, tt := range []struct {
		name, says string
		cert, key  []byte
	}{
		{"no certificate", "no such file", nil, key},
		{"no key", "no such file", cert, nil},
		{"not a certificate", "failed to find any PEM data", []byte("MARK"), key},
		{"not a key", "failed to find any PEM data", cert, []byte("MARK")},
		{"the key of another", "private key does not match public key", other, key},
		{"the wrong way round", "may have been switched", key, cert},
		{"empty", "failed to find any PEM data", []byte{}, key},
		{"half a certificate", "ends in the middle", cert[:len(cert)/2], key},
		{"a certificate and half of its authority's", "ends in the middle", append(bytes.Clone(cert), other[:len(other)/2]...), key},
		{"a certificate that is too large", "more than 1048576 bytes", append(bytes.Clone(cert), make([]byte, 1<<20)...), key},
		{"a key that is too large", "more than 1048576 bytes", cert, append(bytes.Clone(key), make([]byte, 1<<20)...)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFiles(t)
			for name, content := range map[string][]byte{f.cert: tt.cert, f.key: tt.key} {
				if content != nil {
					write(t, name, content)
				}
			}
			_, err := certificate.Load(f.cert, f.key, zerolog.Nop())
			if err == nil || !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), f.key) || strings.Contains(err.Error(), "MARK") {
				t.Errorf("got %v, want an error with %q", err, tt.says)
			}
		})
	}
}
