package atlassian

// What fuzz targets ask directly.
var RetryAfter = retryAfter

// Owns reports whether a scope is one of the product's.
func (p Product) Owns(scope string) bool { return p.owns(scope) }
