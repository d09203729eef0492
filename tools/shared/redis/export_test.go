package redis

import "time"

// BePatient lets a Store wait for answers longer than a worker can, so that a
// busy machine does not look like a Redis that is gone.
func (s *Store) BePatient() { s.wait = 20 * time.Second }
