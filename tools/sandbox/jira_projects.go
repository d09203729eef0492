package sandbox

import (
	"cmp"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"
)

type jiraProject struct {
	Expand        string            `json:"expand"`
	Self          string            `json:"self"`
	ID            string            `json:"id"`
	Key           string            `json:"key"`
	Name          string            `json:"name"`
	Description   *string           `json:"description,omitzero"`
	Lead          *jiraUser         `json:"lead,omitzero"`
	IssueTypes    []jiraIssueType   `json:"issueTypes,omitzero"`
	URL           string            `json:"url,omitzero"`
	AvatarURLs    avatars           `json:"avatarUrls"`
	Category      *jiraCategory     `json:"projectCategory,omitzero"`
	TypeKey       string            `json:"projectTypeKey"`
	Simplified    bool              `json:"simplified"`
	Style         string            `json:"style"`
	UUID          string            `json:"uuid,omitzero"`
	IsPrivate     bool              `json:"isPrivate"`
	Properties    map[string]string `json:"properties"`
	Archived      bool              `json:"archived,omitzero"`
	ArchivedDate  string            `json:"archivedDate,omitzero"`
	ArchivedBy    *jiraUser         `json:"archivedBy,omitzero"`
	Deleted       bool              `json:"deleted,omitzero"`
	DeletedDate   string            `json:"deletedDate,omitzero"`
	DeletedBy     *jiraUser         `json:"deletedBy,omitzero"`
	RetentionTill string            `json:"retentionTillDate,omitzero"`
	AssigneeType  string            `json:"assigneeType,omitzero"`
	Components    []struct{}        `json:"components,omitzero"`
	Versions      []struct{}        `json:"versions,omitzero"`
	Roles         map[string]string `json:"roles,omitzero"`
}

type jiraCategory struct {
	Self        string `json:"self"`
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
}

type jiraIssueType struct {
	Self           string `json:"self"`
	ID             string `json:"id"`
	Description    string `json:"description"`
	IconURL        string `json:"iconUrl"`
	Name           string `json:"name"`
	Subtask        bool   `json:"subtask"`
	AvatarID       int64  `json:"avatarId"`
	HierarchyLevel int    `json:"hierarchyLevel"`
}

// retention: a deleted project stays in the recycle bin for this long.
const retention = 60 * 24 * time.Hour

// project shows a project with the parts that were asked for.
func (c *call) project(p *project, expand []string) jiraProject {
	v := jiraProject{
		Expand:     "description,lead,issueTypes,url",
		Self:       c.site.URL + "/rest/api/3/project/" + decimal(p.ID),
		ID:         decimal(p.ID),
		Key:        p.Key,
		Name:       p.Name,
		AvatarURLs: avatarsAt(c.site.URL + "/rest/api/3/universal_avatar/view/type/project/avatar/" + decimal(10400+p.ID%24)),
		TypeKey:    p.Type,
		Simplified: p.Style == "next-gen",
		Style:      p.Style,
		UUID:       p.UUID,
	}
	if cat := c.site.category(p.Category); cat != nil {
		v.Category = &jiraCategory{
			Self:        c.site.URL + "/rest/api/3/projectCategory/" + decimal(cat.ID),
			ID:          decimal(cat.ID),
			Name:        cat.Name,
			Description: cat.Description,
		}
	}
	if gone := p.Archived; gone != nil {
		v.Archived, v.ArchivedDate, v.ArchivedBy = true, gone.At.Format(jiraTime), c.mention(gone.By)
	}
	if gone := p.Deleted; gone != nil {
		v.Deleted, v.DeletedDate, v.DeletedBy = true, gone.At.Format(jiraTime), c.mention(gone.By)
		v.RetentionTill = gone.At.Add(retention).Format(jiraTime)
	}
	if slices.Contains(expand, "description") {
		v.Description = &p.Description
	}
	if slices.Contains(expand, "lead") {
		v.Lead = c.mention(p.Lead)
	}
	if slices.Contains(expand, "url") {
		v.URL = p.URL
	}
	if slices.Contains(expand, "issueTypes") {
		v.IssueTypes = c.issueTypes(p)
	}
	return v
}

// mention is the user with a handle, as a project refers to them.
func (c *call) mention(handle string) *jiraUser {
	u := c.userRef(c.world.person(handle))
	return &u
}

// issueTypes are those of the project's type.
func (c *call) issueTypes(p *project) []jiraIssueType {
	types := []jiraIssueType{}
	for _, t := range c.site.IssueTypes {
		if !slices.Contains(t.ProjectTypes, p.Type) {
			continue
		}
		types = append(types, jiraIssueType{
			Self:           c.site.URL + "/rest/api/3/issuetype/" + decimal(t.ID),
			ID:             decimal(t.ID),
			Description:    t.Description,
			IconURL:        c.site.URL + "/rest/api/3/universal_avatar/view/type/issuetype/avatar/" + decimal(t.AvatarID) + "?size=medium",
			Name:           t.Name,
			Subtask:        t.Subtask,
			AvatarID:       t.AvatarID,
			HierarchyLevel: t.HierarchyLevel,
		})
	}
	return types
}

