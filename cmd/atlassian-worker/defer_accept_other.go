//go:build !linux

package main

import "syscall"

// deferAccept does nothing: only Linux can.
func deferAccept(_, _ string, _ syscall.RawConn) error { return nil }
