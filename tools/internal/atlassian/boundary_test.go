package atlassian_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

// Each list says which of its names could not be meant.
func TestBoundariesOfNames(t *testing.T) {
	t.Parallel()
	for flag, list := range map[string]func(...string) atlassian.Boundaries{
		"--read-sites":     func(names ...string) atlassian.Boundaries { return atlassian.Boundaries{ReadSites: names} },
		"--write-sites":    func(names ...string) atlassian.Boundaries { return atlassian.Boundaries{WriteSites: names} },
		"--read-projects":  func(names ...string) atlassian.Boundaries { return atlassian.Boundaries{ReadProjects: names} },
		"--write-projects": func(names ...string) atlassian.Boundaries { return atlassian.Boundaries{WriteProjects: names} },
		"--read-spaces":    func(names ...string) atlassian.Boundaries { return atlassian.Boundaries{ReadSpaces: names} },
		"--write-spaces":   func(names ...string) atlassian.Boundaries { return atlassian.Boundaries{WriteSpaces: names} },
	} {
		good := []string{acmeID, strings.ToUpper(acmeID), "acme.atlassian.net", "https://acme.atlassian.net", "https://acme.atlassian.net/", " acme.example\t"}
		bad := []string{"acme", "http://acme.atlassian.net", "acme.atlassian.net/PLAT", "https://acme.atlassian.net//", "10000", "ac me.net", "acme..net", "\uff41cme.atlassian.net", "acme.atlassian.net\u200b", "acme.atl*"}
		if !strings.HasSuffix(flag, "sites") {
			good = []string{"10000", " PLAT ", "acme.atlassian.net/PLAT", acmeID + "/10000", "A_1"}
			bad = []string{"/PLAT", "acme/PLAT", "acme.atlassian.net/", "a b/PLAT", "https://acme.atlassian.net/PLAT", "PL AT", "PL*", "\uff30LAT", "PLAT\u200b", "10000\u0660", "PL/AT/X"}
		}
		if strings.HasSuffix(flag, "projects") {
			bad = append(bad, "plat", "1A", "_A", "acme.atlassian.net/plat", "~ada")
		}
		if strings.HasSuffix(flag, "spaces") {
			good = append(good, "~ada.b:c-d", "eng", "acme.atlassian.net/~ada")
			bad = append(bad, "~", "a:b")
		}
		for _, name := range good {
			if c := newClient(t, atlassian.Options{Boundaries: list("", name, " ")}); !c.IsBounded() {
				t.Errorf("%s %q is no boundary", flag, name)
			}
		}
		_, err := atlassian.NewClient(atlassian.Options{Boundaries: list(append(good, bad...)...)})
		if err == nil {
			t.Errorf("%s is accepted", flag)
			continue
		}
		lines := strings.Split(err.Error(), "\n")
		for i, name := range bad {
			if len(lines) != len(bad) || !strings.HasPrefix(lines[i], flag+": "+quoted(name)) {
				t.Errorf("%s: %q\n%v", flag, name, err)
				break
			}
		}
		if c := newClient(t, atlassian.Options{Boundaries: list("", " ", "\t\n")}); c.IsBounded() {
			t.Errorf("%s of nothing is a boundary", flag)
		}
	}
}

func quoted(name string) string {
	for _, r := range name {
		if r == '\u200b' {
			return `"` + strings.ReplaceAll(name, "\u200b", `\u200b`) + `"`
		}
	}
	return `"` + name + `"`
}

