package jira

import (
	"errors"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/text"
)

// issue is an issue as Jira sends it, with the fields that it was asked for.
// The names and types of the fields come beside one issue, or beside a list of
// them.
type issue struct {
	ID     string      `json:"id"`
	Key    string      `json:"key"`
	Fields issueFields `json:"fields"`
	fieldInfo
}

// fieldInfo is what the expansions "names" and "schema" add, by field ID.
type fieldInfo struct {
	Names   map[string]string      `json:"names"`
	Schemas map[string]fieldSchema `json:"schema"`
}

type issueFields struct {
	Summary     string         `json:"summary"`
	IssueType   *issueType     `json:"issuetype"`
	Status      *status        `json:"status"`
	Priority    *priority      `json:"priority"`
	Project     *project       `json:"project"`
	Assignee    *user          `json:"assignee"`
	Reporter    *user          `json:"reporter"`
	Creator     *user          `json:"creator"`
	Parent      *relatedIssue  `json:"parent"`
	Labels      []string       `json:"labels"`
	Components  []named        `json:"components"`
	FixVersions []version      `json:"fixVersions"`
	Resolution  *named         `json:"resolution"`
	DueDate     string         `json:"duedate"`
	Created     string         `json:"created"`
	Updated     string         `json:"updated"`
	Description jsontext.Value `json:"description"`
	Environment jsontext.Value `json:"environment"`
	Attachments []attachment   `json:"attachment"`
	Subtasks    []relatedIssue `json:"subtasks"`
	Links       []issueLink    `json:"issuelinks"`

	// Others are the fields that have no place above: every custom one, and
	// Jira's own that few people ask for.
	Others map[string]jsontext.Value `json:",embed"`
}

// named is anything of which only ID and name are shown.
type named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type version struct {
	named
	Released    bool   `json:"released"`
	ReleaseDate string `json:"releaseDate"`
}

// relatedIssue is another issue as an issue names it.
type relatedIssue struct {
	ID     string `json:"id"`
	Key    string `json:"key"`
	Fields struct {
		Summary   string `json:"summary"`
		Status    named  `json:"status"`
		Priority  named  `json:"priority"`
		IssueType named  `json:"issuetype"`
	} `json:"fields"`
}

// issueLink has one of its two issues: the other one is the issue it is shown
// on.
type issueLink struct {
	ID   string `json:"id"`
	Type struct {
		Name    string `json:"name"`
		Inward  string `json:"inward"`
		Outward string `json:"outward"`
	} `json:"type"`
	InwardIssue  *relatedIssue `json:"inwardIssue"`
	OutwardIssue *relatedIssue `json:"outwardIssue"`
}

// Check holds that there is an issue.
func (i issue) Check() error {
	if i.ID == "" || i.Key == "" {
		return errors.New("an issue without id or key")
	}
	return nil
}

var getIssue = atlassian.Get[issueRef, issue]("/rest/api/3/issue/{issueIdOrKey}", "read:jira-work").
	Within(atlassian.IssueAnswer("issueIdOrKey"))

type issueRef struct {
	IDOrKey string   `path:"issueIdOrKey,issue,issue"`
	Fields  []string `query:"fields,comma"`
	Expand  []string `query:"expand,comma"`
}

// issueView is an issue as tools show it. A field that was asked for and is
// not there is empty; which were asked for stands beside the issue.
type issueView struct {
	ID           string                    `json:"id" doc:"The issue's ID."`
	Key          string                    `json:"key" doc:"The issue's key."`
	Title        string                    `json:"title,omitzero" doc:"The summary." untrusted:"true"`
	URL          string                    `json:"url,omitzero" doc:"The issue's page."`
	GUIURL       string                    `json:"jira_gui_url,omitzero" doc:"The same as url."`
	IssueType    *issueTypeView            `json:"issue_type,omitzero" doc:"The issue type."`
	Status       *statusView               `json:"status,omitzero" doc:"The status."`
	Priority     *namedView                `json:"priority,omitzero" doc:"The priority."`
	Project      *projectRefView           `json:"project,omitzero" doc:"The project."`
	Assignee     *personView               `json:"assignee,omitzero" doc:"Who works on it."`
	Reporter     *personView               `json:"reporter,omitzero" doc:"Who reported it."`
	Creator      *personView               `json:"creator,omitzero" doc:"Who created it."`
	Parent       *relatedIssueView         `json:"parent,omitzero" doc:"The issue it is a part of."`
	Labels       []string                  `json:"labels,omitzero" doc:"The labels."`
	Components   []namedView               `json:"components,omitzero" doc:"The components."`
	FixVersions  []versionView             `json:"fix_versions,omitzero" doc:"The versions in which it is fixed."`
	Resolution   *namedView                `json:"resolution,omitzero" doc:"How it was resolved."`
	DueDate      string                    `json:"due_date,omitzero" doc:"YYYY-MM-DD."`
	Created      string                    `json:"created,omitzero" doc:"When it was created."`
	Updated      string                    `json:"updated,omitzero" doc:"When it was changed last."`
	Description  string                    `json:"description,omitzero" doc:"The description in Markdown." untrusted:"true"`
	Environment  string                    `json:"environment,omitzero" doc:"The environment in Markdown." untrusted:"true"`
	Attachments  []attachmentView          `json:"attachments,omitzero" doc:"The attached files."`
	Subtasks     []relatedIssueView        `json:"subtasks,omitzero" doc:"The subtasks."`
	Links        []issueLinkView           `json:"links,omitzero" doc:"The linked issues."`
	Sprint       *sprintView               `json:"sprint,omitzero" doc:"The sprint that it is planned for, or the last one it was in."`
	PastSprints  []string                  `json:"past_sprints,omitzero" doc:"The names of the sprints it was in before."`
	CustomFields map[string]jsontext.Value `json:"custom_fields,omitzero" doc:"The custom fields that have a value, by name." untrusted:"true"`
	OtherFields  map[string]jsontext.Value `json:"other_fields,omitzero" doc:"Further fields of Jira that have a value, by ID." untrusted:"true"`
	Losses       []string                  `json:"losses,omitzero" doc:"What the Markdown and the values above do not show."`
}

