package schema

// MaxBytes is the length in bytes of the longest JSON that the inputs can have
// when all parameters are given: in UTF-8, without escapes and white space. It
// is an estimate upwards, because a tool may take fewer parameters at a time
// than it has.
func (o *Object) MaxBytes() int64 { return o.root.maxSize() }

// endless stands for a size that nothing bounds.
const endless = 1 << 40

// maxSize is the length in bytes of the longest JSON of a value. Compile refuses
// types without an end, so this ends too.
func (n *node) maxSize() int64 {
	const scalar = int64(len(`"2006-01-02T15:04:05.000000000+00:00"`)) // longer than any number or boolean
	switch {
	case n.props != nil:
		size := int64(len("{}"))
		for i, name := range n.props.names {
			size += int64(len(`"":,`)+len(name)) + n.props.nodes[i].maxSize()
		}
		return min(size, endless)
	case n.kind == TypeJSON:
		return bounded(n.maxBytes, 1)
	case n.kind == TypeArray:
		return bounded(n.maxItems, n.items.maxSize()+int64(len(",")))
	case n.enum != nil:
		size := 0
		for _, value := range n.enum {
			size = max(size, len(value)+len(`""`))
		}
		return int64(size)
	case n.kind == TypeString && n.maxLength != nil:
		const character = 4 // bytes, at most
		return bounded(n.maxLength, character) + int64(len(`""`))
	default:
		return scalar
	}
}

// bounded is the size of so many things of a size.
func bounded(count *uint64, size int64) int64 {
	if count == nil || *count > uint64(endless/max(size, 1)) {
		return endless
	}
	return int64(*count) * size //nolint:gosec // at most endless
}
