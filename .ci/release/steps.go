package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// trySteps executes the Dockerfile's build stage as it stands there, with this
// machine's Go and compiled packages, and a directory of its own as the file
// system, modules included. Its result must be the release's binary, bit for bit.
func trySteps(context, commit, binary string) error {
	d, err := readDockerfile(context)
	if err != nil {
		return err
	}
	version, err := goEnv("GOVERSION")
	if err != nil {
		return err
	}
	cache, err := goEnv("GOCACHE")
	if err != nil {
		return err
	}
	language := strings.Join(strings.SplitN(strings.TrimPrefix(version, "go"), ".", 3)[:2], ".")
	if !strings.HasPrefix(d.build.BaseName, "golang:"+language+"-") {
		return fmt.Errorf("the Dockerfile builds with %s, this machine with %s", d.build.BaseName, version)
	}
	root, err := os.MkdirTemp("", "image-build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(root)
	b := builder{context: context, root: root, dir: root, cache: cache, arguments: map[string]string{"COMMIT": commit}}
	if err := b.readIgnored(); err != nil {
		return err
	}
	for _, command := range d.build.Commands {
		if err := b.do(command); err != nil {
			return fmt.Errorf("%s: %w", command, err)
		}
	}
	from, _, err := d.result()
	if err != nil {
		return err
	}
	made, err := os.ReadFile(filepath.Join(root, from))
	if err != nil {
		return err
	}
	released, err := os.ReadFile(binary)
	if err != nil {
		return err
	}
	if !bytes.Equal(made, released) {
		return fmt.Errorf("the Dockerfile's steps make another binary than %s: its flags differ from those of .ci/release/build, or the tree from the one that was released", binary)
	}
	fmt.Printf("the steps make %s, bit for bit\n", binary)
	return nil
}

func goEnv(name string) (string, error) {
	output, err := exec.Command("go", "env", name).Output()
	return strings.TrimSpace(string(output)), err
}

// builder executes instructions below root.
type builder struct {
	context, root, dir string
	cache              string
	arguments          map[string]string
	env                []string
	ignored            *patternmatcher.PatternMatcher
}

func (b *builder) readIgnored() error {
	file, err := os.Open(filepath.Join(b.context, ".dockerignore"))
	if err != nil {
		return err
	}
	defer file.Close()
	patterns, err := ignorefile.ReadAll(file)
	if err != nil {
		return err
	}
	b.ignored, err = patternmatcher.New(patterns)
	return err
}

func (b *builder) do(command instructions.Command) error {
	fmt.Println(command)
	switch c := command.(type) {
	case *instructions.WorkdirCommand:
		b.dir = filepath.Join(b.root, c.Path)
		return os.MkdirAll(b.dir, 0o755)
	case *instructions.CopyCommand:
		if c.From != "" || len(c.SourceContents) != 0 {
			return errors.New("only files of the context are copied here")
		}
		for _, source := range c.SourcePaths {
			if err := b.copy(source, c.DestPath); err != nil {
				return err
			}
		}
		return nil
	case *instructions.ArgCommand:
		for _, a := range c.Args {
			value, given := b.arguments[a.Key]
			if !given && a.Value != nil {
				value = *a.Value
			}
			b.env = append(b.env, a.Key+"="+value)
		}
		return nil
	case *instructions.RunCommand:
		if !c.PrependShell || len(c.Files) != 0 {
			return errors.New("only a line for the shell is run here")
		}
		return b.run(strings.Join(c.CmdLine, " "))
	}
	return fmt.Errorf("what to do is not known (%T)", command)
}

// copy copies what .dockerignore leaves of a file or directory of the context.
func (b *builder) copy(source, destination string) error {
	if strings.ContainsAny(source, "*?[") || filepath.IsAbs(destination) {
		return errors.New("only plain names are copied here, into the working directory")
	}
	start := filepath.Join(b.context, source)
	return filepath.WalkDir(start, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(b.context, path)
		if err != nil {
			return err
		}
		if ignored, err := b.ignored.MatchesOrParentMatches(name); err != nil || ignored {
			if entry.IsDir() && err == nil {
				return fs.SkipDir // no pattern takes anything back
			}
			return err
		}
		below, err := filepath.Rel(start, path)
		if err != nil {
			return err
		}
		if below == "." && !entry.IsDir() {
			below = filepath.Base(source)
		}
		to := filepath.Join(b.dir, destination, below)
		if entry.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(to, content, 0o644)
	})
}

// run runs a line with the environment of the base image, and the machine's
// settings for where modules come from.
func (b *builder) run(line string) error {
	command := exec.Command("/bin/sh", "-c", line)
	command.Dir = b.dir
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	command.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + filepath.Join(b.root, "root"), "GOPATH=" + filepath.Join(b.root, "go"), "GOTOOLCHAIN=local", "GOCACHE=" + b.cache,
		"GOFLAGS=-modcacherw", // so that the directory can be removed
	}, b.env...)
	for _, name := range []string{"GOPROXY", "GOSUMDB", "HTTPS_PROXY", "SSL_CERT_FILE"} {
		if value, set := os.LookupEnv(name); set {
			command.Env = append(command.Env, name+"="+value)
		}
	}
	return command.Run()
}
