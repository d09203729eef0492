package tool_test

import (
	"strings"
	"testing"

	"arcade-atlassian/tools/tool"
)

func TestStatusError(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status  int
		write   bool
		kind    tool.Kind
		retry   bool
		message string
	}{
		{401, false, tool.KindUpstreamAuth, false, "(Unauthorized, client error)"},
		{403, true, tool.KindUpstreamAuth, false, "(Forbidden, client error)"},
		{404, false, tool.KindUpstreamNotFound, false, "(Not Found, client error)"},
		{409, true, tool.KindUpstreamBadRequest, false, "(Conflict, client error)"},
		{429, true, tool.KindUpstreamRateLimit, true, "(Too Many Requests, client error)"},
		{499, false, tool.KindUpstreamBadRequest, false, "(Unknown Status, client error)"},
		{500, false, tool.KindUpstreamServer, true, "(Internal Server Error, server error)"},
		{503, true, tool.KindUpstreamServer, false, "(Service Unavailable, server error)"},
		{302, false, tool.KindUpstreamUnmapped, false, "(Found, redirection)"},
		{207, false, tool.KindUpstreamUnmapped, false, "(Multi-Status, response)"},
	} {
		e := tool.StatusError(tt.status, tt.write)
		if e.Kind != tt.kind || e.CanRetry != tt.retry || e.Status != tt.status || !strings.HasSuffix(e.Message, tt.message+".") {
			t.Errorf("%d: %+v", tt.status, e)
		}
		if mayHaveHappened := tt.write && tt.status >= 500; mayHaveHappened != strings.Contains(e.Prompt, "look before") {
			t.Errorf("%d: %q", tt.status, e.Prompt)
		}
		if (e.After != nil) != (tt.status == 429) {
			t.Errorf("%d: wait %v", tt.status, e.After)
		}
	}
}

func TestUndecodable(t *testing.T) {
	t.Parallel()
	read, write := tool.Undecodable(false), tool.Undecodable(true)
	if read.Kind != tool.KindNetworkUnmapped || !read.CanRetry || read.Prompt != "" {
		t.Errorf("%+v", read)
	}
	if write.CanRetry || !strings.Contains(write.Prompt, "look before") {
		t.Errorf("%+v", write)
	}
}
