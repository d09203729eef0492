package confluence

import (
	"cmp"
	"crypto/sha256"
	_ "embed" // for attachments.json
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"arcade-atlassian/tools/sandbox/internal/service"
	"arcade-atlassian/tools/sandbox/internal/state"
)

var _ = v2.Serve(map[string]service.Handler{
	"GET /attachments":            listAttachments,
	"GET /attachments/{id}":       getAttachment,
	"GET /pages/{id}/attachments": listPageAttachments,
})

// attachment is a file of a page. Its identifier is one of those that content has, behind "att".
type attachment struct {
	ID       int64    `json:"id"`
	Status   string   `json:"status"` // current, archived or trashed
	Page     int64    `json:"page"`
	Filename string   `json:"filename"`
	Type     string   `json:"mediaType"`
	Kind     string   `json:"mediaTypeDescription"` // empty when Confluence has no name for the type
	Size     int64    `json:"fileSize"`
	Labels   []string `json:"labels"`
	// Versions are the uploads, oldest first. Bodies they have none.
	Versions []*version `json:"versions"`
}

func (a *attachment) latest() *version { return a.Versions[len(a.Versions)-1] }

//go:embed attachments.json
var attachmentsJSON []byte

var attachments = state.NewTable(&Service.Tables, state.Definition[attachment]{
	Name:  "attachments.json",
	Seed:  attachmentsJSON,
	Older: charts,
	ID:    func(a *attachment) *int64 { return &a.ID },
	Normalize: func(_ *state.State, _ *state.Site, a *attachment) error {
		if len(a.Versions) == 0 {
			return errors.New("has no versions")
		}
		a.Status = cmp.Or(a.Status, "current")
		for i, v := range a.Versions {
			v.Number, v.Title = int64(i+1), a.Filename
		}
		return nil
	},
	Check: func(s *state.State, site *state.Site, a *attachment) error {
		var problems []error
		if contents.Get(site, a.Page) == nil {
			problems = append(problems, fmt.Errorf("there is no page %d", a.Page))
		}
		if contents.Get(site, a.ID) != nil {
			problems = append(problems, errors.New("has the identifier of other content"))
		}
		for _, v := range a.Versions {
			problems = append(problems, s.CheckPerson(v.Author))
		}
		return errors.Join(problems...)
	},
})

// charts are sixty files of one page, which is more than a page of answers holds. Every third was uploaded
// again, long after.
func charts(site string) []*attachment {
	if site != "acme" {
		return nil
	}
	var made []*attachment
	at := time.Date(2025, 12, 1, 10, 0, 0, 0, time.UTC)
	for n := int64(1); n <= 60; n++ {
		a := &attachment{
			ID: 131300 + n, Page: 131201, Filename: fmt.Sprintf("chart-%02d.png", n), Type: "image/png", Kind: "PNG Image", Size: 1000 + 10*n,
			Versions: []*version{{Author: "bob", Created: at}},
		}
		if n%3 == 0 {
			a.Versions = append(a.Versions, &version{Author: "ada", Created: at.AddDate(0, 2, 0), Message: "New figures"})
		}
		made = append(made, a)
		at = at.Add(time.Hour)
	}
	return made
}

type attachmentView struct {
	ID              string          `json:"id"`
	Status          string          `json:"status"`
	Title           string          `json:"title"`
	CreatedAt       string          `json:"createdAt"`
	PageID          string          `json:"pageId"`
	MediaType       string          `json:"mediaType"`
	TypeDescription *string         `json:"mediaTypeDescription"`
	Comment         string          `json:"comment"`
	FileID          string          `json:"fileId"`
	FileSize        int64           `json:"fileSize"`
	WebUILink       string          `json:"webuiLink"`
	DownloadLink    string          `json:"downloadLink"`
	Version         *versionView    `json:"version,omitzero"`
	Labels          *labelList      `json:"labels,omitzero"`
	Links           attachmentLinks `json:"_links"`
}

type attachmentLinks struct {
	WebUI    string `json:"webui"`
	Download string `json:"download"`
	Base     string `json:"base,omitzero"`
}

// viewAttachment shows a file as a version of it says. Its comment is the version's message.
func viewAttachment(c *service.Call, a *attachment, v *version) attachmentView {
	page, id := service.Decimal(a.Page), service.Decimal(a.ID)
	shown := attachmentView{
		ID:           "att" + id,
		Status:       a.Status,
		Title:        a.Filename,
		CreatedAt:    a.Versions[0].Created.UTC().Format(timeFormat),
		PageID:       page,
		MediaType:    a.Type,
		Comment:      v.Message,
		FileID:       a.fileID(c.Site),
		FileSize:     a.Size,
		WebUILink:    "/pages/viewpageattachments.action?pageId=" + page + "&preview=" + url.QueryEscape("/"+page+"/"+id+"/"+a.Filename),
		DownloadLink: a.downloadLink(v),
		Version:      viewVersion(c, v),
	}
	if a.Kind != "" {
		shown.TypeDescription = &a.Kind
	}
	shown.Links = attachmentLinks{WebUI: shown.WebUILink, Download: shown.DownloadLink}
	return shown
}

