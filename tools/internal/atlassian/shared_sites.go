package atlassian

import (
	"context"
	"time"

	"github.com/go-json-experiment/json"

	"arcade-atlassian/tools/shared"
)

// maxShared bounds the list of sites of one token that is shared, in bytes: some
// sixty sites with thirty scopes each. Each replica asks for a larger one.
const maxShared = 64 << 10

// shareable is what replicas tell each other of a token's sites: the rows as
// Atlassian gave them, because each replica may be limited to other sites.
// Without rows it says that no list counts which was asked for before.
type shareable struct {
	Asked int64    `json:"asked"` // Unix time in ns, by the clock of the replica that asked
	Sites siteRows `json:"sites,omitempty"`
}

func (s *session) sharedKey() shared.Key {
	return shared.KeyOf("sites", s.client.base, string(s.token[:]))
}

// fetchShared returns what replicas say of the token's sites, if it is as young
// as what this process would remember. What seems to come from the future does
// not count either: it would be kept too long, and a refusal would not be later.
func (s *session) fetchShared(ctx context.Context, now time.Time) (list shareable, ok bool) {
	value, ok := s.client.replicas.Get(ctx, s.sharedKey())
	if !ok || len(value) > maxShared || decode(value, &list) != nil {
		return shareable{}, false
	}
	age := now.Sub(time.Unix(0, list.Asked))
	return list, age >= 0 && age < sitesKept
}

// sharedSites returns the list of sites that a replica has asked for.
func (s *session) sharedSites(ctx context.Context) (known *knownSites, ok bool) {
	if s.client.replicas == nil {
		return nil, false
	}
	now := time.Now()
	list, ok := s.fetchShared(ctx, now)
	if !ok {
		return nil, false
	}
	rows := unite(list.Sites)
	if len(rows) == 0 {
		return nil, false
	}
	known = s.client.know(rows, now)
	known.age = now.Sub(time.Unix(0, list.Asked))
	return known, true
}

// shareSites tells the other replicas which sites Atlassian listed, unless they
// know of a later list or refusal. None are not told, since the user may be
// about to authorize the first.
func (s *session) shareSites(ctx context.Context, rows siteRows, asked time.Time) {
	if s.client.replicas == nil || len(rows) == 0 {
		return
	}
	list := shareable{asked.UnixNano(), rows}
	if there, ok := s.fetchShared(ctx, time.Now()); ok && there.Asked > list.Asked {
		return
	}
	s.putShared(ctx, list)
}

// unshareSites lets no replica take a list that was asked for before the refused
// request was sent. A later one stays. By the clock of this replica no list that
// it has taken is later, whatever clock dated it.
func (s *session) unshareSites(refused time.Time) {
	if s.client.replicas == nil {
		return
	}
	ctx := context.Background() // the refused call's may have ended; the store bounds its own time
	if there, ok := s.fetchShared(ctx, time.Now()); ok && there.Asked > refused.UnixNano() {
		return
	}
	// Deleting would let a replica that is asking just now put the old list back.
	s.putShared(ctx, shareable{Asked: refused.UnixNano()})
}

func (s *session) putShared(ctx context.Context, list shareable) {
	if len(list.Sites) > maxSites {
		list.Sites = nil
	}
	value, err := json.Marshal(&list, lenient)
	if err != nil || len(value) > maxShared {
		value, _ = json.Marshal(&shareable{Asked: list.Asked}) // of a number
	}
	s.client.replicas.Put(ctx, s.sharedKey(), value, sitesKept)
}
