package atlassian

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// admitsProject reports whether the operation may touch a project of which
// Atlassian answers one or both names.
func (g *guard) admitsProject(id, key string) bool { return g.admits(projects, id, key) }

func (g *guard) admitProject(param, id, key string) error {
	switch {
	case g.admits(projects, id, key):
		return nil
	case g.o.writes() && g.reads(projects, id, key):
		return projects.refuseWrite(param)
	}
	return projects.refuse(param)
}

func (g *guard) checkIssue(ctx context.Context, param, issue string) error {
	if !Fits("issue", issue) {
		return projects.refuse(param)
	}
	found, err := locate(ctx, g, placeOfIssue, issuePlaceQuery{issue, []string{"project"}})
	if err != nil {
		return gone(projects, param, err)
	}
	return g.admitProject(param, found.Fields.Project.ID, found.Fields.Project.Key)
}

func (g *guard) checkProject(ctx context.Context, param, project string) error {
	if !Fits("project", project) {
		return projects.refuse(param)
	}
	found, err := locate(ctx, g, placeOfProject, projectPlaceQuery{project})
	if err != nil {
		return gone(projects, param, err)
	}
	return g.admitProject(param, found.ID, found.Key)
}

func (g *guard) checkBoard(ctx context.Context, param, board string) error {
	found, err := locate(ctx, g, placeOfBoard, boardPlaceQuery{board})
	if err != nil {
		return gone(projects, param, err)
	}
	id, key := locationOf(found)
	return g.admitProject(param, id, key)
}

func (g *guard) checkSprint(ctx context.Context, param, sprint string) error {
	if !Fits("digits", sprint) {
		return projects.refuse(param)
	}
	found, err := locate(ctx, g, placeOfSprint, sprintPlaceQuery{sprint})
	if err != nil {
		return gone(projects, param, err)
	}
	if found.Board <= 0 {
		return projects.refuse(param)
	}
	return g.checkBoard(ctx, param, strconv.Itoa(found.Board))
}

