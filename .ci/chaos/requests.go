package main

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"time"
)

// requests are refused for what their headers say.
func requests(l *lab, r *report) error {
	g, err := newGateway()
	if err != nil {
		return err
	}
	defer g.close()
	p, err := l.start(launch{upstream: g.url()})
	if err != nil {
		return err
	}
	defer p.stop()
	authorization := "Authorization: Bearer " + l.token + "\r\n"
	body := string(listProjects("sandbox").body())
	length := fmt.Sprintf("Content-Length: %d\r\n", len(body))
	most := p.mostBody(l.token)
	tooLong := fmt.Sprintf("Content-Length: %d\r\nExpect: 100-continue\r\n", most+1)
	r.note("the largest body", mebibytes(int64(most)), "16 MiB")
	for _, q := range []struct{ what, header, body, want string }{
		{"a body that is too long, with Expect: 100-continue", authorization + tooLong, "", "413"},
		{"the same of a stranger", tooLong, "", "401"},
		{"one Authorization header", authorization + length, body, "200"},
		{"two Authorization headers", authorization + authorization + length, body, "401"},
		{"two Authorization headers, the second empty", authorization + "Authorization: \r\n" + length, body, "401"},
		{"a header of 100 kB", authorization + "X-Large: " + strings.Repeat("x", 100_000) + "\r\n" + length, body, "431"},
	} {
		said := p.converse("POST /worker/tools/invoke HTTP/1.1\r\nHost: " + p.addr + "\r\n" + q.header + "\r\n" + q.body)
		r.must(q.what, said, "", q.want, said == q.want)
	}
	return nil
}

// converse sends raw bytes and returns the status of the answer, with 100
// Continue before it when there was one.
func (p *process) converse(raw string) string {
	conn, err := net.DialTimeout("tcp", p.addr, 5*time.Second)
	if err != nil {
		return lost(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	go func() { _, _ = conn.Write([]byte(raw)) }() // the answer may come before all is sent
	var statuses []string
	reader := bufio.NewReader(conn)
	for {
		line, err := reader.ReadString('\n')
		if err != nil {
			return strings.Join(append(statuses, lost(err)), ", ")
		}
		version, rest, _ := strings.Cut(line, " ")
		if !strings.HasPrefix(version, "HTTP/1.1") {
			continue
		}
		status, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
		statuses = append(statuses, status)
		if status != "100" {
			return strings.Join(statuses, ", ")
		}
	}
}
