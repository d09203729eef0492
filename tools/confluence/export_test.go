package confluence

// TermCQL is the condition that a term becomes.
var TermCQL = termCQL

// ReadCQL is a caller's query, taken apart.
func ReadCQL(query string) (where, order string, typed bool, err error) {
	q, err := readCQL(query)
	return q.where, q.order, q.typed, err
}
