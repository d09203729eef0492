package doctor_test

import (
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"arcade-atlassian/cmd/atlassian-worker/internal/doctor"
	"arcade-atlassian/tools"
	"arcade-atlassian/tools/freeport"
	"arcade-atlassian/tools/sandbox"
	"arcade-atlassian/worker"
)

const secret = "a secret that is long enough to be used"

// deployment is a set-up with nothing wrong, until a case breaks it.
type deployment struct {
	t       *testing.T
	options doctor.Options
	worker  worker.Options
}

func healthy(t *testing.T) *deployment {
	t.Helper()
	atlassian := httptest.NewServer(sandbox.New(sandbox.Options{}))
	t.Cleanup(atlassian.Close)
	catalog, err := tools.New(tools.Config{AtlassianURL: atlassian.URL})
	if err != nil {
		t.Fatal(err)
	}
	d := &deployment{t: t, worker: worker.Options{Secret: secret}, options: doctor.Options{
		Catalog: catalog, AtlassianURL: atlassian.URL, Secret: secret, Token: "sandbox", Now: time.Now, Wait: 2 * time.Second,
	}}
	d.serve(tools.Config{AtlassianURL: atlassian.URL})
	return d
}

// serve starts a worker and points the doctor to it.
func (d *deployment) serve(c tools.Config) *httptest.Server {
	d.t.Helper()
	catalog, err := tools.New(c)
	if err != nil {
		d.t.Fatal(err)
	}
	w, err := worker.New(catalog, d.worker)
	if err != nil {
		d.t.Fatal(err)
	}
	return d.at(w.Handler(), httptest.NewServer)
}

// at starts a server where the worker should be.
func (d *deployment) at(h http.Handler, start func(http.Handler) *httptest.Server) *httptest.Server {
	s := start(h)
	d.t.Cleanup(s.Close)
	d.options.WorkerURL = s.URL
	return s
}

// atlassianSays answers everybody with a token with body.
func (d *deployment) atlassianSays(body string) {
	url := d.options.WorkerURL
	d.at(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = io.WriteString(w, body)
	}), httptest.NewServer)
	d.options.AtlassianURL, d.options.WorkerURL = d.options.WorkerURL, url
}

