package measure

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Promptfoo is an installed release of it.
type Promptfoo struct {
	Version string
	Main    string // the script that node runs
}

// releaseFor is the release that a version of node, such as "v20.20.2", can
// run; "" = none.
func releaseFor(node string) string {
	var major, minor int
	if _, err := fmt.Sscanf(node, "v%d.%d", &major, &minor); err != nil {
		return ""
	}
	switch {
	case major > 22, major == 22 && minor >= 22:
		return "latest"
	case major == 20 && minor >= 20:
		return "0.121.20"
	}
	return ""
}

// InstallPromptfoo installs the release for the node that is there into the user's
// cache, unless an earlier run of a bench did. The error says why it can't.
func InstallPromptfoo() (*Promptfoo, error) {
	node, err := exec.Command("node", "--version").Output()
	if err != nil {
		return nil, fmt.Errorf("no node: %w", err)
	}
	version := strings.TrimSpace(string(node))
	release := releaseFor(version)
	if release == "" {
		return nil, fmt.Errorf("it needs node ^20.20 or >= 22.22, not %s", version)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(cache, "genops-bench", "promptfoo-"+release)
	// npm writes this list at its end: a broken installation lacks it.
	if _, err := os.Stat(filepath.Join(dir, "package-lock.json")); err != nil {
		fmt.Printf("installing promptfoo %s with npm into %s (about 1.4 GB, once)\n", release, dir)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
		out, err := exec.Command("npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", dir, "promptfoo@"+release).CombinedOutput()
		if err != nil {
			return nil, fmt.Errorf("npm install: %w: %s", err, out[max(len(out)-300, 0):])
		}
	}
	return OpenPromptfoo(dir)
}

// OpenPromptfoo finds the program of an installation by npm in dir.
func OpenPromptfoo(dir string) (*Promptfoo, error) {
	pkg := filepath.Join(dir, "node_modules", "promptfoo")
	data, err := os.ReadFile(filepath.Join(pkg, "package.json"))
	if err != nil {
		return nil, err
	}
	var about struct {
		Version string
		Bin     map[string]string
	}
	if err := json.Unmarshal(data, &about); err != nil {
		return nil, fmt.Errorf("reading promptfoo's package.json: %w", err)
	}
	if about.Bin["promptfoo"] == "" {
		return nil, errors.New("its package names no program")
	}
	return &Promptfoo{about.Version, filepath.Join(pkg, filepath.FromSlash(about.Bin["promptfoo"]))}, nil
}
