package redis_test

import (
	"testing"
	"time"

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
	eventually(t, "Redis answers", func() bool {
		store.Get(t.Context(), shared.KeyOf("none"))
		return store.Reachable()
	})
	return store
}

// eventually waits for something that takes a moment.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !done() {
		if time.Now().After(deadline) {
			t.Fatalf("not within a minute: %s", what)
		}
		<-time.After(5 * time.Millisecond)
	}
}
