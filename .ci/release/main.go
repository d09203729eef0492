// Command release turns the Dockerfile and the binaries of a release into an
// image without a container engine, and tries both:
//
//	release steps CONTEXT COMMIT BINARY        executes the Dockerfile's build stage in a clean directory; its result must be BINARY
//	release image CONTEXT COMMIT SECONDS DIR   writes DIR/image, an OCI layout of the Linux binaries in DIR
//	release try DIR                            runs the image in DIR/image for this machine's architecture
package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 4 && args[0] == "steps":
		return trySteps(args[1], args[2], args[3])
	case len(args) == 5 && args[0] == "image":
		seconds, err := strconv.ParseInt(args[3], 10, 64)
		if err != nil {
			return err
		}
		return writeImage(args[1], args[2], time.Unix(seconds, 0).UTC(), args[4])
	case len(args) == 2 && args[0] == "try":
		return tryImage(args[1])
	}
	return errors.New("usage: release steps CONTEXT COMMIT BINARY | image CONTEXT COMMIT SECONDS DIR | try DIR")
}
