package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	readers = 24
	writers = 12
)

// faults lets everything fail at once and judges every answer.
func faults(l *lab, r *report) error {
	g, err := newGateway()
	if err != nil {
		return err
	}
	defer g.close()
	truth, err := l.truth(g)
	if err != nil {
		return err
	}
	p, err := l.start(launch{upstream: g.url()})
	if err != nil {
		return err
	}
	defer p.stop()
	s := &storm{
		lab: l, gateway: g, process: p, engine: l.newEngine(p, true), truth: truth,
		tally: newTally(), wrong: map[string]int{}, invented: map[string]int{}, resultMemory: true,
	}
	for i := range writers {
		d, err := newDesk(g, i)
		if err != nil {
			return err
		}
		s.desks = append(s.desks, d)
	}

	s.work(l.during / 15) // fills the caches
	s.calls.Store(0)
	g.requests.Store(0)
	s.work(l.during / 10)
	if broken := s.tally.others("success"); broken > 0 {
		return fmt.Errorf("without faults: %s", s.tally)
	}
	calmCalls, calmRequests := s.calls.Load(), g.requests.Load()
	before, lookErr := p.look()
	rss, threads := p.rss(), p.status("Threads")

	s.tally = newTally()
	g.set(weather(l.during))
	s.work(l.during)
	g.set(nil)
	calls, requests := s.calls.Load()-calmCalls, g.requests.Load()-calmRequests

	s.engine.close()
	time.Sleep(3 * time.Second) // for connections to end
	s.report(r)
	perCall, calmPerCall := float64(requests)/float64(calls), float64(calmRequests)/float64(calmCalls)
	r.must("requests per call, to those without faults", fmt.Sprintf("%.2f to %.2f: %.2f times", perCall, calmPerCall, perCall/calmPerCall), "", "at most 2 times", perCall <= 2*calmPerCall)
	if lookErr != nil {
		r.note("threads before and after", fmt.Sprintf("%d, %d", threads, p.status("Threads")), "")
		r.note("goroutines and heap", lookErr.Error(), "")
	} else {
		now, err := p.look()
		if err != nil {
			return err
		}
		r.must("goroutines before and after", fmt.Sprintf("%d, %d", before.goroutines, now.goroutines), "", "not 50 more", now.goroutines < before.goroutines+50)
		r.must("heap before and after", fmt.Sprintf("%s, %s", mebibytes(before.heap), mebibytes(now.heap)), "", "not 32 MiB more", now.heap < before.heap+32<<20)
	}
	r.note("resident before and after", fmt.Sprintf("%s, %s", mebibytes(rss), mebibytes(p.rss())), "")
	r.must("the worker afterwards", fmt.Sprintf("healthy: %v", p.healthy()), "", "healthy", p.healthy())
	return nil
}

// weather lets some of all faults act each second, so that all had their time
// in the end. Every sixth second is fair, and in every seventh all sites answer 503.
func weather(during time.Duration) func(*http.Request) *fault {
	const (
		atATime = 4
		share   = 0.35 // of the requests
	)
	all, begin := everyFault(), time.Now()
	outage := says("outage", 503, htmlType, page)
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return func(*http.Request) *fault {
		second := int(time.Since(begin) / time.Second)
		switch {
		case second%6 == 5:
			return nil
		case second%7 == 6 && during > 7*time.Second:
			return outage
		case rand.Float64() > share:
			return nil
		}
		return all[(second*atATime+rand.IntN(atATime))%len(all)]
	}
}

// storm is many users at work.
type storm struct {
	lab     *lab
	gateway *gateway
	process *process
	engine  *engine
	truth   []question
	desks   []*desk
	// resultMemory says that a repeated execution id does not repeat a write.
	resultMemory bool

	tally         *tally
	calls         atomic.Int64
	faulty        atomic.Int64 // answers that no caller should get: 5xx and lost connections
	duplicates    atomic.Int64 // of one call
	repeated      atomic.Int64 // by a repeated execution id
	repetitions   atomic.Int64
	differing     atomic.Int64 // answers to a repeated execution id
	missing       atomic.Int64 // writes reported as done that are not there
	denied        atomic.Int64 // writes reported as not done that are there
	mu            sync.Mutex
	wrong         map[string]int // reads, by tool
	invented      map[string]int // failures that are no one's but the worker's, by kind and tool
	examples      []string
	markers       atomic.Int64
	writesDone    atomic.Int64
	writesUnknown atomic.Int64
}

