package jira

import (
	_ "embed" // for issue_links.json
	"errors"
	"slices"

	"arcade-atlassian/tools/sandbox/internal/service"
	"arcade-atlassian/tools/sandbox/internal/state"
)

// issueLink says that an issue does something to another one.
type issueLink struct {
	ID   int64  `json:"id"`
	Type string `json:"type"` // the name of one of linkTypes
	From int64  `json:"from"` // the issue that blocks
	To   int64  `json:"to"`   // the one that is blocked
}

//go:embed issue_links.json
var issueLinksJSON []byte

var issueLinks = state.NewTable(&Service.Tables, state.Definition[issueLink]{
	Name: "issue_links.json",
	Seed: issueLinksJSON,
	ID:   func(l *issueLink) *int64 { return &l.ID },
	Check: func(_ *state.State, site *state.Site, l *issueLink) error {
		if issues.Get(site, l.From) == nil || issues.Get(site, l.To) == nil || !slices.ContainsFunc(linkTypes, func(t linkType) bool { return t.Name == l.Type }) {
			return errors.New("its issues or its type are not there")
		}
		return nil
	},
})

type linkType struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Inward  string `json:"inward"`
	Outward string `json:"outward"`
	Self    string `json:"self"`
}

// linkTypes are the same on every site.
var linkTypes = []linkType{
	{ID: "10000", Name: "Blocks", Inward: "is blocked by", Outward: "blocks"},
	{ID: "10001", Name: "Cloners", Inward: "is cloned by", Outward: "clones"},
	{ID: "10002", Name: "Duplicate", Inward: "is duplicated by", Outward: "duplicates"},
	{ID: "10003", Name: "Relates", Inward: "relates to", Outward: "relates to"},
}

type issueLinkView struct {
	ID      string        `json:"id"`
	Self    string        `json:"self"`
	Type    linkType      `json:"type"`
	Inward  *relatedIssue `json:"inwardIssue,omitzero"`
	Outward *relatedIssue `json:"outwardIssue,omitzero"`
}

var _ = issueFields.add(issueField{
	name:   "issuelinks",
	title:  "Linked Issues",
	schema: fieldSchema{Type: "array", Items: "issuelinks"},
	// An issue shows the other one of each link: as outward when it is itself what acts.
	show: func(c *service.Call, i *issue) any {
		views := []issueLinkView{}
		for _, l := range issueLinks.Rows(c.Site) {
			if l.From != i.ID && l.To != i.ID || !seesIssue(c, issues.Get(c.Site, l.From)) || !seesIssue(c, issues.Get(c.Site, l.To)) {
				continue
			}
			kind := linkTypes[slices.IndexFunc(linkTypes, func(t linkType) bool { return t.Name == l.Type })]
			kind.Self = c.Gateway + "/rest/api/3/issueLinkType/" + kind.ID
			v := issueLinkView{ID: service.Decimal(l.ID), Self: c.Gateway + "/rest/api/3/issueLink/" + service.Decimal(l.ID), Type: kind}
			if l.From == i.ID {
				other := viewRelated(c, issues.Get(c.Site, l.To))
				v.Outward = &other
			} else {
				other := viewRelated(c, issues.Get(c.Site, l.From))
				v.Inward = &other
			}
			views = append(views, v)
		}
		return views
	},
})
