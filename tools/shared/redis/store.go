// Package redis lets the replicas of a worker share what they know through Redis
// or Valkey. Nothing reaches the server in clear, and no call fails because the
// server does.
package redis

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"
	"github.com/rs/zerolog"

	"arcade-atlassian/tools/shared"
)

const (
	// openTimeout bounds what a server that hangs may cost a start.
	openTimeout = 3 * time.Second
	dialTimeout = time.Second // beside the calls, which wait no longer than askTimeout
	// askTimeout bounds what one question may cost a call, and claimTimeout what a
	// claim may: a replica that goes on alone with one may do what another has done.
	askTimeout   = 250 * time.Millisecond
	claimTimeout = time.Second
	// connections bounds those of one process.
	connections = 32
	idleTimeout = 5 * time.Minute
	// maxValue bounds a value in bytes. Larger ones stay in the process.
	maxValue = 1 << 20
)

// Store is a shared.Store in Redis. What this process has put it also keeps in
// memory, for the time when Redis is gone or has lost it.
type Store struct {
	client  *redis.Client
	own     *shared.Memory // of ownValues
	sealer  *sealer
	breaker breaker
	wait    time.Duration // askTimeout, but in tests
	opened  time.Time
	log     zerolog.Logger
	// unanswered counts the questions that this process answered alone.
	unanswered atomic.Int64
	owed       debts
}

// Open prepares a Store at a URL such as rediss://user:password@host:6379/0,
// redis:// without TLS. All replicas that are to share are given the same
// secret. A server that cannot be reached is logged, and used once it answers;
// the error is that the URL makes no sense or that the server refuses its user
// or password. Neither error nor log holds the URL.
func Open(ctx context.Context, rawURL string, secret []byte, log zerolog.Logger) (*Store, error) {
	o, err := options(rawURL)
	if err != nil {
		return nil, err
	}
	sealer, err := newSealer(secret)
	if err != nil {
		return nil, err
	}
	silence()
	s := &Store{client: redis.NewClient(o), own: shared.NewMemory(0), sealer: sealer, wait: askTimeout, opened: time.Now(), log: log}
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	err = s.client.Ping(ctx).Err()
	if code := replyCode(err); code == "WRONGPASS" || code == "NOAUTH" || code == "NOPERM" || code == "ERR" && !redis.IsMaxClientsError(err) {
		return nil, errors.Join(fmt.Errorf("the shared store refuses its user, password or database (%s)", code), s.Close())
	}
	s.learn(err, false)
	return s, nil
}

// silence stops the library's own lines on stderr, which hold what servers say;
// what matters is logged here. The library has one switch for a process.
var silence = sync.OnceFunc(logging.Disable)

// Close closes the connections.
func (s *Store) Close() error { return s.client.Close() }

// Reachable reports whether Redis answered when it was last asked.
func (s *Store) Reachable() bool { return !s.breaker.isOpen() }

func options(rawURL string) (*redis.Options, error) {
	u, err := url.Parse(rawURL)
	if err != nil || u.Scheme != "redis" && u.Scheme != "rediss" || u.Hostname() == "" {
		return nil, errors.New("the shared store's URL must look like rediss://user:password@host:6379/0, or redis:// without TLS")
	}
	o, err := redis.ParseURL(rawURL)
	if err != nil { // whose text may quote the URL
		return nil, errors.New("the shared store's URL has a database, port or option that Redis does not know")
	}
	o.DialTimeout, o.ContextTimeoutEnabled = dialTimeout, true
	o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = time.Minute, time.Minute, time.Minute // ask's context ends sooner
	o.MaxRetries = -1                                                                    // none: the process goes on alone at once
	o.PoolSize, o.MaxActiveConns, o.MinIdleConns, o.ConnMaxIdleTime = connections, connections, 0, idleTimeout
	o.Protocol = 2 // Redis 5 and every Valkey know it
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return o, nil
}

// Get returns the value of k, if there is one.
func (s *Store) Get(ctx context.Context, k shared.Key) (value []byte, ok bool) {
	own, has := s.recall(ctx, k)
	if has && own.state != sent {
		return own.value, true
	}
	if s.ask(ctx, func(ctx context.Context) (err error) {
		value, ok, err = s.fetch(ctx, k)
		return err
	}) {
		return value, ok
	}
	return own.value, has
}

// Put keeps a value for a time.
func (s *Store) Put(ctx context.Context, k shared.Key, value []byte, keep time.Duration) {
	v := ownValue{value: value, until: time.Now().Add(keep)}
	if s.send(ctx, k, value, keep) {
		v.state = sent
	}
	s.remember(ctx, k, v)
}