// checkIssues checks a list of issues. Every one has to be found, by its ID or
// present key.
func (g *guard) checkIssues(ctx context.Context, param string, names []string) error {
	if len(names) == 0 {
		return projects.refuse(param)
	}
	for part := range slices.Chunk(names, 100) {
		var q issuePlacesQuery
		q.Body.Issues, q.Body.Fields = part, []string{"project"}
		found, err := placesOfIssues.perform(ctx, g.s, q)
		if err != nil {
			return err
		}
		for _, name := range part {
			i := slices.IndexFunc(found.Issues, func(i issuePlace) bool { return i.ID == name || i.Key == name })
			if i < 0 {
				return projects.refuse(param)
			}
			p := found.Issues[i].Fields.Project
			if err := g.admitProject(param, p.ID, p.Key); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkFields checks the projects and issues among the values of an issue's
// fields: Jira takes them by ID or key. A value that holds one in a way that
// is not known here is refused.
func checkFields(ctx context.Context, g *guard) error {
	for _, part := range []string{"fields", "update"} {
		for name, value := range members(g.body[part]) {
			if err := g.checkField(ctx, name, value, 0); err != nil {
				return err
			}
		}
	}
	return nil
}

func (g *guard) checkField(ctx context.Context, name string, value jsontext.Value, depth int) error {
	const deepest = 6
	param := name
	switch name {
	case "parent":
		param = "parent_issue"
	case "project":
	default:
		param = "custom_fields"
	}
	switch value.Kind() {
	case '"', '0':
		text := strings.TrimSpace(scalar(value))
		switch {
		case !strings.HasPrefix(name, "customfield_"):
		case issueName.MatchString(text):
			return g.checkIssue(ctx, param, strings.ToUpper(text))
		case value.Kind() == '0' || isNumber(text):
			return g.checkIDValue(ctx, name, param, text)
		}
	case '[':
		if depth > deepest {
			return projects.refuse(param)
		}
		for _, item := range items(value) {
			if err := g.checkField(ctx, name, item, depth+1); err != nil {
				return err
			}
		}
	case '{':
		return g.checkValue(ctx, name, param, value, depth)
	}
	return nil
}

// checkValue checks an object among the values.
func (g *guard) checkValue(ctx context.Context, name, param string, value jsontext.Value, depth int) error {
	const deepest = 6
	in := members(value)
	if plain(in["type"]) == "doc" { // a text
		return nil
	}
	if depth > deepest {
		return projects.refuse(param)
	}
	id, key := scalar(in["id"]), plain(in["key"])
	switch {
	case id != "" && key != "": // which of the two Jira would take is not documented
		return projects.refuse(param)
	case name == "project":
		if id+key != "" {
			return g.checkProject(ctx, param, cmp.Or(id, key))
		}
	case name == "parent" && id+key != "":
		return g.checkIssue(ctx, param, cmp.Or(id, key))
	case issueName.MatchString(key):
		return g.checkIssue(ctx, param, key)
	case key != "" && Fits("project", key):
		return g.checkProject(ctx, param, key)
	case strings.HasPrefix(name, "customfield_") && id != "":
		if err := g.checkIDValue(ctx, name, param, id); err != nil {
			return err
		}
	}
	for _, member := range in {
		if member.Kind() == '{' || member.Kind() == '[' {
			if err := g.checkField(ctx, name, member, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkIDValue checks a value of which only an ID or a number is given: what it
// is the ID of, the field's type tells.
func (g *guard) checkIDValue(ctx context.Context, name, param, id string) error {
	known, err := listFieldTypes.perform(ctx, g.s, struct{}{})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(known, func(f fieldType) bool { return f.ID == name })
	if i < 0 {
		return projects.refuse(param)
	}
	kind := known[i].Schema.Type
	if kind == "array" {
		kind = known[i].Schema.Items
	}
	_, custom, _ := strings.Cut(known[i].Schema.Custom, ":")
	switch {
	case custom == "gh-sprint":
		return g.checkSprint(ctx, param, id)
	case kind == "project":
		return g.checkProject(ctx, param, id)
	case kind == "issuelink", kind == "issuelinks", custom == "gh-epic-link", custom == "jpo-custom-field-parent":
		return g.checkIssue(ctx, param, id)
	case kind == "any", kind == "json", kind == "": // of an app: nobody else knows what the number names
		return projects.refuse(param)
	}
	return nil
}

var listFieldTypes = Get[struct{}, []fieldType]("/rest/api/3/field", "read:jira-work").Remember(placesKept)

type fieldType struct {
	ID     string `json:"id"`
	Schema struct {
		Type   string `json:"type"`
		Items  string `json:"items"`
		Custom string `json:"custom"`
	} `json:"schema"`
}

// askForProject makes the answer tell of each issue in which project it is.
func (g *guard) askForProject() {
	const field = "project"
	if fields, ok := g.body["fields"]; ok {
		list := items(fields)
		if !slices.ContainsFunc(list, func(v jsontext.Value) bool { return plain(v) == field }) {
			g.body["fields"] = encoded(append(list, jsontext.Value(`"project"`)))
		}
		return
	}
	if g.query.Has("fields") {
		list := strings.Split(g.query.Get("fields"), ",")
		if !slices.Contains(list, field) {
			g.query.Set("fields", strings.Join(append(list, field), ","))
		}
	}
}

// checkAttachment finds the issue of an attachment that was shown before.
func (g *guard) checkAttachment(ctx context.Context, param, id string) error {
	issue, ok := g.s.client.attachments.GetIfPresent(g.attachmentKey(id))
	if !ok {
		return refuse(param, "it is not known to which issue the attachment belongs. List the attachments of its issue first")
	}
	return g.checkIssue(ctx, param, issue)
}

// attachmentKey stands for an attachment as one token sees it.
type attachmentKey struct {
	token    tokenHash
	site, id string
}

func (g *guard) attachmentKey(id string) attachmentKey {
	return attachmentKey{g.s.token, g.s.siteID, id}
}

func (g *guard) noteAttachments(issue jsontext.Value) {
	in := members(issue)
	g.noteAttachmentsOf(plain(in["id"]), members(in["fields"])["attachment"])
}

func (g *guard) noteAttachmentsOf(issue string, list jsontext.Value) {
	for _, item := range items(list) {
		if id := scalar(members(item)["id"]); id != "" && issue != "" {
			g.s.client.attachments.Set(g.attachmentKey(id), issue)
		}
	}
}
