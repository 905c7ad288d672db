package lea_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const distribution = "/usr/share/gocode/src"

// replaced are the modules as the distribution packages them, for a machine that reaches no module proxy.
var replaced = map[string]string{
	"github.com/golang/protobuf":                "v1.5.2",
	"golang.org/x/net":                          "v0.22.0",
	"golang.org/x/sys":                          "v0.18.0",
	"golang.org/x/text":                         "v0.14.0",
	"google.golang.org/genproto/googleapis/rpc": "v0.0.0-20240318140521-94a12d6c2237",
	"google.golang.org/grpc":                    "v1.64.1",
	"google.golang.org/protobuf":                "v1.33.0",
}

// freshModule is a module of a user's, which requires this one.
func freshModule(t *testing.T) string {
	t.Helper()
	if _, err := os.Stat(filepath.Join(distribution, "google.golang.org/grpc")); err != nil {
		t.Skip("the distribution's grpc sources are not installed (golang-google-grpc-dev)")
	}
	folder := t.TempDir()
	text := "module fresh\n\ngo 1.19\n\nrequire lea.dev/lea v0.1.0\n"
	text += fmt.Sprintf("\nreplace lea.dev/lea => %s\n", absolute(t, filepath.Join(repository(), "clients/go")))
	for module, version := range replaced {
		copied := filepath.Join(t.TempDir(), "module")
		output, err := exec.Command("cp", "-rL", filepath.Join(distribution, module), copied).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, output)
		}
		write(t, filepath.Join(copied, "go.mod"), "module "+module+"\n\ngo 1.19\n")
		text += fmt.Sprintf("\nrequire %s %s\nreplace %s => %s\n", module, version, module, copied)
	}
	write(t, filepath.Join(folder, "go.mod"), text)
	return folder
}

func TestPackage_freshModule_runsTheExamples(t *testing.T) {
	servers := startContract(t)
	folder := freshModule(t)
	for _, example := range []struct{ name, expected string }{
		{"recommend", `^version \d+ recommends to a newcomer:\n(  .+  -?\d+\.\d{3}\n){3}after .+: .+ first\n` +
			`refused: .*no such item.*\n$`},
		{"annotate", `^user-0: 2 states, rewards item-1 [01]\.\d\d\nuser-1: 3 states,.*\n` +
			`user-2: 4 states, rewards item-1 [01]\.\d\d item-2 [01]\.\d\d item-3 [01]\.\d\d\n$`},
	} {
		t.Run(example.name, func(t *testing.T) {
			source := filepath.Join(repository(), "clients/go/examples", example.name, "main.go")
			code, err := os.ReadFile(source)
			succeeds(t, err)
			write(t, filepath.Join(folder, "main.go"), string(code))
			build := exec.Command("go", "build", "-mod=mod", "-o", example.name, ".")
			build.Dir = folder
			build.Env = append(os.Environ(), "GO111MODULE=on", "GOPROXY=off", "GOFLAGS=", "GOWORK=off")
			if output, err := build.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, output)
			}
			run := exec.Command(filepath.Join(folder, example.name))
			run.Env = append(os.Environ(), "LEA_AGENT="+servers.Agent, "LEA_ENVIRONMENT="+servers.Environment)
			output, err := run.CombinedOutput()
			if err != nil || !regexp.MustCompile(example.expected).Match(output) {
				t.Fatalf("%v: %s", err, output)
			}
		})
	}
}

func TestReadme_examples_areTheFiles(t *testing.T) {
	folder := filepath.Join(repository(), "clients/go")
	readme, err := os.ReadFile(filepath.Join(folder, "README.md"))
	succeeds(t, err)
	blocks := regexp.MustCompile("(?s)<!-- (examples/\\S+) -->\n```go\n(.*?)```").FindAllStringSubmatch(string(readme), -1)
	equal(t, "examples", len(blocks), 2)
	for _, block := range blocks {
		code, err := os.ReadFile(filepath.Join(folder, block[1]))
		succeeds(t, err)
		if strings.TrimSpace(block[2]) != strings.TrimSpace(string(code)) {
			t.Errorf("the README does not show %s as it is", block[1])
		}
	}
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	succeeds(t, err)
	return path
}

func write(t *testing.T, path, text string) {
	t.Helper()
	succeeds(t, os.WriteFile(path, []byte(text), 0o600))
}
