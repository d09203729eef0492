package atlassian

import (
	"context"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/tool"
)

// kind is what a boundary is drawn around.
type kind string

const (
	projects kind = "projects"
	spaces   kind = "spaces"
)

// Reach says what an operation touches, for the operator's boundaries: which
// part of a request names something in a project or space, and what of an
// answer is in one.
type Reach struct {
	of    kind
	needs []tool.Operation // what is looked up for it
	// before refuses a request, or narrows it.
	before func(context.Context, *guard) error
	// after refuses an answer, or takes out of it what is outside.
	after func(context.Context, *guard, jsontext.Value) (jsontext.Value, error)
	// byAnswer says that it is the answer that tells where the thing is, so that
	// one which is not there is told like one which is outside.
	byAnswer bool
	param    string // that names it
	pages    bool   // the answer is a list by offset, of which all is read
	everywhere,
	nowhere bool
}

// Everywhere is the reach of operations that say nothing of what is in a
// project or space, such as those on users.
func Everywhere() Reach { return Reach{everywhere: true} }

// Nowhere is the reach of operations whose answers are about all projects and
// do not tell about which: with a boundary of projects they are refused.
func Nowhere() Reach {
	return Reach{of: projects, nowhere: true, before: func(context.Context, *guard) error {
		return refuse("", "the answer would be about all projects alike")
	}}
}

// Within declares what the operation touches. Where the operator has set
// boundaries, an operation without it is refused.
func (o *Op[Req, Resp]) Within(reaches ...Reach) *Op[Req, Resp] {
	o.reaches = append(o.reaches, reaches...)
	return o
}

// Classified reports whether the operation says what it touches.
func (o *op) Classified() bool { return len(o.reaches) > 0 }

// IsEverywhere reports whether the operation is one that only boundaries of sites
// limit.
func (o *op) IsEverywhere() bool {
	return o.Classified() && !slices.ContainsFunc(o.reaches, func(r Reach) bool { return !r.everywhere })
}

// lookups are the operations that boundaries need for this one.
func (o *op) lookups(b *boundaries) (all []tool.Operation) {
	for _, r := range o.reaches {
		if !r.everywhere && b.of(r.of).active(o.writes()) {
			all = append(all, r.needs...)
			if r.of == spaces {
				all = append(all, listBoundSpaces)
			} else {
				all = append(all, listBoundProjects)
			}
		}
	}
	return all
}

// IsBounded reports whether the operator has set any boundary.
func (c *Client) IsBounded() bool { return c.boundaries != nil }

// WithLookups are the operations of a tool and those that the boundaries of the
// client need for them. A tool's token needs the scopes of both.
func (c *Client) WithLookups(uses []tool.Operation) []tool.Operation {
	all := uses
	if c.boundaries == nil {
		return all
	}
	names := map[string]bool{}
	for _, u := range uses {
		if u == nil {
			continue
		}
		names[u.Name()] = true
	}
	for _, u := range uses {
		o, ok := u.(interface {
			lookups(*boundaries) []tool.Operation
		})
		if !ok {
			continue
		}
		for _, needed := range o.lookups(c.boundaries) {
			if !names[needed.Name()] {
				names[needed.Name()] = true
				all = append(slices.Clip(all), needed)
			}
		}
	}
	return all
}

// IssueIn is the reach of operations on the issue that a path parameter names.
func IssueIn(name string) Reach {
	return Reach{of: projects, needs: []tool.Operation{placeOfIssue, placeOfBoard}, before: func(ctx context.Context, g *guard) error {
		return g.checkIssue(ctx, g.params[name], g.path[name])
	}, after: strip}
}

// IssueAnswer is the reach of operations that get the issue which a path
// parameter names. The answer tells where it is.
func IssueAnswer(name string) Reach {
	return Reach{of: projects, needs: []tool.Operation{placeOfBoard}, byAnswer: true, param: name, before: func(_ context.Context, g *guard) error {
		g.askForProject()
		return nil
	}, after: func(ctx context.Context, g *guard, v jsontext.Value) (jsontext.Value, error) {
		if !g.holdsIssue(v) {
			return nil, g.refuse(name)
		}
		g.noteAttachments(v)
		return strip(ctx, g, v)
	}}
}

// IssueList is the reach of operations that list issues: the answer's member
// "issues". A query in JQL is narrowed to the projects.
func IssueList() Reach {
	return Reach{of: projects, needs: []tool.Operation{placeOfBoard}, before: func(_ context.Context, g *guard) error {
		g.askForProject()
		return nil
	}, after: func(ctx context.Context, g *guard, v jsontext.Value) (jsontext.Value, error) {
		v, err := g.filter(v, "issues", g.holdsIssue)
		if err != nil {
			return nil, err
		}
		return strip(ctx, g, v)
	}}
}

