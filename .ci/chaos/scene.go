package main

// scene is what most scenarios play in: a worker, what it asks instead of
// Atlassian, and what calls it.
type scene struct {
	gateway *gateway
	process *process
	engine  *engine
}

// newScene starts a worker; keep is newEngine's.
func (l *lab) newScene(how launch, keep bool) (*scene, error) {
	g, err := newGateway()
	if err != nil {
		return nil, err
	}
	how.upstream = g.url()
	p, err := l.start(how)
	if err != nil {
		g.close()
		return nil, err
	}
	return &scene{g, p, l.newEngine(p, keep)}, nil
}

func (s *scene) end() {
	s.engine.close()
	s.process.stop()
	s.gateway.close()
}
