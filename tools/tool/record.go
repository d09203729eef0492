package tool

import (
	"cmp"
	"slices"
)

// Record is what a call did to the service, in terms that hold no content: for
// those who keep track of changes.
type Record struct {
	// Site is the id of the site that the call worked on, empty before one was
	// found.
	Site string
	// Writes are the first 100 requests that change something, in their order.
	Writes []Write
	// Objects are what these requests named in their addresses or bodies and what
	// they made, each once; LeftOut is how many there were beyond the first 500.
	Objects []Object
	LeftOut int
	// Changed says that one was made at least, Unknown that of one at least nobody
	// knows whether it was made.
	Changed, Unknown bool
	// Unverified says that the tool could not read its change back.
	Unverified bool
}

// Write is a request that changes something.
type Write struct {
	Operation string // method and path template
	Outcome   WriteOutcome
}

// WriteOutcome is what became of a request that changes something.
type WriteOutcome string

// The outcomes. A request without an answer is of unknown outcome, and so is one
// under way.
const (
	WriteDone    WriteOutcome = "done"
	WriteNotDone WriteOutcome = "not_done"
	WriteUnknown WriteOutcome = "unknown"
)

// Object is a thing at the service, named by nothing that people wrote. ID or Key
// may be empty.
type Object struct{ Type, ID, Key string }

// same reports whether both name one thing, as far as that shows.
func (o Object) same(other Object) bool {
	return o.Type == other.Type && (o.ID != "" && o.ID == other.ID || o.Key != "" && o.Key == other.Key)
}

// What a Record holds at most.
const (
	maxWrites  = 100
	maxObjects = 500
)

// WorksOn records the id of the site that the call works on.
func (inv *Invocation) WorksOn(site string) {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	inv.record.Site = site
}

// Writing records that a request that changes objects is about to be sent. The
// function that it returns records what became of it. A client calls both for
// every such request: what a call wrote is known from nothing else.
func (inv *Invocation) Writing(operation string, objects ...Object) (ended func(WriteOutcome)) {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	inv.touch(objects)
	inv.openWrites++
	at := len(inv.record.Writes)
	if at < maxWrites {
		inv.record.Writes = append(inv.record.Writes, Write{operation, WriteUnknown})
	}
	return func(o WriteOutcome) {
		inv.mu.Lock()
		defer inv.mu.Unlock()
		if at < maxWrites {
			inv.record.Writes[at].Outcome = o
		}
		if o != WriteUnknown {
			inv.openWrites--
		}
		inv.record.Changed = inv.record.Changed || o == WriteDone
	}
}

// touch adds objects to the record. What is known of one from two sides is put
// together.
func (inv *Invocation) touch(objects []Object) {
	r := &inv.record
	for _, o := range objects {
		if i := slices.IndexFunc(r.Objects, o.same); i >= 0 {
			known := &r.Objects[i]
			known.ID, known.Key = cmp.Or(known.ID, o.ID), cmp.Or(known.Key, o.Key)
			continue
		}
		if len(r.Objects) >= maxObjects {
			r.LeftOut++
			continue
		}
		r.Objects = append(r.Objects, o)
	}
}

// Record is what the call has done so far.
func (inv *Invocation) Record() Record {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	r := inv.record
	r.Writes, r.Objects = slices.Clone(r.Writes), slices.Clone(r.Objects)
	r.Changed = r.Changed || len(inv.changes) > 0
	r.Unknown = inv.openWrites > 0
	return r
}

// readBack is an output that tells whether the tool could read its change back.
type readBack interface{ WasReadBack() bool }

// noteReadBack records what the output says about that.
func (inv *Invocation) noteReadBack(output any) {
	if o, ok := output.(readBack); ok {
		inv.mu.Lock()
		defer inv.mu.Unlock()
		inv.record.Unverified = !o.WasReadBack()
	}
}