// IssuesNamed is the reach of operations that get issues which the body names.
// Of those that Jira could not read nobody knows where they are, so that they are
// told like those that do not exist.
func IssuesNamed() Reach {
	reach := IssueList()
	reach.before = func(_ context.Context, g *guard) error {
		g.narrow = true
		g.askForProject()
		return nil
	}
	reach.after = func(ctx context.Context, g *guard, v jsontext.Value) (jsontext.Value, error) {
		v, _ = g.keep(v, "issues", g.holdsIssue)
		v, _ = g.keep(v, "issueErrors", func(jsontext.Value) bool { return false })
		return strip(ctx, g, v)
	}
	return reach
}

// JQLIn is the reach of a query in JQL: "body.jql", "body.queries" or "query.jql".
func JQLIn(place string) Reach {
	return Reach{of: projects, needs: []tool.Operation{placesOfIssues}, before: func(ctx context.Context, g *guard) error { return g.narrowQuery(ctx, place, jql) }}
}

// CQLIn is the reach of a query in CQL, in the query's parameter, and of what it finds.
func CQLIn(name string) Reach {
	return Reach{of: spaces, before: func(ctx context.Context, g *guard) error { return g.narrowQuery(ctx, "query."+name, cql) }, after: func(_ context.Context, g *guard, v jsontext.Value) (jsontext.Value, error) {
		return g.filter(v, "results", g.holdsFound)
	}}
}

// IssuesInBody is the reach of a list of issues in the body.
func IssuesInBody(member, param string) Reach {
	return Reach{of: projects, needs: []tool.Operation{placesOfIssues}, before: func(ctx context.Context, g *guard) error {
		var names []string
		for _, name := range items(g.body[member]) {
			names = append(names, scalar(name))
		}
		return g.checkIssues(ctx, param, names)
	}}
}

// IssueFields is the reach of values of an issue's fields in the body: a project,
// a sprint or another issue may be among them.
func IssueFields() Reach {
	return Reach{of: projects, needs: []tool.Operation{placeOfIssue, placeOfProject, placeOfSprint, placeOfBoard, listFieldTypes}, before: checkFields}
}

// IssueInQuery and ProjectInQuery are the reach of a query parameter.
func IssueInQuery(name string) Reach {
	return Reach{of: projects, needs: []tool.Operation{placeOfIssue}, before: func(ctx context.Context, g *guard) error {
		if v := g.query.Get(name); v != "" {
			return g.checkIssue(ctx, "issue", v)
		}
		return nil
	}}
}

// ProjectInQuery is the reach of a query parameter that names a project.
func ProjectInQuery(name string) Reach {
	return Reach{of: projects, needs: []tool.Operation{placeOfProject}, before: func(ctx context.Context, g *guard) error {
		if v := g.query.Get(name); v != "" {
			return g.checkProject(ctx, "project", v)
		}
		return nil
	}}
}

// ProjectIn is the reach of operations on the project that a path parameter
// names.
func ProjectIn(name string) Reach {
	return Reach{of: projects, needs: []tool.Operation{placeOfProject}, before: func(ctx context.Context, g *guard) error {
		return g.checkProject(ctx, g.params[name], g.path[name])
	}, after: strip}
}

// ProjectAnswer is the reach of operations that get a project.
func ProjectAnswer(name string) Reach {
	return Reach{of: projects, byAnswer: true, param: name, after: func(ctx context.Context, g *guard, v jsontext.Value) (jsontext.Value, error) {
		if !g.holdsProject(v) {
			return nil, g.refuse(name)
		}
		return strip(ctx, g, v)
	}}
}

// ProjectList is the reach of operations that list projects by offset.
func ProjectList() Reach {
	return Reach{of: projects, pages: true, after: func(_ context.Context, g *guard, v jsontext.Value) (jsontext.Value, error) {
		return g.filter(v, "values", g.holdsProject)
	}}
}

// BoardIn is the reach of operations on the board that a path parameter names.
func BoardIn(name string) Reach {
	return Reach{of: projects, needs: []tool.Operation{placeOfBoard}, before: func(ctx context.Context, g *guard) error {
		return g.checkBoard(ctx, g.params[name], g.path[name])
	}}
}

// BoardList is the reach of operations that list boards by offset. Boards that
// belong to no project are left out.
func BoardList() Reach {
	return Reach{of: projects, pages: true, after: func(_ context.Context, g *guard, v jsontext.Value) (jsontext.Value, error) {
		return g.filter(v, "values", g.holdsBoard)
	}}
}

// SprintIn is the reach of operations on the sprint that a path parameter
// names: that of its board.
func SprintIn(name string) Reach {
	return Reach{of: projects, needs: []tool.Operation{placeOfSprint, placeOfBoard}, before: func(ctx context.Context, g *guard) error {
		return g.checkSprint(ctx, g.params[name], g.path[name])
	}}
}

