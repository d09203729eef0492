package jira

import "errors"

// checked is anything that knows whether it is what it should be.
type checked interface{ Check() error }

// offsetPage is a page of a list that is paged by offset (facts §3).
type offsetPage[T checked] struct {
	Values []T   `json:"values"`
	IsLast *bool `json:"isLast"`
	Total  *int  `json:"total"`
}

// Check holds that there is a list, of the things it should have.
func (p offsetPage[T]) Check() error {
	if p.Values == nil {
		return errors.New("a page without values")
	}
	for _, v := range p.Values {
		if err := v.Check(); err != nil {
			return err
		}
	}
	return nil
}

// isLast reports whether Jira says that nothing follows the page.
func (p offsetPage[T]) isLast() bool { return len(p.Values) == 0 || p.IsLast != nil && *p.IsLast }

// first is the page without what is more than was asked for.
func (p offsetPage[T]) first(limit int) offsetPage[T] {
	if len(p.Values) > limit {
		p.Values, p.IsLast = p.Values[:limit], new(false)
	}
	return p
}
