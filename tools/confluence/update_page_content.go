package confluence

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/prose"
	"arcade-atlassian/tools/lookup"
	"arcade-atlassian/tools/richtext"
	"arcade-atlassian/tools/tool"
)

// updatePage replaces title and body of a page, which are sent whole. The
// version has to be the next one, and 1 for a draft (facts §13).
var updatePage = atlassian.Put[pageUpdate, page]("/wiki/api/v2/pages/{id}", "write:page:confluence").Expect(http.StatusOK).
	Within(atlassian.PageIn("id"), atlassian.PageFields())

type pageUpdate struct {
	ID   string       `path:"id,page_identifier,digits"`
	Body updateFields `body:"json"`
}

type updateFields struct {
	ID      string        `json:"id"`
	Status  string        `json:"status"`
	Title   string        `json:"title"`
	Body    bodyFields    `json:"body"`
	Version versionFields `json:"version"`
}

type versionFields struct {
	Number int `json:"number"`
}

// updateMode is where new content goes.
type updateMode string

const (
	prependMode updateMode = "prepend"
	appendMode  updateMode = "append"
	replaceMode updateMode = "replace"
)

// Enum lists the modes.
func (updateMode) Enum() []string {
	return []string{string(prependMode), string(appendMode), string(replaceMode)}
}

type updatePageIn struct {
	Page      string        `json:"page_identifier" jsonschema:"format=name,minLength=1,maxLength=2000" doc:"The page's ID, exact title, URL or tiny link."`
	Content   string        `json:"content" jsonschema:"minLength=1,maxLength=1000000" doc:"The text. @[Name] mentions a person."`
	Mode      updateMode    `json:"update_mode,omitzero" jsonschema:"default=append" doc:"append and prepend leave what is there as it is."`
	Format    contentFormat `json:"content_format,omitzero" jsonschema:"default=markdown" doc:"Format of content; storage is Confluence's XHTML."`
	Version   int           `json:"version,omitzero" jsonschema:"minimum=1" doc:"The version you have read: refuse if it is not the present one."`
	AllowLoss bool          `json:"allow_loss,omitzero" jsonschema:"default=false" doc:"Let replace destroy what Markdown cannot hold, such as macros."`
	onSite
}

type updatePageOut struct {
	writtenPage
	PreviousVersion int      `json:"previous_version" doc:"The version that was changed."`
	Destroyed       []string `json:"destroyed,omitzero" doc:"What the page held that the new text does not."`
}

var _ = add(tool.Spec{
	Name: "UpdatePageContent",
	Doc: "Add to the text of a Confluence page, or replace it. " +
		"A draft of it that somebody has not published yet may be overwritten.",
	Returns:       "The page, and whether it is stored as asked.",
	Uses:          slices.Concat(uses{updatePage}, pageLookup, mentionUses),
	Destructive:   true,
	NotIdempotent: true,
}, func(ctx context.Context, s *atlassian.Site, in updatePageIn) (out updatePageOut, err error) {
	e := pageEdit{site: s, in: in}
	const atOnce = 2
	if err = lookup.Parallel(ctx, atOnce, func(ctx context.Context) (err error) {
		e.content, err = readContent(ctx, s, "content", in.Content, in.Format)
		return err
	}, func(ctx context.Context) (err error) {
		if e.page, err = findPage(ctx, s, "page_identifier", in.Page, storageFormat.representation()); err != nil {
			return err
		}
		return e.checkPage()
	}); err != nil {
		return out, err
	}
	written, err := e.write(ctx)
	if err != nil {
		return out, err
	}
	out.PreviousVersion, out.Destroyed = e.page.Version.Number, e.destroyed
	if e.page.Status == draftPage {
		out.Notes = append(out.Notes, "The draft was changed, and not published.")
	}
	out.describe(e.content)
	return out, out.verify(ctx, s, written, pageToStore{
		title: e.fields.Title, status: e.fields.Status, version: e.fields.Version.Number, body: e.fields.Body,
	})
})

// pageEdit is a page that is being edited.
type pageEdit struct {
	site      *atlassian.Site
	in        updatePageIn
	content   content
	page      page // as it was read last
	fields    updateFields
	destroyed []string // what a replacement takes away
}

// checkPage refuses a page that cannot be edited, or has moved on from the
// version that is given. An update would take a page out of the trash.
func (e *pageEdit) checkPage() error {
	switch p := e.page; {
	case p.Status != currentPage && p.Status != draftPage:
		return tool.BadInput("page_identifier", "the page is "+p.Status+" and cannot be edited", "Restore it in Confluence first, or create another one.")
	case p.Body.Storage == nil:
		return tool.Undecodable(false)
	case e.in.Version != 0 && e.in.Version != p.Version.Number:
		return tool.BadInput("version", fmt.Sprintf("the page has version %d, and not %d", p.Version.Number, e.in.Version),
			"Read the page again and give the version that it then has.")
	}
	return nil
}

