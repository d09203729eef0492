package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// chart is the Helm chart in dir. It is linted and rendered with each value
// changed; every object is decoded strictly into Kubernetes' own types, and
// asked for what must hold whatever the values are.
type chart struct{ helm, dir string }

func (c chart) check() error {
	content, err := os.ReadFile(filepath.Join(c.dir, "values.yaml"))
	if err != nil {
		return err
	}
	var defaults map[string]any
	if err := yaml.UnmarshalStrict(content, &defaults); err != nil {
		return err
	}
	var errs []error
	for _, path := range leaves("", defaults) {
		if _, ok := changes[path]; !ok {
			errs = append(errs, fmt.Errorf("values.yaml has %s: add a change of it to the table, so that it is tried", path))
		}
	}
	if output, err := c.run("lint", "--strict", c.dir, "--values", "-", required); err != nil {
		errs = append(errs, fmt.Errorf("helm lint: %w: %s", err, output))
	}
	objects := 0
	for _, path := range slices.Sorted(maps.Keys(changes)) {
		n, err := c.try(path, changes[path])
		objects += n
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", path, err))
		}
	}
	for _, wrong := range refused {
		output, err := c.render(wrong.values)
		switch {
		case err == nil:
			errs = append(errs, fmt.Errorf("taken, and should be refused: %s", wrong.values))
		case !strings.Contains(output, wrong.says):
			errs = append(errs, fmt.Errorf("%s: refused without %q: %s", wrong.values, wrong.says, output))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	fmt.Printf("%d values changed, %d objects decoded, %d wrong values refused\n", len(changes), objects, len(refused))
	return nil
}

// checkVersion compares the version of the worker with the one that the chart
// asks for when no tag is given.
func (c chart) checkVersion(worker string) error {
	content, err := os.ReadFile(filepath.Join(c.dir, "Chart.yaml"))
	if err != nil {
		return err
	}
	var about struct {
		AppVersion string `json:"appVersion"`
	}
	if err := yaml.Unmarshal(content, &about); err != nil {
		return err
	}
	output, err := exec.Command(worker, "version").Output()
	if err != nil {
		return err
	}
	if fields := strings.Fields(string(output)); len(fields) < 2 || fields[1] != about.AppVersion {
		return fmt.Errorf("the chart is for version %s, the worker is %q", about.AppVersion, output)
	}
	return nil
}

// try renders the chart without and with a change: both must be right, and
// differ.
func (c chart) try(path string, change change) (objects int, err error) {
	before, err := c.render(required + change.given)
	if err != nil {
		return 0, fmt.Errorf("%w: %s", err, before)
	}
	after, err := c.render(required + change.given + change.to)
	if err != nil {
		return 0, fmt.Errorf("%w: %s", err, after)
	}
	if before == after {
		return 0, errors.New("the change changes nothing")
	}
	if change.shows != "" && !strings.Contains(after, change.shows) {
		err = fmt.Errorf("%q is not in what is rendered:\n%s", change.shows, after)
	}
	for _, text := range []string{before, after} {
		r, decodeErr := decode(text)
		objects += r.count
		err = errors.Join(err, decodeErr, r.check())
	}
	return objects, err
}

// render returns what helm prints, whether it fails or not.
func (c chart) render(values string) (string, error) {
	return c.run("template", "release", c.dir, "--namespace", "tools", "--kube-version", kubernetes, "--values", "-", values)
}

// run runs helm with the last argument as its input.
func (c chart) run(args ...string) (string, error) {
	last := len(args) - 1
	values, err := merge(args[last])
	if err != nil {
		return "", err
	}
	command := exec.Command(c.helm, args[:last]...)
	command.Stdin = bytes.NewReader(values)
	output, err := command.CombinedOutput()
	return string(output), err
}

// merge makes one document of lines such as "image/tag: 1.0": a later line for the
// same value goes before an earlier one.
func merge(lines string) ([]byte, error) {
	values := map[string]any{}
	for line := range strings.Lines(lines) {
		path, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		var value any
		if err := yaml.UnmarshalStrict([]byte(text), &value); err != nil {
			return nil, fmt.Errorf("%s: %w", line, err)
		}
		at := values
		parts := strings.Split(path, "/")
		for _, part := range parts[:len(parts)-1] {
			next, ok := at[part].(map[string]any)
			if !ok {
				next = map[string]any{}
				at[part] = next
			}
			at = next
		}
		at[parts[len(parts)-1]] = value
	}
	return yaml.Marshal(values)
}

// leaves are the paths of all values that are not objects with members.
func leaves(path string, value any) (paths []string) {
	object, ok := value.(map[string]any)
	if !ok || len(object) == 0 {
		return []string{path}
	}
	for name, member := range object {
		below := name
		if path != "" {
			below = path + "/" + name
		}
		paths = append(paths, leaves(below, member)...)
	}
	slices.Sort(paths)
	return paths
}
