// Package freeport finds ports for the servers of tests that run as programs of
// their own, which cannot be handed a listener.
package freeport

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

// From this range Linux, macOS and Windows take no port for a connection, nor for a
// server that listens on port 0. A port that was found free there stays so until the
// program listens on it; one that the system had chosen may be chosen again.
const (
	first = 20_000
	count = 12_000
)

var (
	mu   sync.Mutex
	last = rand.IntN(count) // so that processes that run at the same time hardly meet
)

// Take returns a port of 127.0.0.1 where nothing listens. This process gets it once
// only.
func Take() (port string, err error) {
	mu.Lock()
	defer mu.Unlock()
	for range count {
		last = (last + 1) % count
		port := strconv.Itoa(first + last)
		ln, err := new(net.ListenConfig).Listen(context.Background(), "tcp", net.JoinHostPort("127.0.0.1", port))
		if err == nil {
			return port, ln.Close()
		}
	}
	return "", errors.New("no port is free")
}
