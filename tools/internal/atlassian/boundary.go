package atlassian

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"arcade-atlassian/tools/tool"
)

// Boundaries are the sites, projects and spaces to which the operator limits
// all tools, whatever the users may see. An empty list is no boundary. What may
// be written must be within both lists, that for reading and that for writing:
// whether one holds the other cannot be told at the start, because the same
// project may stand in one by its ID and in the other by its key.
//
// Sites are named by cloud ID, host or address: their names are not unique and
// their administrators change them. Projects and spaces are named by ID or key,
// each behind "SITE/" if only that of one site is meant. Names are
// compared with what Atlassian answers for the thing that a call names, never
// with the call's own words, and byte by byte. Digits are always an ID.
//
// A thing is looked up right before the request. One that is moved between the
// two is written where it is then.
type Boundaries struct {
	ReadSites, WriteSites       []string
	ReadProjects, WriteProjects []string
	ReadSpaces, WriteSpaces     []string
}

// boundaries are Boundaries that were read; nil is none at all.
type boundaries struct{ sites, projects, spaces limits }

// limits are the things of one kind that may be read, and those that may be
// written.
type limits struct{ read, write []allowed }

// allowed names one thing, on one site or, without a site, on every one.
type allowed struct{ site, name string }

// What a list may name, of any length, since bounds are compiled into hundreds of
// states: a name that is too long is nobody's.
var (
	siteName    = regexp.MustCompile(`^(?:[0-9A-Fa-f]+(?:-[0-9A-Fa-f]+){4}|[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)+)$`) // an ID, or a host, which has a dot
	projectName = regexp.MustCompile(`^(?:[0-9]+|[A-Z][A-Z0-9_]*)$`)
	spaceName   = regexp.MustCompile(`^(?:[A-Za-z0-9_.-]+|~[A-Za-z0-9_.:-]+)$`)
)

// read checks the names. The error tells all that are wrong, each with the name
// of its list as the command's flags have it.
func (b Boundaries) read() (*boundaries, error) {
	var out boundaries
	var errs []error
	any := false
	read := func(into *[]allowed, flag, accepted string, list []string, shape *regexp.Regexp, ofSite bool) {
		for _, item := range list {
			item = strings.Trim(item, " \t\r\n")
			if item == "" {
				continue
			}
			site, name := "", item
			if !ofSite {
				name = strings.TrimSuffix(strings.TrimPrefix(item, "https://"), "/")
			}
			if i := strings.LastIndexByte(item, '/'); ofSite && i >= 0 {
				site, name = item[:i], item[i+1:]
				if !siteName.MatchString(site) {
					errs = append(errs, fmt.Errorf("%s: %q: what stands before the slash is neither the cloud ID nor the host of a site", flag, item))
					continue
				}
			}
			if !shape.MatchString(name) {
				errs = append(errs, fmt.Errorf("%s: %q is not %s", flag, item, accepted))
				continue
			}
			any = true
			if !ofSite {
				site, name = name, ""
			}
			*into = append(*into, allowed{strings.ToLower(site), name})
		}
	}
	const aSite, aProject, aSpace = "the cloud ID, the host or the address of a site, such as acme.atlassian.net", "the ID or the key of a project, such as ABC, in capital letters", "the ID or the key of a space"
	read(&out.sites.read, "--read-sites", aSite, b.ReadSites, siteName, false)
	read(&out.sites.write, "--write-sites", aSite, b.WriteSites, siteName, false)
	read(&out.projects.read, "--read-projects", aProject, b.ReadProjects, projectName, true)
	read(&out.projects.write, "--write-projects", aProject, b.WriteProjects, projectName, true)
	read(&out.spaces.read, "--read-spaces", aSpace, b.ReadSpaces, spaceName, true)
	read(&out.spaces.write, "--write-spaces", aSpace, b.WriteSpaces, spaceName, true)
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	if !any {
		return nil, nil //nolint:nilnil // no boundaries are no error
	}
	return &out, nil
}

// of are the limits of a kind.
func (b *boundaries) of(k kind) limits {
	if k == spaces {
		return b.spaces
	}
	return b.projects
}

// active reports whether anything limits reading, or writing.
func (l limits) active(write bool) bool { return len(l.read) > 0 || write && len(l.write) > 0 }

// lists are the lists that a thing must be in.
func (l limits) lists(write bool) (lists [][]allowed) {
	if len(l.read) > 0 {
		lists = append(lists, l.read)
	}
	if write && len(l.write) > 0 {
		lists = append(lists, l.write)
	}
	return lists
}

// admits reports whether every list has the thing. id and key are Atlassian's.
func (l limits) admits(s *session, write bool, id, key string) bool {
	for _, list := range l.lists(write) {
		if !holds(list, s, id, key) {
			return false
		}
	}
	return true
}

func holds(list []allowed, s *session, id, key string) bool {
	for _, a := range list {
		switch {
		case a.site != "" && !s.isSite(a.site):
		case isNumber(a.name) && a.name == id, !isNumber(a.name) && a.name == key:
			return true
		}
	}
	return false
}

// admitsSite reports whether a site may be read, or written.
func (b *boundaries) admitsSite(write bool, id, host string) bool {
	if b == nil {
		return true
	}
	for _, list := range b.sites.lists(write) {
		in := false
		for _, a := range list {
			in = in || isSite(a.site, id, host)
		}
		if !in {
			return false
		}
	}
	return true
}

func (s *session) isSite(name string) bool { return isSite(name, s.siteID, s.siteHost) }

func isSite(name, id, host string) bool { return name == id || host != "" && name == host }

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// errOutside is the cause of refusals that say no more than that nothing within
// the boundaries has the name.
var errOutside = errors.New("outside of the operator's boundaries")

// refuse is the error of a call beyond the boundaries. It is the same for what
// does not exist, for what the user may not see and for what the operator
// forbids, so that it does not tell which of them it is.
func refuse(param, what string) *tool.Error {
	named := what
	if param != "" {
		named = param + ": " + what
	}
	return &tool.Error{
		Kind: tool.KindFatal, Status: http.StatusForbidden,
		Message:   "Not allowed: " + named + ". The operator of these tools limits them to some sites, projects or spaces.",
		Prompt:    "Do not repeat the call. Use something within the limits, or ask the operator of the tools to change their configuration.",
		Developer: "forbidden by the boundaries of this deployment (--read-…, --write-…)",
		Err:       errOutside,
	}
}

// refuseOutside refuses what a parameter names.
func (k kind) refuse(param string) error {
	return refuse(param, "there is nothing of this name within the "+string(k)+" that these tools may use")
}

// refuseWrite refuses to write what may be read.
func (k kind) refuseWrite(param string) error {
	err := refuse(param, "these tools may read this, and not write it")
	err.Err = errors.New("outside of the operator's boundaries for writing")
	return err
}
