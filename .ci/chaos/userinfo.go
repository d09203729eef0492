package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// userInfo sends large values of the unused member user_info, in the shapes that
// take the most memory when they are decoded.
func userInfo(l *lab, r *report) error {
	g, err := newGateway()
	if err != nil {
		return err
	}
	defer g.close()
	const size = 8 << 20 // less than tools take
	var members strings.Builder
	members.WriteString("{")
	for i := 0; members.Len() < size-100; i++ {
		fmt.Fprintf(&members, `"k%d":%d,`, i, i%10)
	}
	members.WriteString(`"last":0}`)
	for _, shape := range []struct{ name, value string }{
		{"many members", members.String()},
		{"many small arrays", `{"x":[` + strings.Repeat("[],", size/3) + `0]}`},
		{"one long string", `{"x":"` + strings.Repeat("x", size) + `"}`},
	} {
		p, err := l.start(launch{upstream: g.url()})
		if err != nil {
			return err
		}
		e := l.newEngine(p, true)
		for range 50 {
			e.do(context.Background(), listProjects("sandbox"))
		}
		time.Sleep(200 * time.Millisecond)
		idle := p.rss()
		if err := p.forgetPeak(); err != nil {
			return err
		}
		body := []byte(`{"execution_id":"` + newExecution() + `","tool":{"toolkit":"Jira","name":"ListProjects"},"inputs":{"query":"plat"},"context":{"authorization":{"token":"sandbox","user_info":` + shape.value + `}}}`)
		outcomes := newTally()
		for range 3 {
			outcomes.add(e.send(context.Background(), body))
		}
		growth := float64(p.peak()-idle) / float64(len(body)) // of a call at a time
		r.note(shape.name+" of "+mebibytes(int64(len(body)))+": answers", outcomes.String(), "")
		r.none(shape.name+": failures", outcomes.others("success"), "")
		r.must(shape.name+": memory, in times the size", ratio(growth), "11.8", "at most 4", growth <= 4)
		p.stop()
	}
	return nil
}
