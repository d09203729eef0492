package main

import (
	"archive/tar"
	"bytes"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

const layoutName = "image" // the OCI layout's directory among the release's files

const certificates = "etc/ssl/certs/ca-certificates.crt" // where Go looks for them first

// architectures are those of the image; a release has a Linux binary of each.
var architectures = []string{"amd64", "arm64"}

// writeImage writes an index of one image for each architecture. It is the
// Dockerfile's image with another base: what the worker needs of a base,
// certificates and a user, is written here.
func writeImage(context, commit string, created time.Time, dir string) error {
	d, err := readDockerfile(context)
	if err != nil {
		return err
	}
	config, err := imageConfig(d.final)
	if err != nil {
		return err
	}
	config.Labels = map[string]string{"org.opencontainers.image.revision": commit}
	_, binary, err := d.result()
	if err != nil {
		return err
	}
	base, err := layer(
		tarEntry{"etc/passwd", 0o644, []byte("root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n")},
		tarEntry{"etc/group", 0o644, []byte("root:x:0:\nnonroot:x:65532:\n")},
		tarEntry{certificates, 0o644, roots()},
	)
	if err != nil {
		return err
	}
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, architecture := range architectures {
		content, err := os.ReadFile(filepath.Join(dir, "atlassian-worker-linux-"+architecture))
		if err != nil {
			return err
		}
		program, err := layer(tarEntry{strings.TrimPrefix(binary, "/"), 0o755, content})
		if err != nil {
			return err
		}
		image, err := mutate.ConfigFile(mutate.MediaType(mutate.ConfigMediaType(empty.Image, types.OCIConfigJSON), types.OCIManifestSchema1), &v1.ConfigFile{
			OS: "linux", Architecture: architecture, Created: v1.Time{Time: created}, Config: config,
			RootFS: v1.RootFS{Type: "layers"},
		})
		if err != nil {
			return err
		}
		image, err = mutate.Append(image,
			mutate.Addendum{Layer: base, History: v1.History{Created: v1.Time{Time: created}, CreatedBy: "certificates and a user"}},
			mutate.Addendum{Layer: program, History: v1.History{Created: v1.Time{Time: created}, CreatedBy: "COPY " + binary}},
		)
		if err != nil {
			return err
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add: image, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: architecture}},
		})
	}
	to := filepath.Join(dir, layoutName)
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	if _, err := layout.Write(to, index); err != nil {
		return err
	}
	digest, err := index.Digest()
	if err != nil {
		return err
	}
	fmt.Printf("%s is an OCI layout, index %s\n", to, digest)
	return nil
}

// imageConfig is what the Dockerfile says about running the image.
func imageConfig(stage instructions.Stage) (c v1.Config, err error) {
	c.Env = []string{"PATH=/", "SSL_CERT_FILE=/" + certificates}
	c.ExposedPorts = map[string]struct{}{}
	for _, command := range stage.Commands {
		switch d := command.(type) {
		case *instructions.CopyCommand:
		case *instructions.UserCommand:
			c.User = d.User
		case *instructions.EnvCommand:
			for _, e := range d.Env {
				c.Env = append(c.Env, e.Key+"="+e.Value)
			}
		case *instructions.ExposeCommand:
			for _, port := range d.Ports {
				c.ExposedPorts[port+"/tcp"] = struct{}{}
			}
		case *instructions.HealthCheckCommand:
			h := d.Health
			c.Healthcheck = &v1.HealthConfig{Test: h.Test, Interval: h.Interval, Timeout: h.Timeout, StartPeriod: h.StartPeriod, Retries: h.Retries}
		case *instructions.EntrypointCommand:
			c.Entrypoint = d.CmdLine
		case *instructions.CmdCommand:
			c.Cmd = d.CmdLine
		default:
			return c, fmt.Errorf("%s: what it means for the image is not known", command)
		}
	}
	return c, nil
}

type tarEntry struct {
	name    string
	mode    int64
	content []byte
}

// layer holds the files, with the directories above them, and no time or owner
// but the beginning of time and root.
func layer(files ...tarEntry) (v1.Layer, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	made := map[string]bool{}
	for _, f := range files {
		parts := strings.Split(f.name, "/")
		for i := 1; i < len(parts); i++ {
			parent := strings.Join(parts[:i], "/") + "/"
			if made[parent] {
				continue
			}
			made[parent] = true
			if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: parent, Mode: 0o755, ModTime: time.Unix(0, 0)}); err != nil {
				return nil, err
			}
		}
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: f.name, Mode: f.mode, Size: int64(len(f.content)), ModTime: time.Unix(0, 0)}); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.content); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil }
	return tarball.LayerFromOpener(open, tarball.WithMediaType(types.OCILayer))
}

// roots are the certificates of Mozilla's list that stand without conditions
// only a program could check, in the version that go.mod pins.
func roots() []byte {
	var b bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint == nil {
			_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}) // a buffer takes everything
		}
	}
	return b.Bytes()
}
