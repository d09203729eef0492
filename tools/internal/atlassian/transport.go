package atlassian

import (
	"net"
	"net/http"
	"time"
)

// All calls share one HTTP/2 connection. When the network drops it without a
// word, every call on it would wait until its deadline and every new call would
// join them. Pings find out: a connection that was silent for the time of
// silence is asked, and given up when no answer comes within pingWait.
const (
	silence  = 3 * time.Second
	pingWait = 2 * time.Second
)

// connections is how many idle connections to the gateway are kept.
const connections = 512

// newTransport opens at most limit connections to a host, and any number when it
// is 0; requests that would need one more wait.
func newTransport(silence, pingWait time.Duration, limit int) *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: silence, PingTimeout: pingWait},
		MaxIdleConns:           connections,
		MaxIdleConnsPerHost:    connections,
		MaxConnsPerHost:        limit,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    10 * time.Second,
		MaxResponseHeaderBytes: 1 << 20,
	}
}
