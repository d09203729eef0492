package main

import (
	"time"

	"arcade-atlassian/worker"
)

type jwtCmd struct {
	TTL time.Duration `name:"ttl" help:"How long the token is valid." default:"1h"`
}

// Help is printed below the command's one-line help.
func (jwtCmd) Help() string {
	return "The token is signed with " + secretVariable + ", or with what is in the file that " + secretVariable + fileSuffix + " names, as the Engine's are."
}

// Run prints the token.
func (c *jwtCmd) Run(s *shell) error {
	secret, err := needSecret()
	if err != nil {
		return err
	}
	if err := positive("--ttl", c.TTL, "1h"); err != nil {
		return err
	}
	token, err := worker.NewToken(secret, time.Now(), c.TTL)
	if err != nil {
		return err
	}
	s.printf("%s\n", token)
	return nil
}