// A name of one site means nothing on another, and what is written must be in
// both lists.
func TestBoundariesOfSites(t *testing.T) {
	t.Parallel()
	read := atlassian.Get[thingRead, jsontext.Value]("/rest/api/3/project/{id}", "read:jira-work").Within(atlassian.ProjectAnswer("id"))
	write := atlassian.Put[thing, jsontext.Value]("/rest/api/3/project/{id}", "read:jira-work").Within(atlassian.ProjectIn("id"))
	everywhere := atlassian.Put[thing, jsontext.Value]("/rest/api/3/filter/{id}", "read:jira-work").Within(atlassian.Everywhere())
	const (
		acmeHost, globexHost = "acme.atlassian.net", "globex.atlassian.net"
		plat                 = `{"id":"10000","key":"PLAT"}`
	)
	for name, tt := range map[string]struct {
		b                     atlassian.Boundaries
		acme, globex          string // "", "r" or "rw": what may be done with PLAT
		acmeListed, bothWrite bool
	}{
		"by key":             {atlassian.Boundaries{ReadProjects: []string{"PLAT"}}, "rw", "rw", true, true},
		"by ID":              {atlassian.Boundaries{ReadProjects: []string{"10000"}}, "rw", "rw", true, true},
		"of another key":     {atlassian.Boundaries{ReadProjects: []string{"DEMO", "10001"}}, "", "", true, true},
		"of one host":        {atlassian.Boundaries{ReadProjects: []string{acmeHost + "/PLAT"}}, "rw", "", true, true},
		"of another host":    {atlassian.Boundaries{ReadProjects: []string{"ACME.atlassian.net/10001", globexHost + "/10000"}}, "", "rw", true, true},
		"of one ID":          {atlassian.Boundaries{ReadProjects: []string{strings.ToUpper(acmeID) + "/10000"}}, "rw", "", true, true},
		"to write":           {atlassian.Boundaries{WriteProjects: []string{acmeHost + "/PLAT"}}, "rw", "r", true, true},
		"to read and write":  {atlassian.Boundaries{ReadProjects: []string{"PLAT"}, WriteProjects: []string{"10000"}}, "rw", "rw", true, true},
		"to write, not read": {atlassian.Boundaries{ReadProjects: []string{"DEMO"}, WriteProjects: []string{"PLAT"}}, "", "", true, true},
		"sites to read":      {atlassian.Boundaries{ReadSites: []string{globexHost}}, "", "rw", false, true},
		"sites by ID":        {atlassian.Boundaries{ReadSites: []string{globexID}}, "", "rw", false, true},
		"sites to write":     {atlassian.Boundaries{WriteSites: []string{globexHost}}, "r", "rw", true, false},
		"both sites":         {atlassian.Boundaries{WriteSites: []string{globexHost, acmeID}}, "rw", "rw", true, true},
		"other sites":        {atlassian.Boundaries{ReadSites: []string{acmeHost, globexHost}, WriteSites: []string{"x.example"}}, "r", "r", true, false},
		"spaces":             {atlassian.Boundaries{ReadSpaces: []string{"ENG"}}, "rw", "rw", true, true},
	} {
		rows := []row{rowOf(acmeID, "Acme", "https://"+acmeHost, "read:jira-work"), rowOf(globexID, "Globex", "https://"+globexHost, "read:jira-work")}
		g := &gateway{t: t, rows: rows, product: func(r *http.Request) (*http.Response, error) {
			if strings.HasSuffix(r.URL.Path, "/search") {
				return answer(http.StatusOK, `{"values":[`+plat+`]}`), nil
			}
			return answer(http.StatusOK, plat), nil
		}}
		c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: g, Boundaries: tt.b})
		for id, may := range map[string]string{acmeID: tt.acme, globexID: tt.globex} {
			s, err := c.User(newCall(secret), []tool.Operation{read, write, everywhere}).Site(t.Context(), atlassian.Jira, id)
			if id == acmeID && (err == nil) != tt.acmeListed {
				t.Errorf("%s: the site: %v", name, err)
			}
			if err != nil {
				continue
			}
			if _, err := read.Do(t.Context(), s, thingRead{ID: "PLAT"}); (err == nil) != strings.Contains(may, "r") {
				t.Errorf("%s: reading on %s: %v", name, id, err)
			}
			body := map[string]jsontext.Value{}
			if _, err := write.Do(t.Context(), s, thing{ID: "PLAT", Body: body}); (err == nil) != strings.Contains(may, "w") {
				t.Errorf("%s: writing on %s: %v", name, id, err)
			}
			if _, err := everywhere.Do(t.Context(), s, thing{ID: "1", Body: body}); (err == nil) != (tt.bothWrite || id == globexID && name == "sites to write") {
				t.Errorf("%s: writing what is in no project on %s: %v", name, id, err)
			}
		}
	}
}

// Of the lists is asked, by ID and by key, what they name on the site.
func TestBoundariesAskForWhatTheListsName(t *testing.T) {
	t.Parallel()
	read := atlassian.Get[thingRead, jsontext.Value]("/rest/api/3/project/{id}", "read:jira-work").Within(atlassian.ProjectAnswer("id"), atlassian.SpaceAnswer("id"))
	write := atlassian.Put[thing, jsontext.Value]("/rest/api/3/project/{id}", "read:jira-work").Within(atlassian.ProjectIn("id"))
	var asked []string
	g := &gateway{t: t, rows: []row{rowOf(acmeID, "Acme", "https://acme.atlassian.net", "read:jira-work")}, product: func(r *http.Request) (*http.Response, error) {
		if _, path, _ := strings.Cut(r.URL.RequestURI(), acmeID); strings.Contains(path, "?") {
			asked = append(asked, path)
		}
		return answer(http.StatusOK, `{"id":"10000","key":"PLAT","values":[],"results":[]}`), nil
	}}
	c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: g, Boundaries: atlassian.Boundaries{
		ReadProjects:  []string{"acme.atlassian.net/PLAT", "globex.atlassian.net/WEB", "globex.atlassian.net/10007", acmeID + "/10001", "10000", "DEMO", "PLAT"},
		WriteProjects: []string{"OPS", "10000"},
		ReadSpaces:    []string{"ENG", "globex.atlassian.net/HR", "7"},
	}})
	s, err := c.User(newCall(secret), []tool.Operation{read, write}).Site(t.Context(), atlassian.Jira, "")
	if err != nil {
		t.Fatal(err)
	}
	ask := func(do func()) string {
		asked = nil
		do()
		return strings.Join(asked, "\n")
	}
	reads := func() { _, _ = read.Do(t.Context(), s, thingRead{ID: "PLAT"}) }
	writes := func() { _, _ = write.Do(t.Context(), s, thing{ID: "PLAT", Body: map[string]jsontext.Value{}}) }
	if got, want := ask(reads), `/rest/api/3/project/search?id=10000&id=10001&maxResults=50
/rest/api/3/project/search?keys=DEMO&keys=PLAT&maxResults=50
/wiki/api/v2/spaces?ids=7&limit=250
/wiki/api/v2/spaces?keys=ENG&limit=250`; got != want {
		t.Errorf("reading asks for\n%s\nwant\n%s", got, want)
	}
	if got := ask(reads); got != "" {
		t.Errorf("reading again asks for\n%s", got)
	}
	for range 2 { // nothing is taken from memory
		if got, want := ask(writes), `/rest/api/3/project/search?id=10000&id=10001&maxResults=50
/rest/api/3/project/search?keys=DEMO&keys=OPS&keys=PLAT&maxResults=50`; got != want {
			t.Errorf("writing asks for\n%s\nwant\n%s", got, want)
		}
	}
}
