package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/schema"
	"arcade-atlassian/tools"
	"arcade-atlassian/tools/sandbox"
	"arcade-atlassian/tools/shared/redis/redistest"
	"arcade-atlassian/tools/tool"
	"arcade-atlassian/tools/tooltest"
	"arcade-atlassian/worker"
)

// sentinel is a random text that is nowhere by chance.
type sentinel string

func newSentinel() sentinel { return sentinel(rand.Text()) }

// in makes a text that holds the sentinel, and is another each time.
func (s sentinel) in(what string) string { return what + string(s) + rand.Text()[:8] }

// forms are how the sentinel looks in any text that holds it, as it is or
// encoded.
func (s sentinel) forms() map[string]string {
	var percent, unicode strings.Builder
	for _, b := range []byte(s) {
		fmt.Fprintf(&percent, "%%%02X", b)
		fmt.Fprintf(&unicode, `\u%04x`, b)
	}
	forms := map[string]string{
		"as it is": string(s), "in lower case": strings.ToLower(string(s)), "in hexadecimal": hex.EncodeToString([]byte(s)),
		"escaped for a URL": percent.String(), "escaped for JSON": unicode.String(),
	}
	for shift := range 3 { // how many bytes of three precede it
		encoded := base64.StdEncoding.EncodeToString(slices.Concat(make([]byte, shift), []byte(s)))
		encoded = strings.TrimRight(encoded, "=")
		encoded = encoded[(shift*8+5)/6 : len(encoded)-1] // without characters that neighbors change
		forms[fmt.Sprintf("in base64, shifted by %d", shift)] = encoded
	}
	return forms
}

// find tells in which form a text holds the sentinel, or "".
func (s sentinel) find(text string) string {
	forms := s.forms()
	for _, name := range slices.Sorted(maps.Keys(forms)) {
		if strings.Contains(text, forms[name]) || name == "in hexadecimal" && strings.Contains(text, strings.ToUpper(forms[name])) {
			return name
		}
	}
	return ""
}

func TestSentinelsAreFound(t *testing.T) {
	t.Parallel()
	s := newSentinel()
	for before := range 4 {
		text := strings.Repeat("ä", before) + s.in("token") + "?>~"
		raw := []byte(text)
		for name, encoded := range map[string]string{
			"text": text, "lower": strings.ToLower(text), "hex": hex.EncodeToString(raw), "HEX": strings.ToUpper(hex.EncodeToString(raw)),
			"base64": base64.StdEncoding.EncodeToString(raw), "base64url": base64.RawURLEncoding.EncodeToString(raw[before:]),
		} {
			if s.find("{"+encoded+"}") == "" {
				t.Errorf("%s: not found in %s", name, encoded)
			}
		}
	}
	if found := s.find(newSentinel().in("token")); found != "" {
		t.Errorf("another one is found %s", found)
	}
}

// telltale is an Atlassian that does as the call of a token wants it: answers
// with the sandbox, or fails and repeats all that it was told.
type telltale struct {
	box  http.Handler
	mu   sync.Mutex
	fail map[string]int // status by token; 0 cuts the connection
}

func (a *telltale) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	told, _ := httputil.DumpRequest(r, true)
	a.mu.Lock()
	status, fails := a.fail[token]
	a.mu.Unlock()
	r.Header.Set("Authorization", "Bearer sandbox;user=ada")
	switch {
	case !fails || strings.HasSuffix(r.URL.Path, "/accessible-resources"):
		a.box.ServeHTTP(w, r)
	case status == 0:
		panic(http.ErrAbortHandler)
	default:
		quoted, _ := jsontext.AppendQuote(nil, strings.ToValidUTF8(string(told), ""))
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Retry-After", "3600") // longer than a call has, so that none waits
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `{"errorMessages":[%s],"message":%s}`, quoted, quoted)
	}
}

// leakyWorker is a worker of its own process that shares, audits and is measured.
type leakyWorker struct {
	url, bearer               string
	token, secret, input, who sentinel
	upstream                  *telltale
}

