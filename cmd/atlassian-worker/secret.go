package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Secrets are read directly and have no flags, because flags show in process
// lists. Each variable has a sibling that names a file instead.
const (
	secretVariable         = "ARCADE_WORKER_SECRET"          //nolint:gosec // a variable's name, not a secret
	previousSecretVariable = "ARCADE_WORKER_SECRET_PREVIOUS" //nolint:gosec // a variable's name, not a secret
	fileSuffix             = "_FILE"
)

// workerSecret is the secret shared with the Engine, "" when none is set.
func workerSecret() (string, error) { return secretOf(secretVariable) }

// needSecret is the same for commands that do nothing without.
func needSecret() (string, error) {
	secret, err := workerSecret()
	if err == nil && secret == "" {
		err = usagef("set %s to the worker's secret, or %s to a file with it", secretVariable, secretVariable+fileSuffix)
	}
	return secret, err
}

// previousSecret is the one that is accepted besides, "" when none is set.
func previousSecret() (string, error) { return secretOf(previousSecretVariable) }

// secretOf reads a secret from a variable or from the file that its sibling
// names. An error says where it was looked for and nothing of what was there.
func secretOf(variable string) (string, error) {
	secret, name := os.Getenv(variable), os.Getenv(variable+fileSuffix)
	switch {
	case name == "":
		return secret, nil
	case secret != "":
		return "", usagef("%s and %s are both set: which is meant?", variable, variable+fileSuffix)
	}
	secret, err := secretIn(name)
	if err != nil {
		return "", usagef("%s: %w", variable+fileSuffix, err)
	}
	return secret, nil
}

// maxSecret bounds in bytes what is taken for a secret: a larger file is another
// one.
const maxSecret = 64 << 10

// secretIn is what a file holds, without the one line ending that editors and
// echo put at its end.
func secretIn(name string) (string, error) {
	file, err := os.Open(name) //nolint:gosec // the operator names it
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }() // it was only read
	content, err := io.ReadAll(io.LimitReader(file, maxSecret+1))
	if err != nil {
		return "", err
	}
	if len(content) > maxSecret {
		return "", fmt.Errorf("%s has more than %d bytes, which is no secret", name, maxSecret)
	}
	secret := strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
	if strings.TrimSpace(secret) == "" {
		return "", errors.New(name + " is empty")
	}
	return secret, nil
}
