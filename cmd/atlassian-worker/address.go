package main

import (
	"context"
	"net"
	"strconv"
)

// workerAddress is where a worker listens.
type workerAddress struct {
	Host string `help:"The worker's address; 0.0.0.0 in a container." default:"127.0.0.1" env:"ARCADE_SERVER_HOST"`
	Port uint16 `help:"The worker's port." default:"8002" env:"ARCADE_SERVER_PORT"`
}

// listen opens host and port. The empty host, which package net takes for
// every interface, is refused: a variable that happens to be empty must not
// open a server to the network.
func listen(host string, port uint16) (net.Listener, error) {
	if host == "" {
		return nil, errNoHost()
	}
	return (&net.ListenConfig{Control: deferAccept}).Listen(context.Background(), "tcp", hostPort(host, port))
}

func errNoHost() error {
	return usagef("--host is empty: give an address of this machine, such as 127.0.0.1, or 0.0.0.0 for every interface")
}

func hostPort(host string, port uint16) string {
	return net.JoinHostPort(host, strconv.Itoa(int(port)))
}

// onLoopback reports whether only this machine can reach the listener. It asks
// what was opened, because a host name may lead anywhere.
func onLoopback(ln net.Listener) bool {
	addr, ok := ln.Addr().(*net.TCPAddr)
	return ok && addr.IP.IsLoopback()
}

// dial is the address under which this machine reaches a listener at addr: a
// listener on every interface is reached through loopback.
func dial(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return addr
}
