package sandbox_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/tools/sandbox"
)

func TestTokens(t *testing.T) {
	t.Parallel()
	s := sandbox.New(sandbox.Options{})
	plain, valid := s.Grant("Bearer sandbox")
	if !valid {
		t.Fatal("the plain token is refused")
	}
	every := plain.Scopes
	for _, scope := range []string{
		"read:jira-work", "write:jira-work", "read:jira-user", "read:board-scope:jira-software", "read:project:jira",
		"read:page:confluence", "read:space:confluence", "search:confluence", "offline_access", "read:application-role:jira",
	} {
		if !slices.Contains(every, scope) {
			t.Errorf("the plain token lacks %s", scope)
		}
	}

	tests := []struct {
		header string
		want   sandbox.Grant
	}{
		{"Bearer sandbox", sandbox.Grant{User: "ada", Sites: []string{"acme"}, Scopes: every}},
		{"bearer sandbox", sandbox.Grant{User: "ada", Sites: []string{"acme"}, Scopes: every}},
		{"Bearer sandbox;sites=globex", sandbox.Grant{User: "ada", Sites: []string{"globex"}, Scopes: every}},
		{"Bearer sandbox;user=kim", sandbox.Grant{User: "kim", Sites: []string{"acme"}, Scopes: every}},
		{"Bearer sandbox;scopes=", sandbox.Grant{User: "ada", Sites: []string{"acme"}}},
		{"Bearer sandbox;scopes=b,a,b,anything:at/all", sandbox.Grant{User: "ada", Sites: []string{"acme"}, Scopes: []string{"a", "anything:at/all", "b"}}},
		{"Bearer sandbox;scopes=a=b", sandbox.Grant{User: "ada", Sites: []string{"acme"}, Scopes: []string{"a=b"}}},
		{
			"Bearer sandbox;latency=1500ms;user=bob;sites=globex,acme;scopes=read:jira-work,read:jira-user",
			sandbox.Grant{User: "bob", Sites: []string{"globex", "acme"}, Scopes: []string{"read:jira-user", "read:jira-work"}, Latency: 1500 * time.Millisecond},
		},
		{"Bearer sandbox;latency=24h", sandbox.Grant{User: "ada", Sites: []string{"acme"}, Scopes: every, Latency: time.Minute}},
	}
	for _, tt := range tests {
		got, valid := s.Grant(tt.header)
		if diff := cmp.Diff(tt.want, got); !valid || diff != "" {
			t.Errorf("%q is valid: %t (-want +got):\n%s", tt.header, valid, diff)
		}
	}

	for _, header := range []string{
		"", "Bearer", "Bearer ", "sandbox", "Basic sandbox", "Bearer  sandbox", "Bearer sandbox ", "Bearer Sandbox", "Bearer sandboxes",
		"Bearer sandbox;", "Bearer sandbox;;user=ada", "Bearer ;user=ada", "Bearer sandbox,user=ada",
		"Bearer sandbox;user", "Bearer sandbox;user=", "Bearer sandbox;user=nobody", "Bearer sandbox;user=carla", "Bearer sandbox;User=ada",
		"Bearer sandbox;user=ada;user=ada", "Bearer sandbox;user=ada;",
		"Bearer sandbox;sites=", "Bearer sandbox;sites=acme,", "Bearer sandbox;sites=acme,initech", "Bearer sandbox;sites=acme,acme", "Bearer sandbox;sites=" + acmeID,
		"Bearer sandbox;scopes=,", "Bearer sandbox;scopes=a,,b", "Bearer sandbox;scopes=a b", "Bearer sandbox;scopes=a\tb", "Bearer sandbox;scopes=é",
		"Bearer sandbox;latency=", "Bearer sandbox;latency=1", "Bearer sandbox;latency=-1s", "Bearer sandbox;latency=soon",
		"Bearer sandbox;color=red", "Bearer sandbox;=",
	} {
		if got, valid := s.Grant(header); valid {
			t.Errorf("%q is accepted as %+v", header, got)
		}
	}
}

func FuzzToken(f *testing.F) {
	for _, seed := range []string{
		"sandbox", "sandbox;sites=acme,globex;scopes=read:jira-work;user=bob;latency=1500ms", "sandbox;scopes=", "sandbox;;", "sandbox;latency=9999h",
	} {
		f.Add(seed)
	}
	s := sandbox.New(sandbox.Options{})
	f.Fuzz(func(t *testing.T, token string) {
		got, valid := s.Grant("Bearer " + token)
		if !valid {
			return
		}
		if len(got.Sites) == 0 || got.User == "" || got.Latency < 0 || got.Latency > time.Minute {
			t.Errorf("%q stands for %+v", token, got)
		}
		// The order of the options means nothing.
		options := strings.Split(token, ";")
		slices.Reverse(options[1:])
		again, valid := s.Grant("Bearer " + strings.Join(options, ";"))
		if diff := cmp.Diff(got, again); !valid || diff != "" {
			t.Errorf("%q in another order is valid: %t (-want +got):\n%s", token, valid, diff)
		}
	})
}