// downloadLink is where people who are signed in get the file. A user's token is no use there (facts §12).
func (a *attachment) downloadLink(v *version) string {
	return "/download/attachments/" + service.Decimal(a.Page) + "/" + url.PathEscape(a.Filename) + "?" + url.Values{
		"version": {service.Decimal(v.Number)}, "modificationDate": {service.Decimal(v.Created.UnixMilli())}, "cacheVersion": {"1"}, "api": {"v2"},
	}.Encode()
}

// fileID is the file's name on the host that keeps it, by which documents refer to it.
func (a *attachment) fileID(site *state.Site) string {
	sum := sha256.Sum256([]byte(site.CloudID + " attachment " + service.Decimal(a.ID)))
	h := hex.EncodeToString(sum[:])
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-8" + h[17:20] + "-" + h[20:32]
}

// seesAttachment reports whether the user may see a file: whoever sees its page does, unless that is in the
// trash.
func seesAttachment(c *service.Call, a *attachment) bool {
	page := contents.Get(c.Site, a.Page)
	return page != nil && page.Status != "trashed" && sees(c, page)
}

// listAttachments answers GET /attachments.
func listAttachments(c *service.Call) service.Reply {
	return attachmentList(c, func(a *attachment) bool { return seesAttachment(c, a) })
}

// listPageAttachments answers GET /pages/{id}/attachments.
func listPageAttachments(c *service.Call) service.Reply {
	page, refusal := wanted(c, "page")
	if page == nil {
		return refusal
	}
	return attachmentList(c, func(a *attachment) bool { return a.Page == page.ID })
}

// attachmentList is a page of the files that fit: current and archived ones unless others are asked for.
func attachmentList(c *service.Call, fits func(*attachment) bool) service.Reply {
	p := c.Params()
	statuses := p.Choices("status", "current", "archived", "trashed")
	if len(statuses) == 0 {
		statuses = []string{"current", "archived"}
	}
	mediaType, filename := c.Query.Get("mediaType"), c.Query.Get("filename")
	order := p.Choice("sort", "created-date", "-created-date", "modified-date", "-modified-date")
	found := attachments.Select(c.Site, func(a *attachment) bool {
		return slices.Contains(statuses, a.Status) && (mediaType == "" || mediaType == a.Type) && (filename == "" || filename == a.Filename) && fits(a)
	})
	sortAttachments(found, order)
	return cursorPageOf(c, p, 50, []string{"status", "mediaType", "filename", "sort"}, found,
		func(a *attachment) int64 { return a.ID },
		func(a *attachment) attachmentView { return viewAttachment(c, a, a.latest()) })
}

// sortAttachments puts files in order; the id decides between equals and when nothing was asked for.
func sortAttachments(items []*attachment, order string) {
	field, descending := strings.CutPrefix(order, "-")
	slices.SortFunc(items, func(a, b *attachment) int {
		by := 0
		switch field {
		case "created-date":
			by = a.Versions[0].Created.Compare(b.Versions[0].Created)
		case "modified-date":
			by = a.latest().Created.Compare(b.latest().Created)
		}
		if descending {
			by = -by
		}
		return cmp.Or(by, cmp.Compare(a.ID, b.ID))
	})
}

// getAttachment answers GET /attachments/{id}: the identifier may be without its "att", and an older
// version is asked for by its number.
func getAttachment(c *service.Call) service.Reply {
	p := c.Params()
	number := p.Integer("version", 0, 1, math.MaxInt32)
	labels := p.Choice("include-labels", "true", "false") == "true"
	versioned := p.Choice("include-version", "true", "false") != "false"
	id, err := strconv.ParseUint(strings.TrimPrefix(c.Vars["id"], "att"), 10, 63)
	if err != nil {
		p.Problem("Provided value {%s} for 'id' is not the correct type.", service.Clip(c.Vars["id"]))
	}
	if p.Failed() {
		return p.BadRequest(c)
	}
	a := attachments.Get(c.Site, int64(id))
	if a == nil || !seesAttachment(c, a) || number > int64(len(a.Versions)) {
		return c.Refuse(http.StatusNotFound, "Not Found")
	}
	v := a.latest()
	if number != 0 {
		v = a.Versions[number-1]
	}
	shown := viewAttachment(c, a, v)
	shown.Links.Base = c.Site.URL + "/wiki"
	if labels {
		shown.Labels = viewLabels(c.Path, a.Labels)
	}
	if !versioned {
		shown.Version = nil
	}
	return service.OK(shown)
}
