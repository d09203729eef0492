package freeport_test

import (
	"net"
	"testing"

	"arcade-atlassian/tools/freeport"
)

// A port is given once, nothing listens on it, and a system as it comes gives it to
// nobody.
func TestTake(t *testing.T) {
	t.Parallel()
	taken := map[string]bool{}
	for range 100 {
		port, err := freeport.Take()
		if err != nil {
			t.Fatal(err)
		}
		if taken[port] || port < "20000" || port >= "32768" { // all have five digits
			t.Errorf("port %s, taken before %t", port, taken[port])
		}
		taken[port] = true
		ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:"+port)
		if err != nil {
			t.Error(err)
			continue
		}
		defer func() { _ = ln.Close() }()
	}
}
