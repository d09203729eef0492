package main

import "arcade-atlassian/tools"

// boundaryFlags limit what tools may touch, whatever the users may.
type boundaryFlags struct {
	ReadSites     []string `help:"The only sites to act on, by cloud ID, host or address: acme.atlassian.net." env:"ARCADE_WORKER_READ_SITES" placeholder:"SITE"`
	WriteSites    []string `help:"Of those, the only sites to write to." env:"ARCADE_WORKER_WRITE_SITES" placeholder:"SITE"`
	ReadProjects  []string `help:"The only Jira projects to show anything of, by ID or key, behind SITE/ if only that of one site is meant." env:"ARCADE_WORKER_READ_PROJECTS" placeholder:"PROJECT"`
	WriteProjects []string `help:"Of those, the only Jira projects to write in." env:"ARCADE_WORKER_WRITE_PROJECTS" placeholder:"PROJECT"`
	ReadSpaces    []string `help:"The only Confluence spaces to show anything of, by ID or key, as projects." env:"ARCADE_WORKER_READ_SPACES" placeholder:"SPACE"`
	WriteSpaces   []string `help:"Of those, the only Confluence spaces to write in." env:"ARCADE_WORKER_WRITE_SPACES" placeholder:"SPACE"`
}

func (f boundaryFlags) boundaries() tools.Boundaries {
	return tools.Boundaries{
		ReadSites: f.ReadSites, WriteSites: f.WriteSites,
		ReadProjects: f.ReadProjects, WriteProjects: f.WriteProjects,
		ReadSpaces: f.ReadSpaces, WriteSpaces: f.WriteSpaces,
	}
}
