// Package service is what the operations of a product are written with: how a file of a product lists
// its operations, what a handler is given and what it answers.
package service

import (
	"net/http"
	"slices"

	"arcade-atlassian/tools/sandbox/internal/state"
)

// Service is one of Atlassian's products, and everything the sandbox serves of it.
type Service struct {
	// Product is how the gateway's paths and the scopes spell it: jira or confluence.
	Product string
	// Tables are what the product keeps.
	Tables state.Tables

	apis []*API
}

// New returns a service without operations.
func New(product string) *Service { return &Service{Product: product} }

// API is the operations of one of Atlassian's OpenAPI documents. A product keeps each in a variable, and
// each of its files lists its own operations with Serve.
type API struct {
	// Document is the OpenAPI document's file, without .json.
	Document string
	// Prefix is what the paths within a site have before the document's own.
	Prefix string
	// Fault words a refusal as this API does.
	Fault Fault
	// Removed are paths within a site below which there is nothing any more, whatever the method.
	Removed []string
	// Gone says so.
	Gone string

	operations []Operation
}

// Fault makes the answer to a request that is refused.
type Fault func(status int, messages ...string) Reply

// Operation is one method on one path of a document.
type Operation struct {
	// Name is the method and the document's path template: "GET /spaces".
	Name string
	// Handle answers it.
	Handle Handler
}

// Handler answers one request. It runs alone: nothing else reads or writes the state meanwhile.
type Handler func(*Call) Reply

// Add declares the operations of a document.
func (s *Service) Add(api API) *API {
	s.apis = append(s.apis, &api)
	return &api
}

// APIs are the documents of which the service has operations.
func (s *Service) APIs() []*API { return slices.Clone(s.apis) }

// Served is what Serve returns, so that the list of a file's operations can stand at package level:
// var _ = platform.Serve(…).
type Served struct{}

// Serve adds operations, by their names, with their handlers.
func (a *API) Serve(operations map[string]Handler) Served {
	for name, handle := range operations {
		a.operations = append(a.operations, Operation{Name: name, Handle: handle})
	}
	return Served{}
}

// Operations are those that were added, in no order.
func (a *API) Operations() []Operation { return slices.Clone(a.operations) }

// Reply is one answer before it is encoded.
type Reply struct {
	Status int
	// Header has what the answer needs besides its Content-Type; one that is here replaces the usual
	// application/json.
	Header http.Header
	// Body is encoded as JSON, unless it is a [Raw]. Nil sends none.
	Body any
}

// Raw is a body that is sent as it is.
type Raw string

// OK is the answer of an operation that went well.
func OK(body any) Reply { return Reply{Status: http.StatusOK, Body: body} }

// Created is the answer of an operation that made something.
func Created(body any) Reply { return Reply{Status: http.StatusCreated, Body: body} }

// NoContent is the answer of an operation that went well and has nothing to say.
func NoContent() Reply { return Reply{Status: http.StatusNoContent} }