// call runs a tool and returns what was answered.
func (l *leakyWorker) call(t *testing.T, tl *tool.Tool, inputs map[string]jsontext.Value, fails bool, status int) string {
	t.Helper()
	token := l.token.in("token")
	if fails {
		l.upstream.mu.Lock()
		l.upstream.fail[token] = status
		l.upstream.mu.Unlock()
	}
	body, err := json.Marshal(map[string]any{
		"execution_id": l.who.in("execution"), "tool": map[string]string{"toolkit": tl.Toolkit.Name, "name": tl.Name}, "inputs": inputs,
		"context": map[string]any{
			"user_id":       l.who.in("user"),
			"authorization": map[string]any{"token": token, "user_info": map[string]string{"note": l.secret.in("note")}},
			"secrets":       []map[string]string{{"key": "OTHER", "value": l.secret.in("secret")}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	var answer []byte
	client := http.Client{Timeout: time.Minute}
	for range 2 { // as an Engine repeats it
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, l.url+worker.PathInvoke, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+l.bearer)
		res, err := client.Do(r)
		if err != nil {
			t.Error(err)
			return ""
		}
		answer, err = io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil || res.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %s, %v", tl.FullName(), res.StatusCode, answer, err)
		}
	}
	return string(answer)
}

// usualInputs are inputs with which the tool succeeds.
func usualInputs(t *testing.T, tl *tool.Tool) map[string]jsontext.Value {
	t.Helper()
	return tooltest.FirstInputs(t, filepath.Join("../../tools", strings.ToLower(tl.Toolkit.Name), "testdata"), tl)
}

// callAll calls every tool as it is used, with a sentinel in each of its texts
// and with one where it knows no parameter, and lets Atlassian fail in ways.
func (l *leakyWorker) callAll(t *testing.T) (successes int) {
	t.Helper()
	catalog, err := tools.New(tools.Config{})
	if err != nil {
		t.Fatal(err)
	}
	var calls sync.WaitGroup
	var mu sync.Mutex
	atOnce := make(chan struct{}, 8)
	run := func(tl *tool.Tool, inputs map[string]jsontext.Value, fails bool, status int) {
		atOnce <- struct{}{}
		calls.Go(func() {
			defer func() { <-atOnce }()
			answer := l.call(t, tl, inputs, fails, status)
			mu.Lock()
			defer mu.Unlock()
			if strings.Contains(answer, `"success":true`) {
				successes++
			}
		})
	}
	text := func() jsontext.Value { return jsontext.Value(`"` + l.input.in("input") + `"`) }
	with := func(inputs map[string]jsontext.Value, name string) map[string]jsontext.Value {
		inputs = maps.Clone(inputs)
		inputs[name] = text()
		return inputs
	}
	for _, tl := range catalog.Tools() {
		usual := usualInputs(t, tl)
		run(tl, usual, false, 0)
		run(tl, with(usual, "unknown"), false, 0)
		for _, p := range tl.Definition.Input.Parameters {
			if p.ValueSchema.Type == schema.TypeString && p.ValueSchema.Enum == nil {
				run(tl, with(usual, p.Name), false, 0)
			}
		}
	}
	calls.Wait()
	for i, tl := range catalog.Tools() { // what fails for many is not asked any more, so this comes last
		statuses := []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusTooManyRequests, http.StatusInternalServerError, 0}
		inputs := usualInputs(t, tl)
		for _, p := range tl.Definition.Input.Parameters {
			if p.ValueSchema.Type == schema.TypeString && p.ValueSchema.Enum == nil {
				inputs = with(inputs, p.Name)
				break
			}
		}
		run(tl, inputs, true, statuses[i*len(statuses)/len(catalog.Tools())])
	}
	calls.Wait()
	return successes
}

// A worker of its own process with all that tells of its calls, a real Redis
// among it: nothing that Redis is told, in the log, the audit log or the metrics
// holds a token, a secret or an input, as it is or encoded.
func TestNothingLeaksFromTheProcess(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	heard := server.Monitor(t)
	l := &leakyWorker{token: newSentinel(), secret: newSentinel(), input: newSentinel(), who: newSentinel(), upstream: &telltale{box: sandbox.New(sandbox.Options{}), fail: map[string]int{}}}
	atlassian := httptest.NewServer(l.upstream)
	defer atlassian.Close()
	secret := l.secret.in("worker")
	var err error
	if l.bearer, err = worker.NewToken(secret, time.Now(), time.Hour); err != nil {
		t.Fatal(err)
	}

	address, admin, audit := redistest.FreeAddress(t), redistest.FreeAddress(t), filepath.Join(t.TempDir(), "audit")
	l.url = "http://" + address
	_, port, _ := net.SplitHostPort(address)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "atlassian-worker", "serve", "--port", port, "--atlassian-url", atlassian.URL, "--admin-addr", admin,
		"--audit-log", audit, "--log-format", "json", "--lame-duck", "0")
	cmd.Env = append(os.Environ(), "ARCADE_WORKER_SECRET="+secret, "ARCADE_WORKER_SHARED="+server.URL())
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := sync.OnceValue(func() error {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		return cmd.Wait()
	})
	defer func() { _ = ended() }()
	get := func(address string) (int, string) {
		res, err := http.Get(address)
		if err != nil {
			return 0, ""
		}
		defer func() { _ = res.Body.Close() }()
		body, _ := io.ReadAll(res.Body)
		return res.StatusCode, string(body)
	}
	for status := 0; status != http.StatusOK; status, _ = get(l.url + worker.PathHealth) {
		select {
		case <-ctx.Done():
			t.Fatal("the worker does not serve")
		case <-time.After(10 * time.Millisecond):
		}
	}

	if successes := l.callAll(t); successes < 50 {
		t.Errorf("%d calls succeeded", successes)
	}
	_, metrics := get("http://" + admin + "/metrics")
	if err := ended(); err != nil {
		t.Errorf("the worker ended with %v", err)
	}
	audited, err := os.ReadFile(audit)
	if err != nil {
		t.Fatal(err)
	}
	for _, place := range []struct {
		name, text, proof string
		people            bool // may be named
	}{
		{"traffic with Redis", heard(), "atlassian-worker:1:", false},
		{"log", log.String(), `"message":"call`, true},
		{"audit log", string(audited), `"outcome":"success"`, true},
		{"metrics", metrics, "tool_call_requests_total{", false},
	} {
		if !strings.Contains(place.text, place.proof) {
			t.Errorf("the %s has no %s: %.2000s", place.name, place.proof, place.text)
		}
		for what, s := range map[string]sentinel{"token": l.token, "secret": l.secret, "input": l.input, "user or execution": l.who} {
			if form := s.find(place.text); form != "" && (what != "user or execution" || !place.people) {
				t.Errorf("the %s has a %s %s", place.name, what, form)
			}
		}
		for _, whole := range []string{l.bearer, redistest.Password} {
			if strings.Contains(place.text, whole) {
				t.Errorf("the %s has the Engine's token or Redis' password", place.name)
			}
		}
	}
}
