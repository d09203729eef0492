package tool_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"arcade-atlassian/tools/tool"
)

func TestTokensAndSecretsNeverPrint(t *testing.T) {
	t.Parallel()
	const text = "hunter2"
	token, secret := tool.NewToken(text), tool.NewSecret(text)
	if token.Reveal() != text || token.String() != "[token]" {
		t.Errorf("Reveal is %q, String is %q", token.Reveal(), token.String())
	}
	if secret.Reveal() != text || secret.String() != "[secret]" {
		t.Errorf("Reveal is %q, String is %q", secret.Reveal(), secret.String())
	}
	type exported struct{ Token tool.Token }
	type hidden struct{ token tool.Token }
	type hiddenSecret struct{ secret tool.Secret }
	inv := &tool.Invocation{Token: token, Secrets: map[string]tool.Secret{"KEY": secret}}
	shapes := map[string]any{
		"token": token, "pointer": &token, "list": []tool.Token{token}, "map": map[string]tool.Token{"t": token},
		"key": map[tool.Token]bool{token: true}, "field": exported{token}, "unexported field": hidden{token},
		"pointer to unexported field": &hidden{token}, "deep": []any{map[int]hidden{1: {token}}}, "invocation": inv,
		"secret": secret, "pointer to a secret": &secret, "list of secrets": []tool.Secret{secret}, "secrets by key": inv.Secrets,
		"key that is a secret": map[tool.Secret]bool{secret: true}, "unexported secret": hiddenSecret{secret}, "pointer to unexported secret": &hiddenSecret{secret},
	}
	for name, shape := range shapes {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%t", "%c", "%U", "%o", "%b", "%20v", "%!", "%T"} {
			if got := fmt.Sprintf(verb, shape); leaks(got, text) {
				t.Errorf("%s with %s prints %s", name, verb, got)
			}
		}
		if got := fmt.Sprint(shape) + fmt.Sprintln(shape) + errors.Join(fmt.Errorf("call %v", shape)).Error(); leaks(got, text) {
			t.Errorf("%s prints %s", name, got)
		}
		if got, err := json.Marshal(shape); err == nil && leaks(string(got), text) {
			t.Errorf("%s as JSON is %s", name, got)
		}
	}
}

// leaks reports whether a print holds the text, also as hexadecimal or
// numbers.
func leaks(print, text string) bool {
	for _, form := range []string{"%s", "%x", "%X", "% x", "%d", "%o", "%b", "%c", "%U"} {
		for _, v := range []any{text, []byte(text), []rune(text)} {
			if form := strings.Trim(fmt.Sprintf(form, v), "[]"); !strings.Contains(form, "%!") && strings.Contains(print, form) {
				return true
			}
		}
	}
	return false
}

func TestNoTokenAndNoSecret(t *testing.T) {
	t.Parallel()
	if got := (tool.Token{}).Reveal(); got != "" {
		t.Errorf("the zero Token is %q", got)
	}
	if got := fmt.Sprintf("%v %s %#v %v %v %#v", tool.Token{}, tool.Token{}, tool.Token{}, tool.NewToken(""), tool.Secret{}, tool.Secret{}); got != "[token] [token] [token] [token] [secret] [secret]" {
		t.Errorf("got %s", got)
	}
}

func TestUpstreamCounts(t *testing.T) {
	t.Parallel()
	var u tool.Upstream
	u.Called("GET /thing", false)
	u.Called("GET /thing", true)
	u.Called("GET /thing", true)
	if u.Calls() != 3 || u.Retries() != 2 {
		t.Errorf("got %d calls, %d retries", u.Calls(), u.Retries())
	}
}
