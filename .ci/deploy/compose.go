package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"sigs.k8s.io/yaml"
)

// checkCompose reads the example as docker compose does, and holds it to env.example
// and to what the worker prints for an Engine's configuration.
func checkCompose(dir, worker string) error {
	example, err := os.ReadFile(filepath.Join(dir, "env.example"))
	if err != nil {
		return err
	}
	env := types.Mapping{}
	for line := range strings.Lines(string(example)) {
		if name, value, found := strings.Cut(strings.TrimSpace(line), "="); found {
			if value != "" {
				return fmt.Errorf("env.example has a value for %s: it is the user's", name)
			}
			env[name] = "filled in"
		}
	}
	load := func(env types.Mapping) (*types.Project, error) {
		return loader.LoadWithContext(context.Background(), types.ConfigDetails{
			WorkingDir: dir, ConfigFiles: []types.ConfigFile{{Filename: filepath.Join(dir, "docker-compose.yaml")}},
			Environment: maps.Clone(env), // it is added to
		})
	}
	project, err := load(env)
	if err != nil {
		return err
	}
	var errs []error
	for name := range env {
		without := types.Mapping{}
		for n, v := range env {
			if n != name {
				without[n] = v
			}
		}
		if _, err := load(without); err == nil {
			errs = append(errs, fmt.Errorf("compose starts without %s of env.example", name))
		}
	}
	s, found := project.Services["atlassian-worker"]
	if !found {
		return errors.New("there is no service atlassian-worker")
	}
	if !s.ReadOnly || s.Privileged || !slices.Equal(s.CapDrop, []string{"ALL"}) || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") || s.MemLimit == 0 || len(s.Ports) != 0 {
		errs = append(errs, errors.New("the worker is not locked up: read_only, cap_drop ALL, no-new-privileges, mem_limit, no ports"))
	}
	if secret := project.Services["engine"].Environment["ARCADE_WORKER_SECRET"]; secret == nil || *secret != "filled in" {
		errs = append(errs, errors.New("the engine does not get the secret of .env"))
	}
	file := s.Environment["ARCADE_WORKER_SECRET_FILE"]
	if len(s.Secrets) != 1 || file == nil || *file != "/run/secrets/"+s.Secrets[0].Source || project.Secrets[s.Secrets[0].Source].File == "" || s.Environment["ARCADE_WORKER_SECRET"] != nil {
		errs = append(errs, errors.New("the worker does not get its secret from a file"))
	}
	return errors.Join(append(errs, checkEngineConfig(dir, worker))...)
}

func checkEngineConfig(dir, worker string) error {
	content, err := os.ReadFile(filepath.Join(dir, "engine.yaml"))
	if err != nil {
		return err
	}
	printed, err := exec.Command(worker, "register", "--print-config", "http://atlassian-worker:8002").Output()
	if err != nil {
		return err
	}
	var ours, theirs map[string]any
	if err := errors.Join(yaml.UnmarshalStrict(content, &ours), yaml.UnmarshalStrict(printed, &theirs)); err != nil {
		return err
	}
	if !reflect.DeepEqual(ours["tools"], theirs["tools"]) {
		return fmt.Errorf("engine.yaml registers the worker otherwise than register --print-config:\n%s", printed)
	}
	return nil
}
