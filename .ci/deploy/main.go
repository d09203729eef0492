// Command deploy holds what is in deploy/ to what Kubernetes, Helm and Docker
// Compose take, and to what it promises: deploy HELM WORKER DIRECTORY.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: deploy HELM WORKER DIRECTORY")
		os.Exit(2)
	}
	helm, worker, dir := os.Args[1], os.Args[2], os.Args[3]
	c := chart{helm: helm, dir: filepath.Join(dir, "helm", "atlassian-worker")}
	if err := errors.Join(c.check(), c.checkVersion(worker), checkCompose(filepath.Join(dir, "compose"), worker)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