func says(status int, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

// closedPort is an address at which nothing listens.
func closedPort(t *testing.T) string {
	t.Helper()
	port, err := freeport.Take()
	if err != nil {
		t.Fatal(err)
	}
	return "http://127.0.0.1:" + port
}

func TestExamine(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		breakIt func(*deployment)
		state   doctor.State
		want    string // in the finding
	}{
		"nothing":      {func(*deployment) {}, doctor.OK, ""},
		"no secret":    {func(d *deployment) { d.options.Secret = "" }, doctor.Failed, "ARCADE_WORKER_SECRET is not set"},
		"short secret": {func(d *deployment) { d.worker.Secret, d.options.Secret = "dev", "dev"; d.serve(tools.Config{}) }, doctor.Warning, "has 3 bytes"},
		"secret with line end": {func(d *deployment) {
			d.options.Secret += "\n"
			d.worker.Secret = d.options.Secret
			d.serve(tools.Config{})
		}, doctor.Warning, "white space"},
		"PEM secret":           {func(d *deployment) { d.options.Secret = "-----BEGIN PRIVATE KEY-----" }, doctor.Failed, "is a PEM key"},
		"Atlassian not there":  {func(d *deployment) { d.options.AtlassianURL = closedPort(d.t) }, doctor.Failed, "Atlassian at http://127.0.0.1:"},
		"Atlassian misspelled": {func(d *deployment) { d.options.AtlassianURL = "https://api.atlassian.invalid" }, doctor.Failed, "its name is not known"},
		"proxy before Atlassian": {func(d *deployment) {
			url := d.options.WorkerURL
			d.at(says(200, "<html>"), httptest.NewServer)
			d.options.AtlassianURL, d.options.WorkerURL = d.options.WorkerURL, url
		}, doctor.Failed, "is not Atlassian"},
		"clock behind":          {func(d *deployment) { d.options.Now = func() time.Time { return time.Now().Add(-5 * time.Minute) } }, doctor.Failed, "behind Atlassian's"},
		"clock ahead":           {func(d *deployment) { d.options.Now = func() time.Time { return time.Now().Add(time.Hour) } }, doctor.Failed, "ahead of the worker's"},
		"worker not there":      {func(d *deployment) { d.options.WorkerURL = closedPort(d.t) }, doctor.Failed, "nothing listens there"},
		"certificate of nobody": {func(d *deployment) { d.at(says(200, ""), httptest.NewTLSServer) }, doctor.Failed, "signed by nobody that this machine trusts"},
		"certificate of another": {func(d *deployment) {
			s := d.at(says(200, ""), httptest.NewTLSServer)
			d.options.RootCAs = x509.NewCertPool()
			d.options.RootCAs.AddCert(s.Certificate())
			d.options.WorkerURL = strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
		}, doctor.Failed, "certificate is for another name"},
		"TLS where there is none": {func(d *deployment) { d.options.WorkerURL = strings.Replace(d.options.WorkerURL, "http:", "https:", 1) }, doctor.Failed, "does not speak TLS"},
		"worker hangs": {func(d *deployment) {
			d.options.Wait = 50 * time.Millisecond
			d.at(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), httptest.NewServer)
		}, doctor.Failed, "does not answer in time"},
		"something else there": {func(d *deployment) { d.at(says(200, "<html>Welcome"), httptest.NewServer) }, doctor.Failed, "is not a worker: status 200"},
		"redirect": {func(d *deployment) {
			d.at(http.RedirectHandler("https://elsewhere.example", http.StatusMovedPermanently), httptest.NewServer)
		}, doctor.Failed, "redirects to https://elsewhere.example"},
		"path in the address":    {func(d *deployment) { d.options.WorkerURL += "/worker" }, doctor.Failed, "not a URL of a scheme and a host"},
		"without authentication": {func(d *deployment) { d.worker = worker.Options{NoAuth: true}; d.serve(tools.Config{}) }, doctor.Failed, "answers everybody"},
		"another secret":         {func(d *deployment) { d.worker.Secret = strings.Repeat("x", 40); d.serve(tools.Config{}) }, doctor.Failed, "refuses a token signed with ARCADE_WORKER_SECRET"},
		"fewer tools":            {func(d *deployment) { d.serve(tools.Config{DisabledTools: []string{"Jira.CreateIssue"}}) }, doctor.Warning, "Not there: Jira.CreateIssue"},
		"more tools": {func(d *deployment) {
			catalog, err := tools.New(tools.Config{AtlassianURL: d.options.AtlassianURL, DisabledTools: []string{"Jira.CreateIssue"}})
			if err != nil {
				d.t.Fatal(err)
			}
			d.options.Catalog = catalog
		}, doctor.Warning, "tools and this program"},
		"no tools": {func(d *deployment) {
			var all []string
			for _, t := range d.options.Catalog.Tools() {
				all = append(all, t.FullName())
			}
			d.serve(tools.Config{DisabledTools: all})
		}, doctor.Failed, "has no tools"},
		"expired token":       {func(d *deployment) { d.options.Token = "eyJ0.taken.back" }, doctor.Failed, "Atlassian refuses the token"},
		"token without sites": {func(d *deployment) { d.atlassianSays("[]") }, doctor.Failed, "reaches no site"},
		"token lacks scopes":  {func(d *deployment) { d.options.Token = "sandbox;scopes=read:jira-work,read:jira-user" }, doctor.Failed, "Jira.CreateIssue cannot run: the token lacks write:jira-work."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := healthy(t)
			tt.breakIt(d)
			findings := doctor.Examine(t.Context(), d.options)
			at := slices.IndexFunc(findings, func(f doctor.Finding) bool {
				return f.State == tt.state && strings.Contains(f.Message, tt.want) && (f.State == doctor.OK) == (f.Fix == "")
			})
			if at < 0 {
				t.Errorf("%s is not told: %+v", name, findings)
			}
			if doctor.Healthy(findings) != (tt.state != doctor.Failed) {
				t.Errorf("healthy is %v: %+v", doctor.Healthy(findings), findings)
			}
			if tt.state == doctor.OK {
				for _, f := range findings {
					if f.State != doctor.OK {
						t.Errorf("%+v", f)
					}
				}
			}
			for _, f := range findings {
				if strings.Contains(f.Message+f.Fix, secret) || strings.Contains(f.Message, d.options.Token) && d.options.Token != "sandbox" {
					t.Errorf("%s: a secret is shown: %+v", name, f)
				}
			}
		})
	}
}