// status is live, archived or deleted.
func (p *project) status() string {
	switch {
	case p.Deleted != nil:
		return "deleted"
	case p.Archived != nil:
		return "archived"
	default:
		return "live"
	}
}

// searchProjects answers GET /rest/api/3/project/search. Everybody sees every project, so action is
// checked and changes nothing; no project has properties, so a question about them finds none.
func searchProjects(c *call) reply {
	p := params{values: c.query}
	start := p.integer("startAt", 0, 0, math.MaxInt64)
	limit := min(p.integer("maxResults", 50, 1, math.MaxInt32), 100)
	order := p.choice("orderBy", projectOrders()...)
	ids := p.ids("id", 50)
	keys := p.list("keys", 50)
	types := p.choices("typeKey", "business", "service_desk", "software")
	category := p.integer("categoryId", 0, math.MinInt64, math.MaxInt64)
	p.choice("action", "view", "browse", "edit", "create")
	statuses := p.choices("status", "live", "archived", "deleted")
	expand := p.list("expand", math.MaxInt)
	if len(p.problems) > 0 {
		return p.badRequest(jiraFault)
	}
	if len(statuses) == 0 {
		statuses = []string{"live"}
	}
	query := strings.ToLower(c.query.Get("query"))

	var found []*project
	for _, pr := range c.site.Projects {
		if slices.Contains(statuses, pr.status()) &&
			(len(ids) == 0 || slices.Contains(ids, pr.ID)) &&
			(len(keys) == 0 || slices.Contains(keys, pr.Key)) &&
			(len(types) == 0 || slices.Contains(types, pr.Type)) &&
			(category == 0 || category == pr.Category) &&
			!c.query.Has("propertyQuery") &&
			(strings.Contains(strings.ToLower(pr.Key), query) || strings.Contains(strings.ToLower(pr.Name), query)) {
			found = append(found, pr)
		}
	}
	c.sortProjects(found, order)
	return offsetPage(c, found, start, limit, func(pr *project) jiraProject { return c.project(pr, expand) })
}

// projectOrders are the values orderBy may have.
func projectOrders() []string {
	var orders []string
	for _, field := range []string{"category", "key", "name", "owner", "issueCount", "lastIssueUpdatedDate", "archivedDate", "deletedDate"} {
		orders = append(orders, field, "-"+field, "+"+field)
	}
	return orders
}

// sortProjects puts projects in order; the key decides between equals. No project has issues, which
// makes all of them equal by their number and by their latest update.
func (c *call) sortProjects(projects []*project, order string) {
	when := func(d *departure) time.Time {
		if d == nil {
			return time.Time{}
		}
		return d.At
	}
	field := strings.TrimLeft(order, "+-")
	sign := 1
	if strings.HasPrefix(order, "-") {
		sign = -1
	}
	slices.SortFunc(projects, func(a, b *project) int {
		by := 0
		switch field {
		case "key":
			by = strings.Compare(a.Key, b.Key)
		case "name":
			by = strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
		case "category":
			by = strings.Compare(c.categoryName(a), c.categoryName(b))
		case "owner":
			by = strings.Compare(c.world.person(a.Lead).DisplayName, c.world.person(b.Lead).DisplayName)
		case "archivedDate":
			by = when(a.Archived).Compare(when(b.Archived))
		case "deletedDate":
			by = when(a.Deleted).Compare(when(b.Deleted))
		}
		return cmp.Or(sign*by, strings.Compare(a.Key, b.Key))
	})
}

// categoryName is empty for a project without a category.
func (c *call) categoryName(p *project) string {
	if cat := c.site.category(p.Category); cat != nil {
		return cat.Name
	}
	return ""
}

// getProject answers GET /rest/api/3/project/{projectIdOrKey}. A project in the recycle bin is not
// found; an archived one is.
func getProject(c *call) reply {
	wanted := c.vars["projectIdOrKey"]
	byID := strings.Trim(wanted, "0123456789") == ""
	p := find(c.site.Projects, func(p *project) bool {
		return p.Deleted == nil && (byID && decimal(p.ID) == wanted || p.Key == wanted)
	})
	if p == nil {
		if byID {
			return jiraFault(http.StatusNotFound, "No project could be found with id '"+wanted+"'.")
		}
		return jiraFault(http.StatusNotFound, "No project could be found with key '"+wanted+"'.")
	}
	v := c.project(p, []string{"description", "lead", "issueTypes", "url"})
	v.AssigneeType = "UNASSIGNED"
	v.Components, v.Versions = []struct{}{}, []struct{}{}
	v.Roles = map[string]string{"Administrators": v.Self + "/role/10002"}
	return ok(v)
}