// SprintList is the reach of operations that list by offset the sprints of the
// board which a path parameter names. Those of other boards may be among them.
func SprintList(board string) Reach {
	reach := BoardIn(board)
	reach.pages = true
	reach.after = func(ctx context.Context, g *guard, v jsontext.Value) (jsontext.Value, error) {
		if err := g.placeSprints(ctx, v); err != nil {
			return nil, err
		}
		return g.filter(v, "values", g.holdsSprint)
	}
	return reach
}

// AttachmentIn is the reach of operations on an attachment. Jira does not tell
// to which issue it belongs, so that it must have been shown with an issue.
func AttachmentIn(name string) Reach {
	return Reach{of: projects, needs: []tool.Operation{placeOfIssue}, before: func(ctx context.Context, g *guard) error {
		return g.checkAttachment(ctx, g.params[name], g.path[name])
	}}
}

// AttachmentsMade notes to which issue new attachments belong.
func AttachmentsMade(name string) Reach {
	return Reach{of: projects, after: func(_ context.Context, g *guard, v jsontext.Value) (jsontext.Value, error) {
		g.noteAttachmentsOf(g.path[name], v)
		return v, nil
	}}
}

// Configuration is the reach of operations on what the whole site shares, such
// as fields and issue types: those of one project only are left out.
func Configuration(param string) Reach {
	return Reach{of: projects, param: param, byAnswer: param != "", after: func(ctx context.Context, g *guard, v jsontext.Value) (jsontext.Value, error) {
		if v.Kind() == '{' && !g.holdsScope(v) {
			return nil, g.refuse(param)
		}
		return strip(ctx, g, v)
	}}
}

// SpaceIn is the reach of operations on the space that a path parameter names.
func SpaceIn(name string) Reach {
	return Reach{of: spaces, before: func(_ context.Context, g *guard) error {
		if !g.holdsSpaceID(g.path[name]) {
			return g.refuse(name)
		}
		return nil
	}}
}

// SpaceAnswer is the reach of operations that get a space.
func SpaceAnswer(name string) Reach {
	return Reach{of: spaces, byAnswer: true, param: name, after: func(_ context.Context, g *guard, v jsontext.Value) (jsontext.Value, error) {
		if !g.holdsSpace(v) {
			return nil, g.refuse(name)
		}
		return v, nil
	}}
}

// SpaceList is the reach of operations that list spaces by cursor.
func SpaceList() Reach {
	return Reach{of: spaces, before: askForSpaces, after: func(_ context.Context, g *guard, v jsontext.Value) (jsontext.Value, error) {
		return g.filter(v, "results", g.holdsSpace)
	}}
}

// PageIn is the reach of operations on the page that a path parameter names.
func PageIn(name string) Reach {
	return Reach{of: spaces, needs: []tool.Operation{placeOfPage}, before: func(ctx context.Context, g *guard) error {
		return g.checkPage(ctx, g.params[name], g.path[name])
	}}
}

// PageAnswer is the reach of operations that get a page.
func PageAnswer(name string) Reach {
	return Reach{of: spaces, byAnswer: true, param: name, after: func(_ context.Context, g *guard, v jsontext.Value) (jsontext.Value, error) {
		if !g.holdsContent(v) {
			return nil, g.refuse(name)
		}
		return v, nil
	}}
}

// PageFields is the reach of the space and the parent in the body.
func PageFields() Reach {
	return Reach{of: spaces, needs: []tool.Operation{placeOfPage, placeOfFolder}, before: checkPageFields}
}

// ContentList is the reach of operations that list content by cursor, each with
// the ID of its space.
func ContentList() Reach {
	return Reach{of: spaces, before: askForPagesOf, after: func(_ context.Context, g *guard, v jsontext.Value) (jsontext.Value, error) {
		if g.query.Has("id") {
			v, _ = g.keep(v, "results", g.holdsContent)
			return v, nil
		}
		return g.filter(v, "results", g.holdsContent)
	}}
}

// ChildrenOf is the reach of operations that list what lies below something
// which a path parameter names. Where that is only its children tell, so that
// one without any is refused.
func ChildrenOf(name string) Reach {
	return Reach{of: spaces, byAnswer: true, param: name, after: func(_ context.Context, g *guard, v jsontext.Value) (jsontext.Value, error) {
		v, err := g.filter(v, "results", g.holdsContent)
		if err == nil && g.kept == 0 {
			return nil, g.refuse(name)
		}
		return v, err
	}}
}

// AttachmentList is the reach of operations that list the files of a whole
// site.
func AttachmentList() Reach {
	return Reach{of: spaces, needs: []tool.Operation{placesOfPages}, after: filterFiles}
}
