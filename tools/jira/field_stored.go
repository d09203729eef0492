package jira

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/internal/text"
)

// stores reports whether a field whose value is stored holds what was sent.
// Jira answers with more than it was sent, and names the same thing by other
// members; texts it trims, documents it completes, lists it orders by itself.
func stores(stored, sent jsontext.Value) bool {
	if isEmptyValue(sent) || isEmptyValue(stored) {
		return isEmptyValue(sent) == isEmptyValue(stored)
	}
	switch {
	case sent.Kind() == '[':
		return storesAll(stored, sent)
	case stored.Kind() == '[': // of which one was sent, such as the sprint
		return slices.ContainsFunc(itemsOf(stored), func(one jsontext.Value) bool { return stores(one, sent) })
	case sent.Kind() == '{':
		return storesObject(stored, sent)
	case stored.Kind() == '{':
		return isNamedBy(stored, scalarText(sent))
	case sent.Kind() == '0':
		a, errA := strconv.ParseFloat(string(sent), 64)
		b, errB := strconv.ParseFloat(scalarText(stored), 64)
		return errA == nil && errB == nil && a == b
	case sent.Kind() == '"':
		return sameLine(scalarText(stored), scalarText(sent))
	}
	return string(stored) == string(sent)
}

func itemsOf(list jsontext.Value) (items []jsontext.Value) {
	_ = json.Unmarshal(list, &items) // no list, no items
	return items
}

// storesAll compares lists as sets.
func storesAll(stored, sent jsontext.Value) bool {
	all, wanted := itemsOf(stored), itemsOf(sent)
	held := func(one jsontext.Value) bool {
		return slices.ContainsFunc(all, func(other jsontext.Value) bool { return stores(other, one) })
	}
	wantedToo := func(other jsontext.Value) bool {
		return slices.ContainsFunc(wanted, func(one jsontext.Value) bool { return stores(other, one) })
	}
	return !slices.ContainsFunc(wanted, func(one jsontext.Value) bool { return !held(one) }) &&
		!slices.ContainsFunc(all, func(other jsontext.Value) bool { return !wantedToo(other) })
}

func storesObject(stored, sent jsontext.Value) bool {
	var have, want map[string]jsontext.Value
	if json.Unmarshal(sent, &want) != nil || json.Unmarshal(stored, &have, jsontext.AllowDuplicateNames(true)) != nil {
		return false
	}
	if scalarText(want["type"]) == "doc" {
		return sameText(sent, stored)
	}
	for name := range maps.Keys(want) {
		if !stores(have[name], want[name]) {
			return false
		}
	}
	return true
}

// isNamedBy reports whether an object has the name or ID.
func isNamedBy(object jsontext.Value, name string) bool {
	var members map[string]jsontext.Value
	if json.Unmarshal(object, &members, jsontext.AllowDuplicateNames(true)) != nil {
		return false
	}
	return slices.ContainsFunc([]string{"id", "key", "name", "value", "accountId"}, func(member string) bool {
		return sameLine(scalarText(members[member]), name)
	})
}

// sameLine compares texts, and moments whose offsets differ.
func sameLine(a, b string) bool {
	clean := func(s string) string { return strings.TrimSpace(text.Clean(strings.ReplaceAll(s, "\r\n", "\n"))) }
	if clean(a) == clean(b) {
		return true
	}
	at, errA := time.Parse(jiraTime, a)
	bt, errB := time.Parse(jiraTime, b)
	return errA == nil && errB == nil && at.Equal(bt)
}
