package main

import "syscall"

// deferAccept lets the system keep a connection to itself until something comes
// on it, for a second at most. Hundreds of callers that connect and are slow to
// send then stand in the way of nobody who asks about the worker's health. A system
// that refuses serves without it.
func deferAccept(_, _ string, c syscall.RawConn) error {
	const seconds = 1
	return c.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_DEFER_ACCEPT, seconds)
	})
}
