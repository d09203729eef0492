// Package lookup finds what a call names: it chooses one thing by ID, key,
// name or e-mail address (Choose), reads a list page by page within bounds
// (Walk), and asks several things at once (Parallel, Map).
//
// Nothing in it knows a service. Handlers use it instead of loops and
// goroutines of their own, so that bounds, cancellation, panics and the wording
// of errors are the same in every tool.
package lookup
