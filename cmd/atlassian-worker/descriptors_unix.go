//go:build unix

package main

import "syscall"

// descriptors is how many files and connections the system lets this process
// have open, or 0 when it does not say.
func descriptors() uint64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return uint64(limit.Cur) //nolint:unconvert // it is signed on some systems
}