// Claim puts the value unless k has one, which it returns then. What this
// process has put counts first: Redis may have lost it.
func (s *Store) Claim(ctx context.Context, k shared.Key, value []byte, keep time.Duration) (existing []byte, won bool) {
	claim := ownValue{value: value, until: time.Now().Add(keep), state: claimed}
	if kept, ok := s.own.Claim(ctx, k, s.encodeOwn(claim), keep); !ok {
		if own, ok := s.recall(ctx, k); ok {
			return own.value, false
		}
		return s.decodeOwn(kept).value, false
	}
	answered := s.askFor(ctx, max(claimTimeout, s.wait), func(ctx context.Context) (err error) {
		existing, won, err = s.claim(ctx, k, value, keep)
		return err
	})
	switch {
	case !answered:
		return nil, true
	case won:
		claim.state = sent
		s.remember(ctx, k, claim)
		return nil, true
	}
	s.own.Delete(ctx, k)
	return existing, false
}

// Delete forgets the value of k.
func (s *Store) Delete(ctx context.Context, k shared.Key) {
	s.own.Delete(ctx, k)
	s.ask(ctx, func(ctx context.Context) error { return s.client.Del(ctx, s.sealer.name(k, ofValue)).Err() })
}

// Acquire takes one of the limit places of k, if one is free. The place is also
// taken in the process, so that the limit holds there when Redis goes away.
func (s *Store) Acquire(ctx context.Context, k shared.Key, limit int, keep time.Duration) (release func(), ok bool) {
	releaseOwn, ok := s.own.Acquire(ctx, k, limit, keep)
	if !ok {
		return releaseOwn, false
	}
	name, place := s.sealer.name(k, ofPlaces), rand.Text()
	var free bool
	if !s.ask(ctx, func(ctx context.Context) (err error) {
		free, err = s.acquire(ctx, name, limit, keep, place)
		return err
	}) {
		s.owed.add(debt{name, place, time.Now().Add(keep)}) // it may have been taken all the same
		return releaseOwn, true
	}
	if !free {
		releaseOwn()
		return func() {}, false
	}
	until := time.Now().Add(keep)
	return sync.OnceFunc(func() {
		releaseOwn()
		if !s.ask(ctx, func(ctx context.Context) error { return s.client.ZRem(ctx, name, place).Err() }) {
			s.owed.add(debt{name, place, until})
		}
	}), true
}

func (s *Store) acquire(ctx context.Context, name string, limit int, keep time.Duration, place string) (free bool, err error) {
	return acquireScript.Run(ctx, s.client, []string{name}, limit, max(keep.Milliseconds(), 1), place).Bool()
}

// acquireScript takes a place in a sorted set of places by the time when they
// expire. The time is Redis's, because clocks of replicas differ. A place that
// would be kept for longer than this one is from before that clock was put back.
var acquireScript = redis.NewScript(`
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '(' .. now + ARGV[2], '+inf')
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then
	return 0
end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[3])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then
	redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 1
`)

// claim sets the value unless there is one. One that nobody with our secret has
// put counts as none.
func (s *Store) claim(ctx context.Context, k shared.Key, value []byte, keep time.Duration) (existing []byte, claimed bool, err error) {
	if len(value) > maxValue {
		return nil, true, nil
	}
	name := s.sealer.name(k, ofValue)
	sealed := s.sealer.seal(name, value)
	claimed, err = s.client.SetNX(ctx, name, sealed, atLeastOne(keep)).Result()
	if err != nil || claimed {
		return nil, claimed, err
	}
	existing, found, err := s.fetch(ctx, k)
	if err != nil || found {
		return existing, false, err
	}
	return nil, true, s.client.Set(ctx, name, sealed, atLeastOne(keep)).Err()
}

// fetch gets a value. It asks for no more bytes than we would have put.
func (s *Store) fetch(ctx context.Context, k shared.Key) (value []byte, found bool, err error) {
	name := s.sealer.name(k, ofValue)
	sealed, err := s.client.GetRange(ctx, name, 0, maxValue+overhead).Bytes()
	if replyCode(err) == wrongType {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	value, found = s.sealer.open(name, sealed)
	return value, found, nil
}

// send sets a value in Redis and reports whether it is there.
func (s *Store) send(ctx context.Context, k shared.Key, value []byte, keep time.Duration) bool {
	if len(value) > maxValue {
		return false
	}
	name := s.sealer.name(k, ofValue)
	return s.ask(ctx, func(ctx context.Context) error {
		return s.client.Set(ctx, name, s.sealer.seal(name, value), atLeastOne(keep)).Err()
	})
}

func atLeastOne(keep time.Duration) time.Duration { return max(keep, time.Millisecond) }

// ownValue is what this process has put.
type ownValue struct {
	value []byte
	until time.Time
	state byte
}

// What Redis knows of an ownValue.
const (
	unsent  = iota
	claimed // here: whether Redis allows it is being asked, or could not be
	sent
)

// encodeOwn writes an ownValue for the Memory. Its end is counted from the opening,
// so that the system's clock may be set meanwhile.
func (s *Store) encodeOwn(v ownValue) []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 9+len(v.value)), uint64(v.until.Sub(s.opened))) //nolint:gosec // decodeOwn takes it back
	return append(append(b, v.state), v.value...)
}

