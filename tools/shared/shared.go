// Package shared is what the replicas of a worker know together: results of
// writes, pauses that a service asked for, places in limits, the sites that
// tokens reach.
package shared

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// Store keeps short-lived facts for all replicas of a worker. No method fails:
// when the others cannot be reached, the answer is right for this process
// alone. All methods are safe for concurrent use.
//
// Values are not copied: who has put one, or was given one, does not change it.
type Store interface {
	// Get returns the value of k, if there is one.
	Get(ctx context.Context, k Key) (value []byte, ok bool)
	// Put keeps a value for a time, in place of what k had.
	Put(ctx context.Context, k Key, value []byte, keep time.Duration)
	// Claim puts the value unless k has one, which it returns then.
	Claim(ctx context.Context, k Key, value []byte, keep time.Duration) (existing []byte, claimed bool)
	// Delete forgets the value of k.
	Delete(ctx context.Context, k Key)
	// Acquire takes one of the limit places of k, if one is free. The place is
	// given back by release, which may be called more than once, or after keep.
	// release is never nil.
	Acquire(ctx context.Context, k Key, limit int, keep time.Duration) (release func(), ok bool)
}

// IsAlone reports whether no other process sees what is put into the store: it
// is a Memory, or nil.
func IsAlone(s Store) bool {
	_, alone := s.(*Memory)
	return alone || s == nil
}

// Key names a fact without telling anything about it.
type Key [sha256.Size]byte

// KeyOf is the key of a fact of some kind, such as "cool-down", about parts,
// such as a site and the hash of a token. No two lists of parts have the same
// key, however their text is divided.
func KeyOf(kind string, parts ...string) Key {
	text := appendPart(nil, kind)
	for _, part := range parts {
		text = appendPart(text, part)
	}
	return sha256.Sum256(text)
}

// appendPart writes a text with its length in front.
func appendPart(text []byte, part string) []byte {
	return append(binary.AppendUvarint(text, uint64(len(part))), part...)
}
