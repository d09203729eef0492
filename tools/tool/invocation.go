package tool

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/go-json-experiment/json/jsontext"
)

// Invocation is one call of a tool, stripped of transport. It belongs to the
// call: a handler must not keep it. Its methods are safe for concurrent use.
type Invocation struct {
	// Token is the user's OAuth token; the zero Token when the Engine sent
	// none, as for toolkits without a provider.
	Token Token
	// UserID is Arcade's name for the user, for nothing but logs upstream of us.
	UserID string
	// Inputs is a JSON object; empty means {}.
	Inputs jsontext.Value
	// Secrets and Metadata are what the Engine sent along, by key.
	Secrets  map[string]Secret
	Metadata map[string]string
	// Upstream counts the requests that the call has cost so far.
	Upstream Upstream
	// Late, when set, is called with the outcome of a handler that ends after
	// Run has returned because the time was up: what Run would have returned.
	Late func(jsontext.Value, error)

	spec       Spec // of the tool that Run runs
	overdue    bool
	coerced    atomic.Int64
	mu         sync.Mutex
	changes    []string
	record     Record
	openWrites int  // of which it is not known whether they were made
	limited    bool // by the operator's boundaries
	leftOut    int
}

// Overdue reports, once Run has returned, whether the handler still ran.
func (inv *Invocation) Overdue() bool { return inv.overdue }

// Secret returns the secret with the key, if the tool's Spec names it and the
// Engine sent it. The case of keys does not matter (protocol §4.1).
func (inv *Invocation) Secret(key string) (Secret, bool) {
	return lookUp(inv.Secrets, key, inv.spec.Secrets)
}

// MetadataValue returns the metadata item with the key, if the tool's Spec
// names it and the Engine sent it. The case of keys does not matter (protocol
// §4.1).
func (inv *Invocation) MetadataValue(key string) (string, bool) {
	return lookUp(inv.Metadata, key, inv.spec.Metadata)
}

func lookUp[V any](items map[string]V, key string, declared []string) (value V, ok bool) {
	if !slices.ContainsFunc(declared, func(d string) bool { return strings.EqualFold(d, key) }) {
		return value, false
	}
	if value, ok = items[key]; ok {
		return value, true
	}
	for k, v := range items {
		if strings.EqualFold(k, key) {
			return v, true
		}
	}
	return value, false
}

// Coerced is how many of the inputs came in another JSON type than the declared
// one and were converted, once Run has read them.
func (inv *Invocation) Coerced() int { return int(inv.coerced.Load()) }

// maxChanges and maxChange bound what an error tells of the changes before it,
// in number and in bytes of each.
const (
	maxChanges = 50
	maxChange  = 200
)

// Changed records that the call has changed something at the service, in words
// that an error can go on with: "issue PLAT-12 was created". From then on a
// failure of the call is never retryable and says what was changed (see
// Tool.Run).
//
// The client records every successful write by the name of its operation. A
// handler that knows more, such as the key of what was made, adds it, and names
// the objects for the call's Record, which takes no words.
func (inv *Invocation) Changed(what string, objects ...Object) {
	if len(what) > maxChange {
		what = strings.ToValidUTF8(what[:maxChange], "") + "…"
	}
	inv.mu.Lock()
	defer inv.mu.Unlock()
	inv.touch(objects)
	if len(inv.changes) < maxChanges && !slices.Contains(inv.changes, what) {
		inv.changes = append(inv.changes, what)
	}
}

// LeftOut records that the operator's boundaries limit what the output tells,
// and how many things were taken out of it; 0 is a number that nobody knows. The
// output then says so (see Tool.Run).
func (inv *Invocation) LeftOut(n int) {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	inv.limited, inv.leftOut = true, inv.leftOut+n
}

// limits says what LeftOut recorded, or "".
func (inv *Invocation) limits() string {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	switch {
	case !inv.limited:
		return ""
	case inv.leftOut == 0:
		return "The operator of these tools limits them to some sites, projects or spaces. What lies outside is not shown and not counted."
	}
	return fmt.Sprintf("The operator of these tools limits them to some sites, projects or spaces. What lies outside is not shown and not counted: %d left out here.", inv.leftOut)
}

// Changes lists what Changed recorded, in order, each text once: at most 50, of
// at most about 200 bytes.
func (inv *Invocation) Changes() []string {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	return slices.Clone(inv.changes)
}

// Upstream is what a call cost the service behind the tool. Safe for concurrent
// use.
type Upstream struct {
	mu             sync.Mutex
	calls, retries int
	operations     []string
}

// maxOperations is how many operations are remembered by name.
const maxOperations = 100

// Called records one request of an operation, such as "GET /things/{id}"; retry
// says that it repeats an earlier one.
func (u *Upstream) Called(operation string, retry bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.calls++
	if retry {
		u.retries++
	}
	if len(u.operations) < maxOperations {
		u.operations = append(u.operations, operation)
	}
}

// Operations are those of the first 100 requests, in their order.
func (u *Upstream) Operations() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Clone(u.operations)
}

// Calls is the number of requests sent, retries included.
func (u *Upstream) Calls() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.calls
}

// Retries is the number of requests that repeated an earlier one.
func (u *Upstream) Retries() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.retries
}
