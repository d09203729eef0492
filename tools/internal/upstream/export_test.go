package upstream

import "strings"

// UnderWay is how many requests are under way or queued.
func (p *Policy) UnderWay() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.sites {
		n += s.underWay + s.queued + len(s.turn)
		for _, l := range s.lanes {
			n += l.underWay + len(l.queue) + len(l.calls)
		}
	}
	return n
}

// Kept is how many sites are known, and lanes and cool-downs of one of them.
func (p *Policy) Kept(site string) (sites, lanes, coolDowns int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.sites), len(p.sites[site].lanes), len(p.sites[site].cooling)
}

// KeepsTime reports whether the cool-downs of a site, of which there are some, end at
// their time also when the system's clock is set.
func (p *Policy) KeepsTime(site string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.sites[site].cooling {
		if !strings.Contains(c.until.String(), " m=") { // the monotonic reading
			return false
		}
	}
	return len(p.sites[site].cooling) > 0
}
