package mcp

import (
	"context"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// answering is a transport whose connection ends after every request that was
// read is answered. The SDK's own ends with the input and cancels what runs
// then: who writes requests into a pipe would miss their answers, and a tool
// that changes something would be interrupted.
type answering struct{ mcp.Transport }

// Connect is the transport's.
func (a answering) Connect(ctx context.Context) (mcp.Connection, error) {
	c, err := a.Transport.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &answeringConnection{Connection: c, closed: make(chan struct{})}, nil
}

type answeringConnection struct {
	mcp.Connection
	open   sync.WaitGroup // requests without an answer
	close  sync.Once
	closed chan struct{}
}

// Read returns the end of the input when all requests are answered, or when the
// connection is closed.
func (c *answeringConnection) Read(ctx context.Context) (jsonrpc.Message, error) {
	message, err := c.Connection.Read(ctx)
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
