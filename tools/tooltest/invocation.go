package tooltest

import (
	"arcade-atlassian/tools/tool"
)

// invocation is what a run is called with.
func (b *battery) invocation(c call) *tool.Invocation {
	inv := &tool.Invocation{Inputs: c.inputs, Metadata: b.Metadata, Secrets: map[string]tool.Secret{}}
	if inv.Inputs == nil {
		inv.Inputs = c.input()
	}
	if token := b.tokenOf(c); token != "" {
		inv.Token = tool.NewToken(token)
	}
	for key, value := range b.secretsOf(c.scenarioCase) {
		inv.Secrets[key] = tool.NewSecret(value)
	}
	if c.metadata != nil {
		inv.Metadata = c.metadata
	}
	return inv
}

// tokenOf is the token that a run is made with.
func (b *battery) tokenOf(c call) string {
	switch {
	case c.token != "":
		return c.token
	case c.tokenText != "":
		return c.tokenText
	}
	return b.Token
}

func (b *battery) secretsOf(c *scenarioCase) map[string]string {
	if c.secrets != nil {
		return c.secrets
	}
	return b.Secrets
}
