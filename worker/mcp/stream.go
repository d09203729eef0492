package mcp

import (
	"context"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// answering is a transport whose connection ends after every request that was
// read is answered: with the input, or when stop ends. By itself the SDK cancels
// what runs when the input ends, and throws its answers away when it is told to
// stop. Who writes requests into a pipe would miss them, and nobody would hear
// what a tool has changed.
type answering struct {
	mcp.Transport
	stop context.Context
}

// Connect is the transport's.
func (a answering) Connect(ctx context.Context) (mcp.Connection, error) {
	c, err := a.Transport.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &answeringConnection{Connection: c, stop: a.stop, closed: make(chan struct{})}, nil
}

type answeringConnection struct {
	mcp.Connection
	stop   context.Context
	open   sync.WaitGroup // requests without an answer
	close  sync.Once
	closed chan struct{}
}

// Read returns the end of the input or of stop when all requests are answered, or
// when the connection is closed.
func (c *answeringConnection) Read(context.Context) (jsonrpc.Message, error) {
	message, err := c.Connection.Read(c.stop)
	if err != nil {
		answered := make(chan struct{})
		go func() {
			c.open.Wait()
			close(answered)
		}()
		select {
		case <-answered:
		case <-c.closed:
		}
		return nil, err
	}
	if r, ok := message.(*jsonrpc.Request); ok && r.IsCall() {
		c.open.Add(1)
	}
	return message, nil
}

// Write takes an answer for given when it was written or cannot be.
func (c *answeringConnection) Write(ctx context.Context, message jsonrpc.Message) error {
	if _, ok := message.(*jsonrpc.Response); ok {
		defer c.open.Done()
	}
	return c.Connection.Write(ctx, message)
}

// Close also ends a Read that waits for answers.
func (c *answeringConnection) Close() error {
	c.close.Do(func() { close(c.closed) })
	return c.Connection.Close()
}
