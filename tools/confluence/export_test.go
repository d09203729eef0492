package confluence

// TermCQL is the condition that a term becomes.
var TermCQL = termCQL

// ReadCQL is a caller's query, taken apart.
func ReadCQL(query string) (where, order string, typed bool, err error) {
	q, err := readCQL(query)
	return q.where, q.order, q.typed, err
}

// SearchCQL is the query of a search for terms, each of which has to be there,
// and any of others.
func SearchCQL(all, either []string, fuzzy bool, cql string) (string, error) {
	return searchContentIn{All: all, Any: either, Fuzzy: fuzzy, CQL: cql}.query()
}

// PersonCQL is the condition that a person has a name.
var PersonCQL = personCQL