// work lets readers and writers act for a while.
func (s *storm) work(during time.Duration) {
	repeatedly(readers+writers, during, func(caller, turn int) {
		if caller < readers {
			s.read(caller, turn)
		} else {
			s.write(s.desks[caller-readers], turn)
		}
	})
}

// do makes a call and counts it.
func (s *storm) do(ctx context.Context, c call) outcome {
	s.calls.Add(1)
	o := s.engine.do(ctx, c)
	if ctx.Err() != nil {
		return o // the caller left; there is no answer to judge
	}
	s.tally.add(o)
	if o.err != nil || o.status != http.StatusOK && !o.refused() {
		s.faulty.Add(1)
		s.example("%s: %s", c.tool, o.name())
	}
	time.Sleep(min(o.waits(), 200*time.Millisecond)) // shorter than asked: the run is too
	return o
}

func (s *storm) example(format string, values ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.examples) < 12 {
		s.examples = append(s.examples, fmt.Sprintf(format, values...))
	}
}

// question is a read whose right answer is known.
type question struct {
	call call
	want any
}

// truth asks a worker without faults. Answers that are not the same twice cannot
// be compared and are left out.
func (l *lab) truth(g *gateway) ([]question, error) {
	p, err := l.start(launch{upstream: g.url()})
	if err != nil {
		return nil, err
	}
	defer p.stop()
	e := l.newEngine(p, true)
	calls, err := l.reads()
	if err != nil {
		return nil, err
	}
	var known []question
	for _, c := range calls {
		first, second := e.do(context.Background(), c), e.do(context.Background(), c)
		if !first.Success || !second.Success {
			continue
		}
		a, b := decoded(first.Output.Value), decoded(second.Output.Value)
		if reflect.DeepEqual(a, b) {
			known = append(known, question{c, a})
		}
	}
	if len(known) < 40 {
		return nil, fmt.Errorf("only %d of %d reads have an answer to compare with", len(known), len(calls))
	}
	return known, nil
}

func decoded(raw json.RawMessage) (v any) {
	if err := json.Unmarshal(raw, &v); err != nil {
		return err
	}
	return v
}

// read asks something on one site that nobody changes.
func (s *storm) read(reader, turn int) {
	q := s.truth[(reader*7+turn)%len(s.truth)]
	c := q.call
	c.user = fmt.Sprintf("%s;latency=%dus", c.user, reader+1) // a token of its own
	o := s.do(context.Background(), c)
	switch {
	case o.Success:
		if got := decoded(o.Output.Value); !reflect.DeepEqual(got, q.want) {
			s.mu.Lock()
			s.wrong[c.tool]++
			s.mu.Unlock()
			s.example("%s %v answered %.300s", c.tool, c.inputs, o.Output.Value)
		}
	case o.err == nil && o.status == http.StatusOK && o.Output.Error != nil && !blamesUpstream(o.Output.Error.Kind):
		s.mu.Lock()
		s.invented[o.Output.Error.Kind+" of "+c.tool]++
		s.mu.Unlock()
		s.example("%s %v failed with %.300s", c.tool, c.inputs, o.Output.Error.Message)
	}
}

// blamesUpstream reports whether a failure says that the service or the way to
// it failed. Anything else blames the caller, who asked something answerable.
func blamesUpstream(kind string) bool {
	return slices.Contains([]string{
		"UPSTREAM_RUNTIME_SERVER_ERROR", "UPSTREAM_RUNTIME_RATE_LIMIT", "NETWORK_TRANSPORT_RUNTIME_TIMEOUT",
		"NETWORK_TRANSPORT_RUNTIME_UNREACHABLE", "NETWORK_TRANSPORT_RUNTIME_UNMAPPED", "UPSTREAM_RUNTIME_UNMAPPED",
	}, kind)
}

// write makes one change with a marker, repeats it as an Engine might, and
// looks what came of it.
func (s *storm) write(d *desk, turn int) {
	mark := fmt.Sprintf("chaosmark%dx", s.markers.Add(1))
	w := changes[turn%len(changes)]
	c := call{tool: w.tool, inputs: w.inputs(d, mark), user: d.user, execution: newExecution()}

	ctx := context.Background()
	if w.adds && rand.IntN(20) == 0 { // the caller leaves, and comes back for the answer
		hasty, cancel := context.WithTimeout(ctx, 5*time.Millisecond)
		s.do(hasty, c)
		cancel()
		s.repeat(d, w, c, mark, nil)
		return
	}
	o := s.do(ctx, c)
	s.judge(d, w, o, mark)
	switch {
	case o.err != nil || o.status != http.StatusOK:
		s.repeat(d, w, c, mark, nil)
	case o.Success && rand.IntN(8) == 0: // the answer was lost on its way
		s.repeat(d, w, c, mark, &o)
	case !o.Success && rand.IntN(3) == 0:
		s.repeat(d, w, c, mark, nil)
	}
}

