package main

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// quantile is the value below which the share q lies; 0 of nothing.
func quantile(all []time.Duration, q float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

// byCount lists names, the most frequent first.
func byCount(n map[string]int) []string {
	names := slices.Sorted(maps.Keys(n))
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(n[b], n[a]) })
	return names
}
