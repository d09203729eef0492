package main

import (
	"archive/tar"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/match"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// tryImage unpacks the image and runs it, with runc where this machine allows
// that, else in a chroot: it must be healthy by its own health check and from
// outside, run as its user and refuse strangers, and end with 0 when asked to.
func tryImage(dir string) error {
	image, err := imageForThisMachine(filepath.Join(dir, layoutName))
	if err != nil {
		return err
	}
	file, err := image.ConfigFile()
	if err != nil {
		return err
	}
	if file.Config.Healthcheck == nil || len(file.Config.Healthcheck.Test) < 2 || file.Config.Healthcheck.Test[0] != "CMD" {
		return errors.New("the image has no health check")
	}
	bundle, err := os.MkdirTemp("", "image-run-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(bundle)
	if err := os.Chmod(bundle, 0o755); err != nil { // the image's user passes through
		return err
	}
	root := filepath.Join(bundle, "rootfs")
	if err := unpack(image, root); err != nil {
		return err
	}
	if err := checkCertificates(root); err != nil {
		return err
	}
	uid, err := userID(file.Config.User)
	if err != nil {
		return err
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	env := slices.Concat(file.Config.Env, []string{"ARCADE_WORKER_SECRET=" + rand.Text() + rand.Text(), "ARCADE_SERVER_PORT=" + port})
	var c container = &chroot{root: root, env: env, uid: uid}
	if r, err := newRunc(bundle, env, uid); err != nil {
		fmt.Println("the image runs in a chroot, because it cannot run with runc:", err)
	} else {
		c = r
		fmt.Println("the image runs with runc, on a read-only file system and without capabilities")
	}

	worker, err := c.start(slices.Concat(file.Config.Entrypoint, file.Config.Cmd))
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- worker.Wait() }()
	err = try(c, file.Config, "http://127.0.0.1:"+port, uid)
	if stopErr := c.signal(syscall.SIGTERM); stopErr != nil {
		err = errors.Join(err, stopErr)
	}
	select {
	case waitErr := <-ended:
		if waitErr != nil {
			err = errors.Join(err, fmt.Errorf("it ended with %w", waitErr))
		}
	case <-time.After(20 * time.Second):
		err = errors.Join(err, errors.New("it did not end within 20 s of SIGTERM"), c.signal(syscall.SIGKILL))
	}
	if err == nil {
		fmt.Println("it was healthy, ran as", uid, "and refused strangers; it ended with 0")
	}
	return err
}

func try(c container, config v1.Config, url string, uid uint32) error {
	var last error
	for range 50 {
		if _, last = status(url + "/worker/health"); last == nil {
			break
		}
		time.Sleep(200 * time.Millisecond)
	}
	if last != nil {
		return fmt.Errorf("no answer within 10 s: %w", last)
	}
	for path, want := range map[string]int{"/worker/health": http.StatusOK, "/worker/tools": http.StatusUnauthorized} {
		if got, err := status(url + path); err != nil || got != want {
			return fmt.Errorf("%s answers %d, not %d: %v", path, got, want, err)
		}
	}
	if output, err := c.execute(config.Healthcheck.Test[1:]); err != nil {
		return fmt.Errorf("its own health check: %w: %s", err, output)
	}
	pid, err := c.pid()
	if err != nil {
		return err
	}
	var info syscall.Stat_t
	if err := syscall.Stat("/proc/"+strconv.Itoa(pid), &info); err != nil {
		return err
	}
	if info.Uid != uid || uid == 0 {
		return fmt.Errorf("it runs as user %d, where the image says %d and nobody must be root", info.Uid, uid)
	}
	return nil
}

func status(url string) (int, error) {
	res, err := (&http.Client{Timeout: 2 * time.Second}).Get(url)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	return res.StatusCode, nil
}

func imageForThisMachine(dir string) (v1.Image, error) {
	path, err := layout.FromPath(dir)
	if err != nil {
		return nil, err
	}
	index, err := path.ImageIndex()
	if err != nil {
		return nil, err
	}
	images, err := partial.FindImages(index, match.Platforms(v1.Platform{OS: "linux", Architecture: runtime.GOARCH}))
	if err != nil {
		return nil, err
	}
	if len(images) != 1 {
		return nil, fmt.Errorf("%s has %d images for linux/%s", dir, len(images), runtime.GOARCH)
	}
	return images[0], nil
}

// unpack writes the directories and files of all layers below root.
func unpack(image v1.Image, root string) error {
	if err := os.Mkdir(root, 0o755); err != nil {
		return err
	}
	layers := mutate.Extract(image)
	defer layers.Close()
	r := tar.NewReader(layers)
	for {
		h, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case !filepath.IsLocal(h.Name):
			return fmt.Errorf("%s is outside of the image", h.Name)
		}
		to := filepath.Join(root, h.Name)
		switch h.Typeflag {
		case tar.TypeDir:
			err = os.MkdirAll(to, permissions(h))
		case tar.TypeReg:
			var content []byte
			if content, err = io.ReadAll(r); err == nil {
				err = os.WriteFile(to, content, permissions(h))
			}
		default:
			err = fmt.Errorf("%s is neither a file nor a directory", h.Name)
		}
		if err != nil {
			return err
		}
	}
}

func permissions(h *tar.Header) os.FileMode { return h.FileInfo().Mode().Perm() }

func checkCertificates(root string) error {
	content, err := os.ReadFile(filepath.Join(root, certificates))
	if err != nil {
		return err
	}
	if !x509.NewCertPool().AppendCertsFromPEM(content) {
		return fmt.Errorf("%s holds no certificate", certificates)
	}
	return nil
}

// userID reads "65532:65532". A name would not do: Kubernetes cannot tell
// whether a name is root.
func userID(user string) (uint32, error) {
	number, _, _ := strings.Cut(user, ":")
	id, err := strconv.ParseUint(number, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("the image's user is %q, not a number", user)
	}
	return uint32(id), nil
}

func freePort() (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer ln.Close()
	_, port, err := net.SplitHostPort(ln.Addr().String())
	return port, err
}

// container runs programs of the image.
type container interface {
	start(command []string) (*exec.Cmd, error)
	execute(command []string) (output []byte, err error)
	pid() (int, error)
	signal(s syscall.Signal) error
}

// chroot sees the image's files alone, as the image's user.
type chroot struct {
	root    string
	env     []string
	uid     uint32
	process *os.Process
}

func (c *chroot) command(command []string) *exec.Cmd {
	e := exec.Command(command[0], command[1:]...)
	e.Dir, e.Env = "/", c.env
	e.SysProcAttr = &syscall.SysProcAttr{Chroot: c.root, Credential: &syscall.Credential{Uid: c.uid, Gid: c.uid}}
	return e
}

func (c *chroot) start(command []string) (*exec.Cmd, error) {
	if os.Geteuid() != 0 {
		return nil, errors.New("only root can change the root directory: run this as root, or install runc")
	}
	e := c.command(command)
	e.Stdout, e.Stderr = os.Stdout, os.Stderr
	err := e.Start()
	c.process = e.Process
	return e, err
}

func (c *chroot) execute(command []string) ([]byte, error) {
	return c.command(command).CombinedOutput()
}

func (c *chroot) pid() (int, error) { return c.process.Pid, nil }

func (c *chroot) signal(s syscall.Signal) error { return c.process.Signal(s) }

// runc is a container of the OCI's reference runtime.
type runc struct {
	bundle, state, id string
	spec              specs.Spec
}

// newRunc fails when there is no runc, or it cannot run anything here.
func newRunc(bundle string, env []string, uid uint32) (*runc, error) {
	if _, err := exec.LookPath("runc"); err != nil {
		return nil, err
	}
	r := &runc{bundle: bundle, state: filepath.Join(bundle, "state"), id: "worker-" + strings.ToLower(rand.Text()[:12])}
	r.spec = specs.Spec{
		Version: specs.Version,
		Root:    &specs.Root{Path: "rootfs", Readonly: true},
		Process: &specs.Process{User: specs.User{UID: uid, GID: uid}, Env: env, Cwd: "/", NoNewPrivileges: true, Capabilities: &specs.LinuxCapabilities{}},
		Mounts:  []specs.Mount{{Destination: "/proc", Type: "proc", Source: "proc"}},
		// The network is this machine's, so that the worker can be asked.
		Linux: &specs.Linux{Namespaces: []specs.LinuxNamespace{{Type: specs.PIDNamespace}, {Type: specs.MountNamespace}, {Type: specs.IPCNamespace}, {Type: specs.UTSNamespace}}},
	}
	if err := os.MkdirAll(filepath.Join(bundle, "rootfs", "proc"), 0o755); err != nil { // a read-only image cannot get it later
		return nil, err
	}
	r.spec.Process.Args = []string{"/atlassian-worker", "version"}
	if err := r.write(); err != nil {
		return nil, err
	}
	if output, err := r.command("run", "--bundle", bundle, r.id).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, strings.TrimSpace(string(output)))
	}
	return r, nil
}

func (r *runc) write() error {
	content, err := json.Marshal(r.spec)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(r.bundle, "config.json"), content, 0o600)
}

func (r *runc) command(args ...string) *exec.Cmd {
	return exec.Command("runc", append([]string{"--root", r.state}, args...)...)
}

func (r *runc) start(command []string) (*exec.Cmd, error) {
	r.spec.Process.Args = command
	if err := r.write(); err != nil {
		return nil, err
	}
	e := r.command("run", "--bundle", r.bundle, r.id)
	e.Stdout, e.Stderr = os.Stdout, os.Stderr
	return e, e.Start()
}

func (r *runc) execute(command []string) ([]byte, error) {
	return r.command(append([]string{"exec", r.id}, command...)...).CombinedOutput()
}

func (r *runc) pid() (int, error) {
	output, err := r.command("state", r.id).Output()
	if err != nil {
		return 0, err
	}
	var state specs.State
	err = json.Unmarshal(output, &state)
	return state.Pid, err
}

func (r *runc) signal(s syscall.Signal) error {
	return r.command("kill", r.id, strconv.Itoa(int(s))).Run()
}