// judge compares what one attempt said with what the sandbox did.
func (s *storm) judge(d *desk, w change, o outcome, mark string) {
	n := s.gateway.changed(mark)
	if n > 1 {
		s.duplicates.Add(1)
		s.example("%s made %d changes in one call", w.tool, n)
	}
	switch {
	case o.err != nil || o.status != http.StatusOK:
	case o.Success:
		s.writesDone.Add(1)
		if n == 0 || !w.there(s.gateway, d, mark, o.Output.Value) {
			s.missing.Add(1)
			s.example("%s says %.200s, and it is not there", w.tool, o.Output.Value)
		}
	case o.Output.Error != nil && o.Output.Error.CanRetry && n > 0:
		s.denied.Add(1)
		s.example("%s may be repeated, it says, though it was done: %s", w.tool, o.Output.Error.Message)
	case o.Output.Error != nil && !o.Output.Error.CanRetry:
		s.writesUnknown.Add(1)
	}
}

// repeat does what an Engine does that got no answer, twice at once.
func (s *storm) repeat(d *desk, w change, c call, mark string, first *outcome) {
	before := s.gateway.changed(mark)
	again := make([]outcome, 2)
	together(len(again), func(i int) {
		s.repetitions.Add(1)
		again[i] = s.do(context.Background(), c)
	})
	if n := s.gateway.changed(mark); n > 1 && n > before {
		s.repeated.Add(1)
		s.example("%s with a repeated execution id made %d changes", w.tool, n)
	}
	for _, o := range again {
		if o.err != nil || o.status != http.StatusOK {
			continue
		}
		if o.Success && (s.gateway.changed(mark) == 0 || !w.there(s.gateway, d, mark, o.Output.Value)) {
			s.missing.Add(1)
			s.example("repeated %s says %.200s, and it is not there", w.tool, o.Output.Value)
		}
		if first != nil && (!o.Success || !reflect.DeepEqual(decoded(first.Output.Value), decoded(o.Output.Value))) {
			s.differing.Add(1)
			s.example("%s answered %.200s and then %.200s (%s)", w.tool, first.Output.Value, o.Output.Value, o.name())
		}
	}
}

func (s *storm) report(r *report) {
	r.note("calls", fmt.Sprintf("%d, of it %d repetitions of the Engine", s.tally.total(), s.repetitions.Load()), "")
	r.must("successes", fmt.Sprint(s.tally.of("success")), "", "a tenth at least", s.tally.of("success")*10 >= s.tally.total())
	for _, name := range byCount(s.tally.n) {
		if name != "success" {
			r.note("  "+name, fmt.Sprint(s.tally.n[name]), "")
		}
	}
	r.none("5xx and lost connections of the worker itself (503 of admission excepted)", int(s.faulty.Load()), "")
	r.note("writes done, unknown", fmt.Sprintf("%d, %d", s.writesDone.Load(), s.writesUnknown.Load()), "")
	r.none("duplicates of a write by one call", int(s.duplicates.Load()), "")
	r.none("duplicates of a write by the Engine's repetitions", int(s.repeated.Load()), "")
	r.none("repetitions answered otherwise than the first success", int(s.differing.Load()), "")
	r.none("writes reported as done that are not there", int(s.missing.Load()), "")
	r.none("writes reported as repeatable that are there", int(s.denied.Load()), "")
	r.none("reads answered wrongly"+kinds(s.wrong), total(s.wrong), "")
	r.none("failures of the service blamed on the caller"+kinds(s.invented), total(s.invented), "")
	var acted []string
	for _, name := range byCount(s.gateway.faults) {
		acted = append(acted, fmt.Sprintf("%d %s", s.gateway.faults[name], name))
	}
	r.note("faults", fmt.Sprintf("%d of %d kinds", total(s.gateway.faults), len(acted)), "")
	fmt.Println("faults that acted: " + strings.Join(acted, ", "))
	for _, e := range s.examples {
		fmt.Println("example: " + e)
	}
}

func total(n map[string]int) (sum int) {
	for _, c := range n {
		sum += c
	}
	return sum
}
