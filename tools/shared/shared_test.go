package shared_test

import (
	"testing"

	"arcade-atlassian/tools/shared"
)

func TestKeysTellPartsApart(t *testing.T) {
	t.Parallel()
	seen := map[shared.Key][]string{}
	for _, parts := range [][]string{
		{}, {""}, {"", ""}, {"ab"}, {"a", "b"}, {"b", "a"}, {"ab", ""}, {"", "ab"}, {"\x01a"}, {"a\x01b"},
	} {
		k := shared.KeyOf("kind", parts...)
		if other, ok := seen[k]; ok {
			t.Errorf("%q and %q have one key", parts, other)
		}
		seen[k] = parts
		if k != shared.KeyOf("kind", parts...) {
			t.Errorf("%q has two keys", parts)
		}
	}
	if shared.KeyOf("a", "b") == shared.KeyOf("ab") || shared.KeyOf("a", "b") == shared.KeyOf("b", "a") {
		t.Error("kind and parts are not told apart")
	}
}

func TestIsAlone(t *testing.T) {
	t.Parallel()
	if !shared.IsAlone(nil) || !shared.IsAlone(shared.NewMemory(0)) {
		t.Error("what is in this process alone is said to be elsewhere")
	}
	if shared.IsAlone(struct{ shared.Store }{}) {
		t.Error("another store is said to be in this process alone")
	}
}