type namedView struct {
	ID   string `json:"id,omitzero" doc:"The ID."`
	Name string `json:"name" doc:"The name."`
}

type versionView struct {
	ID          string `json:"id,omitzero" doc:"The version's ID."`
	Name        string `json:"name" doc:"The version's name."`
	Released    bool   `json:"released,omitzero" doc:"Set when it is released."`
	ReleaseDate string `json:"release_date,omitzero" doc:"YYYY-MM-DD."`
}

type relatedIssueView struct {
	ID       string `json:"id,omitzero" doc:"The issue's ID."`
	Key      string `json:"key" doc:"The issue's key."`
	Title    string `json:"title,omitzero" doc:"The summary." untrusted:"true"`
	Status   string `json:"status,omitzero" doc:"The status."`
	Type     string `json:"type,omitzero" doc:"The issue type."`
	Priority string `json:"priority,omitzero" doc:"The priority."`
}

type issueLinkView struct {
	ID       string           `json:"id" doc:"The link's ID."`
	Relation string           `json:"relation" doc:"What this issue does to the other one: blocks, is blocked by."`
	Issue    relatedIssueView `json:"issue" doc:"The other issue."`
}

// issueFormat says how issues are shown.
type issueFormat struct {
	fields fieldSelection
	// inList shows less: long texts are cut.
	inList bool
}

// expand names what Jira is asked to send with issues beside their fields.
func (f issueFormat) expand() []string {
	if f.fields.needsInfo() {
		return []string{"names", "schema"}
	}
	return nil
}

const (
	longestListedText = 1000     // bytes of a text in a list
	longestText       = 64 << 10 // twice what Jira stores in one
)

func (f issueFormat) longest() int {
	if f.inList {
		return longestListedText
	}
	return longestText
}

// issueURL is the page that a person opens.
func issueURL(s *atlassian.Site, key string) string { return s.Link("/browse/" + url.PathEscape(key)) }

// viewIssue shows the fields that the format selects, whatever else Jira sent.
func viewIssue(s *atlassian.Site, i issue, info fieldInfo, f issueFormat) issueView {
	v := issueView{ID: i.ID, Key: i.Key, URL: issueURL(s, i.Key)}
	if !f.inList { // where it would be the same again in every row
		v.GUIURL = v.URL
	}
	for _, field := range viewedFields {
		if f.fields.selects(field.id) {
			field.show(&v, &i.Fields, f)
		}
	}
	viewOtherFields(&v, i.Fields.Others, info, f)
	return v
}

// lose notes what a text or value does not show.
func (v *issueView) lose(field, what string) {
	const most = 20
	if len(v.Losses) < most {
		v.Losses = append(v.Losses, field+": "+text.Line(what, 300))
	}
}

// markdown shows a rich text of the named field.
func (v *issueView) markdown(field string, document jsontext.Value, f issueFormat) string {
	shown, losses, err := readRichText(document)
	if err != nil {
		v.lose(field, err.Error())
	}
	for _, l := range losses {
		v.lose(field, l.String())
	}
	if len(shown) > f.longest() {
		v.lose(field, "the rest is left out")
		shown = text.Clip(shown, f.longest())
	}
	return shown
}

func viewNamed(n *named) *namedView {
	if n == nil {
		return nil
	}
	return &namedView{ID: n.ID, Name: n.Name}
}

func viewRelated(r relatedIssue) relatedIssueView {
	return relatedIssueView{
		ID: r.ID, Key: r.Key, Title: r.Fields.Summary,
		Status: r.Fields.Status.Name, Type: r.Fields.IssueType.Name, Priority: r.Fields.Priority.Name,
	}
}

