package redis_test

import (
	"net"
	"sync"
	"testing"

	"github.com/rs/zerolog"

	"arcade-atlassian/tools/shared"
	"arcade-atlassian/tools/shared/redis"
	"arcade-atlassian/tools/shared/redis/redistest"
)

// open opens a Store as a replica of its own.
func open(t *testing.T, s *redistest.Server, secret string, log zerolog.Logger) *redis.Store {
	t.Helper()
	store, err := redis.Open(t.Context(), s.URL(), []byte(secret), log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	store.BePatient()
	redistest.Eventually(t, "Redis answers", func() bool {
		store.Get(t.Context(), shared.KeyOf("none"))
		return store.Reachable()
	})
	return store
}

// impostor listens in place of Redis and serves each connection as it is told. It
// returns its URL.
func impostor(t *testing.T, serve func(net.Conn)) (url string) {
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() {
		_ = ln.Close()
		wg.Wait()
	})
	wg.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer func() { _ = c.Close() }()
				serve(c)
			})
		}
	})
	return "redis://:" + redistest.Password + "@" + ln.Addr().String()
}
