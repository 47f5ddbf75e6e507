package cli_test

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/internal/cli"
	"github.com/GaboBase/arch-genops/internal/database"
	"github.com/GaboBase/arch-genops/internal/database/databasetest"
)

// TestGenerateWithAWorker: a run over one Postgres, made by two processes' worth
// of commands, is as whole as one made alone.
func TestGenerateWithAWorker(t *testing.T) {
	t.Parallel()
	p := databasetest.Need(t)
	dir := project(t, map[string]string{"genops.yaml": ""})
	signals := make(chan os.Signal, 1)
	command := func(args ...string) (int, string) {
		var out bytes.Buffer
		s := &cli.State{Program: "genops", Args: args, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out, Getenv: func(string) string { return "" }, Dir: dir}
		if args[0] == "worker" {
			s.Interrupts = func() <-chan os.Signal { return signals }
		}
		return cli.Run(context.Background(), s), out.String()
	}
	ended := make(chan string, 1)
	go func() {
		code, out := command("worker", "--database", p.URL)
		if code != 0 {
			out = "exit code is not 0: " + out
		}
		ended <- out
	}()
	awaitWorker(t, p.URL)
	mugs := []string{"generate", "--prompt", "a mug", "--count", "220", "--size", "64x64", "--seed", "1", "--database", p.URL, "--events", "events.jsonl"}
	code, out := command(mugs...)
	if code != 0 || !strings.Contains(out, "PASS  a-mug: 220 asset(s) delivered") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	signals <- os.Interrupt
	if out := <-ended; !strings.Contains(out, "chunk taken") || strings.Contains(out, "exit code") {
		t.Errorf("the worker said:\n%s", out)
	}
	if code, out := command("worker", "--database", p.URL, "--idle", "1ms"); code != 0 || strings.Contains(out, "chunk taken") {
		t.Errorf("an idle worker: exit code %d:\n%s", code, out)
	}
	events, err := os.ReadFile(dir + "/events.jsonl")
	for _, layer := range []string{"synthesize", "assure", "deliver"} {
		if want := `"layer":"` + layer + `","queued":`; err != nil || !bytes.Contains(events, []byte(want)) {
			t.Errorf("no event with %s; %v", want, err)
		}
	}
	if !bytes.Contains(events, []byte(`"workers":[{"name":`)) {
		t.Error("no event tells of workers")
	}
	if code, out := command(append(mugs, "--fresh", "--reuse", "--json")...); code != 0 || !strings.Contains(out, `"reused": 220`) {
		t.Errorf("--reuse: exit code %d:\n%s", code, out)
	}
	if _, out := command("runs", "show", "latest"); strings.Contains(out, "not complete") {
		t.Errorf("runs show:\n%s", out)
	}
	if left, _ := os.ReadDir(dir + "/out"); len(left) != 2 {
		t.Errorf("%d folders of assets", len(left))
	}
}

// awaitWorker waits until a worker has brought an empty database up to date: then
// it looks for work.
func awaitWorker(t *testing.T, url string) {
	t.Helper()
	db, err := database.OpenPostgres(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for end, ready := time.Now().Add(patience), false; !ready; time.Sleep(5 * time.Millisecond) {
		err := db.QueryRowContext(t.Context(), "SELECT to_regclass('genops_runs') IS NOT NULL").Scan(&ready)
		if err != nil || time.Now().After(end) {
			t.Fatal("the worker does not begin: ", err)
		}
	}
}

func TestWorkerUsage(t *testing.T) {
	for want, args := range map[string][]string{
		"--database URL is missing":          {"worker"},
		"postgres://USER@HOST:PORT/NAME":     {"worker", "--database", "mysql://x"},
		"PGPASSWORD":                         {"generate", "--prompt", "x", "--database", "postgres://a:b@127.0.0.1/x"},
		"workers take synthesize, assure, d": {"worker", "--database", "postgres://127.0.0.1/x", "--layers", "optimize"},
		"AWS_ACCESS_KEY_ID or AWS_SECRET":    {"worker", "--database", "postgres://127.0.0.1/x", "--assets", "s3://b"},
		"expected s3://BUCKET/PREFIX or a":   {"generate", "--prompt", "x", "--assets", "gs://b"},
		"--width -1: must be positive":       {"worker", "--database", "postgres://127.0.0.1/x", "--width=-1"},
		"opening the database x at 127.0.0":  {"worker", "--database", "postgres://127.0.0.1:1/x"},
	} {
		var out bytes.Buffer
		s := &cli.State{Program: "genops", Args: args, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out, Getenv: func(string) string { return "" }, Dir: project(t, map[string]string{"genops.yaml": ""})}
		if code := cli.Run(context.Background(), s); code == 0 || !strings.Contains(out.String(), want) {
			t.Errorf("%v: exit code %d, said %q; want %q", args, code, &out, want)
		}
	}
}

// TestTwinsOverChunks: equal requests that lie in different chunks are made once, and
// a pilot goes before the chunks are laid out.
func TestTwinsOverChunks(t *testing.T) {
	p := databasetest.Need(t)
	dir := project(t, map[string]string{"genops.yaml": "", "brief.yaml": "size: 64x64\nitems:\n  - {id: a, prompt: a mug, seed: 1, count: 105}\n  - {id: b, prompt: a mug, seed: 1, count: 10}\n"})
	c := call(t, dir, nil, "generate", "--brief", "brief.yaml", "--database", p.URL, "--pilot", "5", "--json")
	c.want(t, 0, `"assets": 115`, `"reused": 10`, "pilot       5 of 5")
	call(t, dir, nil, "runs", "show", "latest").want(t, 0, "synthesize  complete  115 of 115", "Pilot of 5 item(s): pass")
}
