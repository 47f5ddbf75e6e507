package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/internal/cli"
)

// genops runs a command in memory.
func genops(t *testing.T, dir string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, err bytes.Buffer
	s := &cli.State{Program: "genops", Args: args, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &err, Getenv: func(string) string { return "" }, Dir: dir}
	code = cli.Run(context.Background(), s)
	return out.String(), err.String(), code
}

func TestCacheCommands(t *testing.T) {
	t.Parallel()
	dir := project(t, map[string]string{"genops.yaml": ""})
	cache, err := assets.OpenCache(t.Context(), assets.CachePath(dir), 0)
	if err != nil {
		t.Fatal(err)
	}
	var answers []assets.Answer
	for i, age := range []time.Duration{time.Minute, 2 * time.Hour, 48 * time.Hour} {
		release := "sha256:" + strings.Repeat([]string{"a", "ab", "b"}[i], 64)[:64]
		answers = append(answers, assets.Answer{Key: fmt.Sprint(i), Release: release, CalledAt: time.Now().Add(-age), Result: bytes.Repeat([]byte("1"), 100_000), CostUSD: 0.25})
	}
	if err := cache.Put(t.Context(), answers); err != nil {
		t.Fatal(err)
	}
	defer cache.Close() // another process may have it open

	out, _, code := genops(t, dir, "cache", "stats")
	if code != 0 || !strings.HasPrefix(out, "3 answer(s) that cost $0.7500 in .genops/cache.db, ") || !strings.Contains(out, "\nsha256:aaaaaaaaaaaa  1        0.1  $0.2500  20") {
		t.Errorf("exit %d\n%s", code, out)
	}
	var stats assets.CacheStats
	out, _, _ = genops(t, dir, "cache", "stats", "--json")
	if err := json.Unmarshal([]byte(out), &stats); err != nil || stats.Total.Answers != 3 || stats.Releases[0].Release != answers[0].Release {
		t.Errorf("%v\n%s", err, out)
	}
	if out, _, _ := genops(t, dir, "__complete", "cache", "clear", "--release", ""); !strings.Contains(out, answers[1].Release+"\n") {
		t.Errorf("completion: %s", out)
	}
	for _, step := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--release", "a"}, 2, `"a" is the beginning of 2 releases' digests`},
		{[]string{"--release", "sha256:c"}, 2, "no answer of such a release; known: sha256:aaaaaaaaaaaa, sha256:abababababab, sha256:bbbbbbbbbbbb"},
		{[]string{"--release", ""}, 2, "no answer of such a release"},
		{[]string{"--older-than", "1h", "--release", "aaa"}, 0, "removed 0 answer(s), 0.0 MB\n"},
		{[]string{"--older-than", "24h"}, 0, "removed 1 answer(s), 0.1 MB\n"},
		{[]string{"--release", "sha256:aaa"}, 0, "removed 1 answer(s), 0.1 MB\n"},
		{nil, 0, "removed 1 answer(s), 0.1 MB\n"},
		{nil, 0, "removed 0 answer(s), 0.0 MB\n"},
	} {
		out, errs, code := genops(t, dir, append([]string{"cache", "clear"}, step.args...)...)
		if code != step.code || !strings.Contains(out+errs, step.want) {
			t.Errorf("%v: exit %d\n%s%s", step.args, code, out, errs)
		}
	}
}
