package jira

import (
	"arcade-atlassian/tools/sandbox/internal/service"
)

// administers reports whether the user may configure a project: administrators of Jira may, and who
// leads the project.
func administers(c *service.Call, p *project) bool {
	return c.State.InGroup(c.User, "site-admins") || c.User.Handle == p.Lead
}

// sees reports whether the user may see a project and what is in it. What they may not see is not there for them.
func sees(c *service.Call, p *project) bool {
	return p.SeenBy == "" || c.State.InGroup(c.User, p.SeenBy)
}

// seesIssue reports whether the user may see an issue.
func seesIssue(c *service.Call, i *issue) bool { return sees(c, projects.Get(c.Site, i.Project)) }

// changes reports whether the user may create and change issues in a project.
func changes(c *service.Call, p *project) bool {
	return p.ChangedBy == "" || c.State.InGroup(c.User, p.ChangedBy)
}

// changesIssue reports whether the user may change an issue.
func changesIssue(c *service.Call, i *issue) bool { return changes(c, projects.Get(c.Site, i.Project)) }

// seenProject is the first project that fits and that the user sees, or nil.
func seenProject(c *service.Call, fits func(*project) bool) *project {
	return projects.Find(c.Site, func(p *project) bool { return fits(p) && sees(c, p) })
}

// seenIssues are the issues that fit and that the user sees.
func seenIssues(c *service.Call, fits func(*issue) bool) []*issue {
	hidden := map[int64]bool{}
	for _, p := range projects.Rows(c.Site) {
		if !sees(c, p) {
			hidden[p.ID] = true
		}
	}
	return issues.Select(c.Site, func(i *issue) bool { return !hidden[i.Project] && fits(i) })
}

// anyIssue fits every issue.
func anyIssue(*issue) bool { return true }