// write sends the page with its new text. When somebody else was faster, what is
// added is added to what they wrote, twice at most; a replacement is not, because
// it was made of what they replaced.
func (e *pageEdit) write(ctx context.Context) (page, error) {
	const mostAttempts = 3
	for attempt := 1; ; attempt++ {
		if err := e.prepare(); err != nil {
			return page{}, err
		}
		written, err := updatePage.Do(ctx, e.site, pageUpdate{e.page.ID, e.fields})
		if err == nil {
			e.site.Changed(fmt.Sprintf("page %s was changed to version %d", e.page.ID, e.fields.Version.Number))
			return written, nil
		}
		refusal, ok := errors.AsType[*atlassian.Error](err)
		if !ok || refusal.Status != http.StatusConflict {
			return page{}, refusedPage(err)
		}
		based := e.page.Version.Number
		now, failure := getPage.Do(ctx, e.site, pageRef{e.page.ID, storageFormat.representation(), e.page.Status == draftPage})
		switch {
		case failure != nil:
			return page{}, failure
		case now.Version.Number == based: // it is another conflict
			return page{}, err
		}
		if attempt == mostAttempts || e.in.Mode == replaceMode || e.in.Version != 0 {
			return page{}, movedOn(refusal, based, now.Version.Number)
		}
		e.page = now
		if err := e.checkPage(); err != nil {
			return page{}, err
		}
	}
}

// movedOn tells that a page was changed between reading and writing.
func movedOn(refusal *atlassian.Error, based, now int) error {
	told := refusal.ToolError()
	told.Message = fmt.Sprintf("page_identifier: somebody has changed the page from version %d to version %d meanwhile. Nothing was written. %s", based, now, told.Message)
	told.Prompt = "Read the page again, put the change into what it holds now, and call again."
	return told
}

// prepare makes what is sent of the page as it was read last.
func (e *pageEdit) prepare() (err error) {
	value, representation := e.content.stored, e.content.representation
	if e.in.Mode == replaceMode {
		if e.destroyed, err = e.losses(); err != nil {
			return err
		}
	} else {
		splice := richtext.Append
		if e.in.Mode == prependMode {
			splice = richtext.Prepend
		}
		var body []byte
		body, e.content.losses, err = splice([]byte(e.page.Body.Storage.Value), richtext.FormatStorage, e.content.document)
		if err != nil {
			return e.unreadable(err)
		}
		value, representation = string(body), storageFormat.representation()
	}
	e.fields = updateFields{
		ID: e.page.ID, Status: e.page.Status, Title: string(e.page.Title), Body: bodyFields{representation, value},
		Version: versionFields{e.page.Version.Number + 1},
	}
	if e.page.Status == draftPage {
		e.fields.Version.Number = 1
	}
	return checkSize("content", value)
}

// losses are what the page holds that Markdown cannot, when it is replaced by
// Markdown. They are refused unless they are allowed.
func (e *pageEdit) losses() (told []string, err error) {
	if bodyFormat(e.in.Format) != markdownFormat {
		return nil, nil
	}
	doc, err := richtext.ParseStorage(string(e.page.Body.Storage.Value), richtext.Limits{})
	switch {
	case err != nil && e.in.AllowLoss:
		return []string{"the whole text, which cannot be read: what was in it is not known"}, nil
	case err != nil:
		return nil, e.unreadable(err)
	}
	_, losses := prose.Shown(doc)
	losses = slices.DeleteFunc(losses, func(l richtext.Loss) bool { return l.Kind == "empty paragraph" }) // shows nothing
	const mostKinds = 50
	told = prose.LossesUpTo(mostKinds, losses)
	// Characters that show nothing come with text that is pasted; to lose them is
	// told and not worth a refusal.
	refused := slices.ContainsFunc(losses, func(l richtext.Loss) bool { return l.Kind != prose.InvisibleCharacters })
	if !refused || e.in.AllowLoss {
		return told, nil
	}
	return nil, tool.BadInput("update_mode",
		"replace would destroy what the page holds and Markdown cannot: "+strings.Join(told, "; "),
		"Nothing was written. Use append or prepend, or give the whole text in content_format storage, with what GetPage shows in body_format storage. Set allow_loss to true only if the user agrees to lose all of this.")
}

// unreadable tells that what is stored cannot be edited.
func (e *pageEdit) unreadable(err error) error {
	reason := "the page's text is not well formed, so that nothing can be added to it without harm"
	if errors.Is(err, richtext.ErrTooLarge) {
		reason = "the page's text is too large or too deeply nested to be edited"
	}
	return tool.BadInput("page_identifier", reason, "Nothing was written. Edit the page in Confluence, or replace its whole text with allow_loss set to true.")
}