func viewLink(l issueLink) (issueLinkView, bool) {
	v := issueLinkView{ID: l.ID}
	switch {
	case l.OutwardIssue != nil:
		v.Relation, v.Issue = l.Type.Outward, viewRelated(*l.OutwardIssue)
	case l.InwardIssue != nil:
		v.Relation, v.Issue = l.Type.Inward, viewRelated(*l.InwardIssue)
	default:
		return v, false
	}
	return v, true
}

// each shows every item of a list that was sent. An empty list stays one: the
// field was asked for and holds nothing.
func each[T, V any](items []T, show func(T) V) []V {
	if items == nil {
		return nil
	}
	views := make([]V, len(items))
	for i, item := range items {
		views[i] = show(item)
	}
	return views
}

// checkIssue refuses what cannot name an issue before anything is asked.
func checkIssue(param, value string) error {
	return atlassian.CheckShape(param, "issue", issueKey(value))
}

// issueKey is a key or ID as it is sent: keys are upper-case (facts §7).
func issueKey(value string) string { return strings.ToUpper(strings.TrimSpace(value)) }

func isCustom(id string) bool { return strings.HasPrefix(id, "customfield_") }

// viewedField is a field of issues that has a place of its own in the view.
type viewedField struct {
	name string // in answers
	id   string // at Jira
	show func(*issueView, *issueFields, issueFormat)
}

var viewedFields = []viewedField{
	{"title", "summary", func(v *issueView, i *issueFields, _ issueFormat) { v.Title = i.Summary }},
	{"issue_type", "issuetype", func(v *issueView, i *issueFields, f issueFormat) { v.IssueType = viewIssueTypeOf(i.IssueType, f) }},
	{"status", "status", func(v *issueView, i *issueFields, f issueFormat) { v.Status = viewStatusOf(i.Status, f) }},
	{"priority", "priority", func(v *issueView, i *issueFields, f issueFormat) { v.Priority = viewPriorityOf(i.Priority, f) }},
	{"project", "project", func(v *issueView, i *issueFields, _ issueFormat) {
		if p := i.Project; p != nil {
			ref := viewProjectRef(*p)
			v.Project = &ref
		}
	}},
	{"assignee", "assignee", func(v *issueView, i *issueFields, f issueFormat) { v.Assignee = viewPerson(i.Assignee, f) }},
	{"reporter", "reporter", func(v *issueView, i *issueFields, f issueFormat) { v.Reporter = viewPerson(i.Reporter, f) }},
	{"creator", "creator", func(v *issueView, i *issueFields, f issueFormat) { v.Creator = viewPerson(i.Creator, f) }},
	{"parent", "parent", func(v *issueView, i *issueFields, _ issueFormat) {
		if i.Parent != nil {
			parent := viewRelated(*i.Parent)
			v.Parent = &parent
		}
	}},
	{"labels", "labels", func(v *issueView, i *issueFields, _ issueFormat) { v.Labels = i.Labels }},
	{"components", "components", func(v *issueView, i *issueFields, _ issueFormat) {
		v.Components = each(i.Components, func(n named) namedView { return namedView(n) })
	}},
	{"fix_versions", "fixVersions", func(v *issueView, i *issueFields, _ issueFormat) {
		v.FixVersions = each(i.FixVersions, func(n version) versionView {
			return versionView{ID: n.ID, Name: n.Name, Released: n.Released, ReleaseDate: n.ReleaseDate}
		})
	}},
	{"resolution", "resolution", func(v *issueView, i *issueFields, _ issueFormat) { v.Resolution = viewNamed(i.Resolution) }},
	{"due_date", "duedate", func(v *issueView, i *issueFields, _ issueFormat) { v.DueDate = i.DueDate }},
	{"created", "created", func(v *issueView, i *issueFields, _ issueFormat) { v.Created = i.Created }},
	{"updated", "updated", func(v *issueView, i *issueFields, _ issueFormat) { v.Updated = i.Updated }},
	{"description", "description", func(v *issueView, i *issueFields, f issueFormat) {
		v.Description = v.markdown("description", i.Description, f)
	}},
	{"environment", "environment", func(v *issueView, i *issueFields, f issueFormat) {
		v.Environment = v.markdown("environment", i.Environment, f)
	}},
	{"attachments", "attachment", func(v *issueView, i *issueFields, _ issueFormat) { v.Attachments = each(i.Attachments, viewAttachment) }},
	{"subtasks", "subtasks", func(v *issueView, i *issueFields, _ issueFormat) { v.Subtasks = each(i.Subtasks, viewRelated) }},
	{"links", "issuelinks", func(v *issueView, i *issueFields, _ issueFormat) {
		for _, link := range i.Links {
			if shown, ok := viewLink(link); ok {
				v.Links = append(v.Links, shown)
			}
		}
		if i.Links != nil && v.Links == nil {
			v.Links = []issueLinkView{}
		}
	}},
}
