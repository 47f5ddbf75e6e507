package registry

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// A process that is killed as soon as git makes its tag leaves a version with
// the whole message.
func TestTagOfAKilledProcess(t *testing.T) {
	message := "killed\n\n" + strings.Repeat("more than a pipe holds\n", 20_000)
	if top := os.Getenv("GENOPS_TAG_AND_DIE"); top != "" {
		_, err := Registry{Root: top}.Tag(context.Background(), Tagging{Kind: KindPrompt, Name: "refund", Version: "1.0.0", Message: message})
		t.Fatalf("not killed: %v", err)
	}
	if runtime.GOOS == "windows" {
		t.Skip("the git that kills is a shell script")
	}
	real, err := exec.LookPath("git")
	if err != nil {
		t.Skip("git is needed")
	}
	top, bin := t.TempDir(), t.TempDir()
	git(t, top, "init", "-q", "-b", "main")
	commit(t, top, map[string]string{"prompts/refund.prompt": "Refund\n"})
	script := "#!/bin/sh\nfor a; do [ \"$a\" != tag ] || kill -9 $PPID; done\nexec '" + real + "' \"$@\"\n"
	if err := os.WriteFile(filepath.Join(bin, "git"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestTagOfAKilledProcess$")
	cmd.Env = append(os.Environ(), "GENOPS_TAG_AND_DIE="+top, "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	if out, err := cmd.CombinedOutput(); cmd.ProcessState.Exited() {
		t.Fatalf("%v\n%s", err, out)
	}
	for deadline := time.Now().Add(time.Minute); git(t, top, "tag", "-l") == ""; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("git made no tag")
		}
	}
	if got := git(t, top, "tag", "-l", "--format=%(contents)"); got != strings.TrimSpace(message) {
		t.Errorf("the message has %d bytes, not %d", len(got), len(message))
	}
}
