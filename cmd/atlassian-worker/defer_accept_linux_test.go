package main

import (
	"net"
	"syscall"
	"testing"
)

func TestAcceptIsDeferred(t *testing.T) {
	t.Parallel()
	ln, err := listen("127.0.0.1", 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	raw, err := ln.(*net.TCPListener).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if err := raw.Control(func(fd uintptr) {
		if seconds, err := syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_DEFER_ACCEPT); err != nil || seconds == 0 {
			t.Errorf("a connection is kept for %d s until something is sent; %v", seconds, err)
		}
	}); err != nil {
		t.Error(err)
	}
}
