package worker

// turns are taken for work that needs a processor and waits for nothing. Go runs
// what can run in the order in which it became able to: with a few at a time that
// do such work, a health check is answered after these few, and not after
// everything that hundreds of callers have sent.
type turns chan struct{}

// do does the work when it is its turn.
func (t turns) do(work func()) {
	t <- struct{}{}
	defer func() { <-t }() // also after a panic
	work()
}
