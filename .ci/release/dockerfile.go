package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// dockerfile is a Dockerfile of two stages: the first builds the binary, the
// second is the image.
type dockerfile struct{ build, final instructions.Stage }

func readDockerfile(context string) (d dockerfile, err error) {
	file, err := os.Open(filepath.Join(context, "Dockerfile"))
	if err != nil {
		return d, err
	}
	defer file.Close()
	parsed, err := parser.Parse(file)
	if err != nil {
		return d, err
	}
	stages, _, err := instructions.Parse(parsed.AST, nil)
	if err != nil {
		return d, err
	}
	if len(stages) != 2 || stages[0].Name != "build" {
		return d, fmt.Errorf("the Dockerfile has %d stages, where a stage \"build\" and the image's are expected", len(stages))
	}
	return dockerfile{stages[0], stages[1]}, nil
}

// result is the file of the build stage that the image gets, and its place there.
func (d dockerfile) result() (from, to string, err error) {
	for _, command := range d.final.Commands {
		if c, ok := command.(*instructions.CopyCommand); ok {
			if from != "" || c.From != d.build.Name || len(c.SourcePaths) != 1 || len(c.SourceContents) != 0 {
				return "", "", fmt.Errorf("%s: the image gets one file, from the stage \"build\"", c)
			}
			from, to = c.SourcePaths[0], c.DestPath
		}
	}
	if from == "" {
		return "", "", fmt.Errorf("the image gets no file of the stage \"build\"")
	}
	return from, to, nil
}
