package engine

import (
	"context"
	"errors"
	"net/http"
	"net/url"
)

// Worker is a worker as an Engine is told to call it.
type Worker struct {
	ID      string
	URI     string // the worker's address, without a path
	Secret  string // shared with the worker
	Timeout int    // of a call, in seconds
	Retry   int    // how often a failed call is repeated
}

// registration is the body of the requests that register a worker. An ID and a
// type have only those that create one.
type registration struct {
	ID      string `json:"id,omitzero"`
	Enabled bool   `json:"enabled"`
	Type    string `json:"type,omitzero"`
	HTTP    struct {
		URI     string `json:"uri"`
		Secret  string `json:"secret"`
		Timeout int    `json:"timeout"`
		Retry   int    `json:"retry"`
	} `json:"http"`
}

// Request is one request to the Engine.
type Request struct {
	Method, Path string
	Body         any
}

// CreateRequest is the request that registers a worker.
func (w Worker) CreateRequest() Request {
	r := w.registration()
	r.ID, r.Type = w.ID, "http"
	return Request{http.MethodPost, "/v1/workers", r}
}

// UpdateRequest is the request that changes a worker which is registered.
func (w Worker) UpdateRequest() Request {
	return Request{http.MethodPatch, "/v1/workers/" + url.PathEscape(w.ID), w.registration()}
}

func (w Worker) registration() (r registration) {
	r.Enabled = true
	r.HTTP.URI, r.HTTP.Secret, r.HTTP.Timeout, r.HTTP.Retry = w.URI, w.Secret, w.Timeout, w.Retry
	return r
}

// Registered is a worker as the Engine shows it.
type Registered struct {
	ID      string `json:"id"`
	Enabled bool   `json:"enabled"`
	Type    string `json:"type"`
	HTTP    struct {
		URI     string `json:"uri"`
		Timeout int    `json:"timeout"`
		Retry   int    `json:"retry"`
	} `json:"http"`
}

// Register creates the worker, or changes the one that has its ID. created
// tells which.
func (c *Client) Register(ctx context.Context, w Worker) (r Registered, created bool, err error) {
	before, err := c.worker(ctx, w.ID)
	request := w.UpdateRequest()
	switch failure, _ := errors.AsType[*Error](err); {
	case err == nil && before.Type != "" && before.Type != "http":
		return r, false, errors.New("the Engine has a worker with this ID that is not called as Arcade's workers are, but of type " + before.Type)
	case err == nil:
	case failure != nil && failure.Status == http.StatusNotFound:
		request, created = w.CreateRequest(), true
	default:
		return r, false, err
	}
	name := request.Method + " /v1/workers"
	if !created {
		name += "/{id}"
	}
	if err := c.do(ctx, answerTime, name, request.Method, request.Path, request.Body, &r); err != nil {
		return r, created, err
	}
	return r, created, nil
}

func (c *Client) worker(ctx context.Context, id string) (r Registered, err error) {
	err = c.do(ctx, answerTime, "GET /v1/workers/{id}", http.MethodGet, "/v1/workers/"+url.PathEscape(id), nil, &r)
	return r, err
}

// Health is whether the Engine reaches a worker.
type Health struct {
	Healthy bool   `json:"healthy"`
	Message string `json:"message"`
}

// WorkerHealth lets the Engine ask the worker.
func (c *Client) WorkerHealth(ctx context.Context, id string) (h Health, err error) {
	err = c.do(ctx, answerTime, "GET /v1/workers/{id}/health", http.MethodGet, "/v1/workers/"+url.PathEscape(id)+"/health", nil, &h)
	return h, err
}
