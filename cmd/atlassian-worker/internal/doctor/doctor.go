// Package doctor looks at a deployment from end to end: the worker's secret,
// Atlassian, the worker at its public address, and a user's token. It only
// reads.
package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"arcade-atlassian/tools/tool"
)

// State is what was found out about one thing.
type State string

// The states of a Finding.
const (
	OK      State = "ok"
	Warning State = "warning" // it works, and something about it should be changed
	Failed  State = "failed"
	Skipped State = "skipped" // nothing was given to look at
)

// Finding is one thing that was looked at.
type Finding struct {
	Check   string `json:"check"`
	State   State  `json:"state"`
	Message string `json:"message"`
	Fix     string `json:"fix,omitzero"` // what to do, unless all is well
}

// Options say what to look at.
type Options struct {
	Catalog      *tool.Catalog
	AtlassianURL string
	Secret       string // the worker's
	WorkerURL    string // where an Engine reaches the worker; empty skips it
	Token        string // a user's Atlassian token; empty skips what it can do
	Now          func() time.Time
	// RootCAs replaces the machine's certificate authorities, for tests.
	RootCAs *x509.CertPool
	// Wait is how long one answer may take, 10 s when zero.
	Wait time.Duration
}

// Examine looks at everything and returns what it found, in the order in which
// things depend on each other.
func Examine(ctx context.Context, o Options) []Finding {
	transport := &http.Transport{
		Proxy:           http.ProxyFromEnvironment,
		TLSClientConfig: &tls.Config{RootCAs: o.RootCAs, MinVersion: tls.VersionTLS12},
	}
	defer transport.CloseIdleConnections()
	if o.Wait == 0 {
		o.Wait = 10 * time.Second
	}
	e := &examination{Options: o, http: &http.Client{
		Transport: transport,
		Timeout:   o.Wait,
		// A redirect is told, not followed: an Engine would not follow it either.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	e.secret()
	e.atlassian(ctx)
	e.worker(ctx)
	e.token(ctx)
	return e.findings
}

// Healthy reports whether nothing failed.
func Healthy(findings []Finding) bool {
	return !slices.ContainsFunc(findings, func(f Finding) bool { return f.State == Failed })
}

type examination struct {
	Options
	http     *http.Client
	findings []Finding
}

func (e *examination) found(check string, state State, fix, format string, args ...any) {
	e.findings = append(e.findings, Finding{check, state, fmt.Sprintf(format, args...), fix})
}

// answer is what came back of a request.
type answer struct {
	status   int
	body     []byte
	location string
	date     time.Time // zero when the answer does not tell
}

func (a answer) redirects() bool {
	return a.status >= 300 && a.status < 400
}

// get asks an address with a bearer token, or without one.
func (e *examination) get(ctx context.Context, address, bearer string) (a answer, err error) {
	const maxAnswer = 8 << 20
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return a, err
	}
	req.Header.Set("Accept", "application/json")
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	res, err := e.http.Do(req)
	if err != nil {
		return a, err
	}
	defer func() { _ = res.Body.Close() }() // it was only read
	a.status, a.location = res.StatusCode, res.Header.Get("Location")
	if date, err := http.ParseTime(res.Header.Get("Date")); err == nil {
		a.date = date
	}
	a.body, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	return a, err
}

// unreachable says why there is no answer, and what to do.
func unreachable(err error) (why, fix string) {
	var (
		unknown   x509.UnknownAuthorityError
		hostname  x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
		dns       *net.DNSError
		timeout   interface{ Timeout() bool }
		plainHTTP = "server gave HTTP response to HTTPS client"
	)
	switch {
	case errors.As(err, &unknown):
		return "its certificate is signed by nobody that this machine trusts", "Install the certificate authority (a company's proxy may have its own), or give the server a certificate of a public one."
	case errors.As(err, &hostname):
		return "its certificate is for another name", "Use the name that the certificate has, or give the server a certificate for this name."
	case errors.As(err, &invalid):
		return "its certificate is not valid: it may have expired", "Renew the certificate, and check this machine's clock."
	case errors.As(err, &record), strings.Contains(err.Error(), plainHTTP):
		return "it does not speak TLS", "Use http:// if that is meant, or put TLS in front of it."
	case errors.As(err, &dns):
		return "its name is not known", "Check the name for a slip, and this machine's DNS."
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there", "Check the port, and that the program runs."
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, os.ErrDeadlineExceeded):
		return "it does not answer in time", "Check firewalls and proxies between here and there."
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return err.Error(), "Check the network between here and there."
}

// maxSkew is how far two clocks may be apart: tokens are valid for moments.
const maxSkew = 30 * time.Second

// clock compares this machine's clock with that of an answer. Answers tell
// whole seconds.
func (e *examination) clock(check, whose string, a answer) {
	if a.date.IsZero() {
		return
	}
	skew := e.Now().Sub(a.date).Round(time.Second)
	if skew.Abs() <= maxSkew {
		e.found(check, OK, "", "The clock agrees with %s (%s apart).", whose, skew.Abs())
		return
	}
	direction := "ahead of"
	if skew < 0 {
		direction = "behind"
	}
	e.found(check, Failed, "Set the clocks by NTP: tokens are refused when clocks differ.", "This machine's clock is %s %s %s.", skew.Abs(), direction, whose)
}
