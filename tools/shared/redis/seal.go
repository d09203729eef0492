package redis

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"

	"arcade-atlassian/tools/shared"
)

// prefix stands before every key in Redis. Its number changes with how keys or
// values are made, so that old and new replicas do not meet.
const prefix = "atlassian-worker:1:"

// What a key in Redis is of.
const (
	ofValue  = 'v'
	ofPlaces = 'p'
)

// overhead is how many bytes longer a sealed value is: nonce and tag.
const overhead = 12 + 16

// sealer makes of keys and values what Redis may see.
type sealer struct {
	names []byte
	aead  cipher.AEAD
}

// newSealer derives its keys from the worker's secret (RFC 5869).
func newSealer(secret []byte) (*sealer, error) {
	if len(secret) == 0 {
		return nil, errors.New("a shared store needs the worker's secret: what is kept in it is sealed with it")
	}
	names, err := hkdf.Key(sha256.New, secret, nil, prefix+"names", sha256.Size)
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, secret, nil, prefix+"values", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return &sealer{names, aead}, err
}

// name is the key in Redis of what k names.
func (s *sealer) name(k shared.Key, of byte) string {
	mac := hmac.New(sha256.New, s.names)
	mac.Write([]byte{of})
	mac.Write(k[:])
	return prefix + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// seal encrypts a value for the name it is kept under.
func (s *sealer) seal(name string, value []byte) []byte {
	return s.aead.Seal(nil, nil, value, []byte(name)) //nolint:gosec // this AEAD takes no nonce and makes one at random
}

// open decrypts what seal made for that name, and nothing else.
func (s *sealer) open(name string, sealed []byte) (value []byte, ok bool) {
	value, err := s.aead.Open(nil, nil, sealed, []byte(name))
	return value, err == nil
}
