package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"arcade-atlassian/cmd/atlassian-worker/internal/certificate/certificatetest"
	"arcade-atlassian/tools/freeport"
	"arcade-atlassian/worker"
)

// A worker with a certificate speaks TLS, on a new certificate after SIGHUP, and
// says so where it prints its address. It does not speak HTTP/2, which its limits
// of connections do not hold.
func TestServeTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	roots := x509.NewCertPool()
	put := func(serial int64) {
		t.Helper()
		cert, key := certificatetest.New(t, serial, time.Now().Add(10*24*time.Hour))
		roots.AppendCertsFromPEM(cert)
		for name, content := range map[string][]byte{certFile: cert, keyFile: key} {
			if err := os.WriteFile(name, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	put(1)
	port, err := freeport.Take()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "atlassian-worker", "serve", "--sandbox", "--lame-duck", "0", "--log-format", "json",
		"--port", port, "--tls-cert", certFile, "--tls-key", keyFile)
	var printed bytes.Buffer
	cmd.Stdout = &printed
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	log := bufio.NewScanner(stderr)
	until := func(text string) {
		t.Helper()
		for log.Scan() {
			if strings.Contains(log.Text(), text) {
				return
			}
		}
		t.Fatalf("it does not log %q", text)
	}
	until("the certificate expires within 14 days")
	until(`"tls":true`)

	url := "https://127.0.0.1:" + port
	type answer struct {
		status, httpVersion int
		serial              int64
	}
	get := func(c *tls.Config) (answer, error) {
		transport := &http.Transport{TLSClientConfig: c, ForceAttemptHTTP2: true}
		defer transport.CloseIdleConnections()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+worker.PathHealth, http.NoBody)
		if err != nil {
			return answer{}, err
		}
		res, err := transport.RoundTrip(req)
		if err != nil {
			return answer{}, err
		}
		_, _ = io.Copy(io.Discard, res.Body)
		return answer{res.StatusCode, res.ProtoMajor, res.TLS.PeerCertificates[0].SerialNumber.Int64()}, res.Body.Close()
	}
	presents := func(serial int64) {
		t.Helper()
		got, err := get(&tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12})
		if want := (answer{http.StatusOK, 1, serial}); err != nil || got != want {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
	}
	presents(1)
	if _, err := get(&tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("it speaks TLS 1.1")
	}

	put(2)
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	until("certificate read again")
	presents(2)
	if err := os.WriteFile(keyFile, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	until("going on with the old one")
	presents(2)

	// Whoever does not speak TLS is told little, and a flood of them logged in few lines.
	for range 30 {
		plain, err := new(net.Dialer).DialContext(ctx, "tcp", "127.0.0.1:"+port)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = plain.Write([]byte("nonsense\r\n\r\n"))
		_, _ = io.Copy(io.Discard, plain)
		_ = plain.Close()
	}
	until(`{"level":"warn","reason":"connection","left_out":`)

	var said bytes.Buffer
	if code := run([]string{"health", "--port", port, "--tls-cert", certFile}, nil, &said, &said); code != exitOK {
		t.Errorf("health exits with %d: %s", code, &said)
	}
	if code := run([]string{"health", "--port", port}, nil, &said, &said); code != exitFailed {
		t.Errorf("health without TLS exits with %d: %s", code, &said)
	}

	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, stderr); err != nil {
		t.Errorf("the rest of the log: %v", err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	if want := "curl -sk " + url + worker.PathHealth + "\n"; !strings.Contains(printed.String(), want) || strings.Contains(printed.String(), "http://") {
		t.Errorf("printed %s, want %s", &printed, want)
	}
}

func TestTLSFilesThatMakeNoSense(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := certificatetest.New(t, 1, time.Now().Add(time.Hour))
	_, other := certificatetest.New(t, 2, time.Now().Add(time.Hour))
	for name, content := range map[string][]byte{"cert": cert, "key": key, "other": other} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for says, args := range map[string][]string{
		"--tls-cert and --tls-key go together":   {"--tls-cert", filepath.Join(dir, "cert")},
		"--tls-key go together: give both":       {"--tls-key", filepath.Join(dir, "key")},
		"private key does not match public key":  {"--tls-cert", filepath.Join(dir, "cert"), "--tls-key", filepath.Join(dir, "other")},
		"nowhere: no such file":                  {"--tls-cert", filepath.Join(dir, "cert"), "--tls-key", filepath.Join(dir, "nowhere")},
		"failed to find certificate PEM data in": {"--tls-cert", filepath.Join(dir, "key"), "--tls-key", filepath.Join(dir, "key")},
	} {
		var said bytes.Buffer
		code := run(append([]string{"serve", "--sandbox", "--port", "0"}, args...), nil, io.Discard, &said)
		if code != exitUsage || !strings.Contains(said.String(), says) {
			t.Errorf("exits with %d and says %s, want %q", code, &said, says)
		}
	}
}
