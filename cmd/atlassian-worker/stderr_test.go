package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"arcade-atlassian/tools/freeport"
	"arcade-atlassian/worker"
)

// serveWithStderr starts a worker on the sandbox whose standard error is one end of
// a pipe, and returns its address and the other end.
func serveWithStderr(t *testing.T) (cmd *exec.Cmd, url string, stderr *os.File) {
	t.Helper()
	port, err := freeport.Take()
	if err != nil {
		t.Fatal(err)
	}
	stderr, theirs, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	cmd = exec.CommandContext(ctx, "atlassian-worker", "serve", "--sandbox", "--no-auth", "--lame-duck", "0", "--port", port)
	cmd.Stderr = theirs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
		_ = stderr.Close()
	})
	if err := theirs.Close(); err != nil {
		t.Fatal(err)
	}
	url = "http://127.0.0.1:" + port
	if err := untilServing(ctx, url+worker.PathHealth); err != nil {
		t.Fatal(err)
	}
	return cmd, url, stderr
}

// callOften makes so many calls, eight at a time. All must succeed.
func callOften(t *testing.T, url string, calls int) {
	t.Helper()
	const body = `{"tool":{"toolkit":"Jira","name":"WhoAmI"},"context":{"authorization":{"token":"sandbox"}}}`
	const at = 8
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: at}, Timeout: 30 * time.Second}
	defer client.CloseIdleConnections()
	var all sync.WaitGroup
	for range at {
		all.Go(func() {
			for range calls / at {
				res, err := client.Post(url+worker.PathInvoke, "application/json", strings.NewReader(body))
				if err != nil {
					t.Error(err)
					return
				}
				answer, err := io.ReadAll(res.Body)
				_ = res.Body.Close()
				if err != nil || !strings.Contains(string(answer), `"success":true`) {
					t.Errorf("got %d %s, %v", res.StatusCode, answer, err)
					return
				}
			}
		})
	}
	all.Wait()
}

// end stops the worker, which has to end well.
func end(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
}

// A pipe that nobody reads holds up no call. When it is read again, the log says
// how many lines are missing.
func TestStandardErrorThatIsNotRead(t *testing.T) {
	t.Parallel()
	const calls = 5000 // more than what is kept
	cmd, url, stderr := serveWithStderr(t)
	callOften(t, url, calls)

	type count struct{ calls, dropped int }
	counted := make(chan count, 1)
	go func() {
		var c count
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			var line struct {
				Message string `json:"message"`
				Dropped int    `json:"dropped"`
			}
			if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
				t.Errorf("not a line: %s", lines.Text())
			}
			c.dropped += line.Dropped
			if line.Message == "call" {
				c.calls++
			}
		}
		counted <- c
	}()
	end(t, cmd)
	c := <-counted
	if c.dropped == 0 || c.calls == calls || c.calls+c.dropped < calls {
		t.Errorf("of %d calls %d have a line, and %d lines were dropped", calls, c.calls, c.dropped)
	}
}

// A reader that goes away neither ends the worker nor fails a call.
func TestStandardErrorWhoseReaderIsGone(t *testing.T) {
	t.Parallel()
	cmd, url, stderr := serveWithStderr(t)
	if err := stderr.Close(); err != nil {
		t.Fatal(err)
	}
	callOften(t, url, 2000)
	end(t, cmd)
}

// What is written at the end is written, and a pipe that nobody reads does not hold
// up the end.
func TestStandardErrorAtTheEnd(t *testing.T) {
	t.Parallel()
	cmd, _, stderr := serveWithStderr(t)
	end(t, cmd)
	all, err := io.ReadAll(stderr)
	if err != nil || !strings.Contains(string(all), "stopping: waiting for calls under way") {
		t.Errorf("logged %s, %v", all, err)
	}

	cmd, url, _ := serveWithStderr(t)
	callOften(t, url, 400)
	end(t, cmd)
}