func (s *Store) decodeOwn(b []byte) ownValue {
	return ownValue{value: b[9:], until: s.opened.Add(time.Duration(binary.BigEndian.Uint64(b))), state: b[8]} //nolint:gosec // encodeOwn wrote it
}

func (s *Store) remember(ctx context.Context, k shared.Key, v ownValue) {
	s.own.Put(ctx, k, s.encodeOwn(v), time.Until(v.until))
}

// recall returns what this process has put, and sends it to Redis if it is not
// there yet.
func (s *Store) recall(ctx context.Context, k shared.Key) (v ownValue, ok bool) {
	b, ok := s.own.Get(ctx, k)
	if !ok {
		return v, false
	}
	v = s.decodeOwn(b)
	if v.state == unsent && s.send(ctx, k, v.value, time.Until(v.until)) {
		now := v
		now.state = sent
		s.remember(ctx, k, now)
	}
	return v, true
}

// ask puts a question to Redis, unless it lately gave no answer. It reports
// whether there is one.
func (s *Store) ask(ctx context.Context, question func(context.Context) error) (answered bool) {
	return s.askFor(ctx, s.wait, question)
}

// askFor is ask for an answer that is awaited for another time.
func (s *Store) askFor(ctx context.Context, wait time.Duration, question func(context.Context) error) (answered bool) {
	may, trial := s.breaker.allows(time.Now())
	if !may {
		s.unanswered.Add(1)
		return false
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), wait) // a caller that goes away is no failure of Redis
	defer cancel()
	err := errors.New("no reply that the client library can read")
	defer func() {
		_ = recover() // the library panics on some replies, such as one of an impossible length
		if answered = err == nil; !answered {
			s.unanswered.Add(1)
		}
		if replyCode(err) == wrongType {
			err = nil
		}
		s.learn(err, trial)
	}()
	err = s.putQuestion(ctx, trial, question)
	return false // set above
}

// putQuestion does first what has to be done before a question.
func (s *Store) putQuestion(ctx context.Context, trial bool, question func(context.Context) error) error {
	if trial {
		if err := s.probe(ctx); err != nil {
			return err
		}
	}
	if err := s.giveBack(ctx); err != nil {
		return err
	}
	return question(ctx)
}

// probe tries whether Redis takes values and gives places, in time: one that is
// full or a replica answers other questions.
func (s *Store) probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.wait)
	defer cancel()
	const anyNumber = 1 << 20
	err := s.client.Set(ctx, s.sealer.name(shared.KeyOf("probe"), ofValue), "", time.Millisecond).Err()
	if err != nil {
		return err
	}
	_, err = s.acquire(ctx, s.sealer.name(shared.KeyOf("probe"), ofPlaces), anyNumber, time.Millisecond, rand.Text())
	return err
}

// giveBack frees the places in Redis that could not be given back before.
func (s *Store) giveBack(ctx context.Context) error {
	owed := s.owed.take()
	if len(owed) == 0 {
		return nil
	}
	_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, d := range owed {
			p.ZRem(ctx, d.name, d.place)
		}
		return nil
	})
	if replyCode(err) == wrongType {
		return nil
	}
	if err != nil {
		s.owed.add(owed...)
	}
	return err
}

// wrongType is the reply when somebody else has put something under our key. It
// is no failure of Redis.
const wrongType = "WRONGTYPE"

// learn takes note of how a question ended.
func (s *Store) learn(err error, trial bool) {
	switch {
	case err != nil && s.breaker.failed(time.Now(), trial):
		s.log.Warn().Str("reason", reason(err)).Msg("the shared store does not answer: going on for this process alone")
	case err == nil && s.breaker.succeeded(time.Now(), trial):
		s.log.Info().Msg("the shared store answers again")
	}
}

// replyCode is the first word of an error that Redis itself replied, such as
// LOADING, and empty for all other errors.
func replyCode(err error) string {
	reply, ok := errors.AsType[redis.Error](err)
	if !ok || errors.Is(err, redis.Nil) {
		return ""
	}
	code, _, _ := strings.Cut(reply.Error(), " ")
	if len(code) > 20 || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return "unreadable"
	}
	return code
}

// reason tells why there is no answer, without anything that Redis or the URL
// says.
func reason(err error) string {
	var timeout net.Error
	var certificate *tls.CertificateVerificationError
	switch code := replyCode(err); {
	case code != "":
		return "reply " + code
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	case errors.As(err, &certificate):
		return "certificate"
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Op + " failed"
	}
	return fmt.Sprintf("%T", err)
}
