package export

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/evals"
)

// profileDir is a browser's own folder. A process of it that outlives the first
// one may still write there, which fails no test.
func profileDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "genops-browser-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// dom opens a report in a real browser and returns the page as its script left
// it. Any message on the console fails the test.
func dom(t *testing.T, r evals.Result, rows []evals.CaseRow, hash string) string {
	t.Helper()
	browser := findBrowser(t)
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, []byte(render(t, r, rows)), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage",
		"--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--enable-logging=stderr",
		"--user-data-dir="+profileDir(t), "--virtual-time-budget=2000", "--dump-dom", "file://"+filepath.ToSlash(file)+hash)
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	cmd.WaitDelay = time.Minute // its helpers hold its stderr until they have ended, too
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, "CONSOLE") {
			t.Errorf("console: %s", line)
		}
	}
	return out.String()
}

func TestBrowserFilter(t *testing.T) {
	t.Parallel()
	rows := sampleRows(424)
	r := sampleResult(rows, 612)
	page := dom(t, r, rows, "#q=agent+GAVE&state=errored")
	all, hidden := strings.Count(page, `<details class="case"`), 0
	for _, part := range strings.Split(page, `<details class="case"`)[1:] {
		if tag, _, _ := strings.Cut(part, ">"); strings.Contains(tag, "hidden") {
			hidden++
		}
	}
	if all != 258 || all-hidden != r.Cases.Errored || !strings.Contains(page, "3 of 258</output>") {
		t.Errorf("%d cases, %d hidden", all, hidden)
	}
	page = dom(t, r, rows, "#q=no+such+case")
	if !strings.Contains(page, "0 of 258</output>") || strings.Contains(page, `id="nothing" hidden`) {
		t.Error("a search without a hit does not say so")
	}
}

func TestBrowserHostile(t *testing.T) {
	t.Parallel()
	r, rows := hostile(evil)
	page := dom(t, r, rows, "#slice="+sliceQuery(&r.Slices[0]))
	for _, bad := range []string{"<img", "<x-evil", "<script>alert", "onerror=alert(1)>\"'><x"} {
		if strings.Contains(page, bad) {
			t.Errorf("the browser found %s", bad)
		}
	}
	if n := strings.Count(page, "<script"); n != 1 {
		t.Errorf("%d scripts", n)
	}
}
