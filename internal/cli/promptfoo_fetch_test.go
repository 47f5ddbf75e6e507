package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/GaboBase/arch-genops/internal/cli"
)

// Tests from an address are named before they are fetched, and what the address
// says is part of what is evaluated.
func TestFetchedTests(t *testing.T) {
	var word atomic.Value
	word.Store("one")
	var busy atomic.Int32
	mux := http.NewServeMux()
	mux.HandleFunc("/tests.csv", func(w http.ResponseWriter, r *http.Request) {
		if busy.Add(1) == 1 {
			w.WriteHeader(503)
			return
		}
		fmt.Fprintf(w, "q,__expected\n%s,equals: %s\n", word.Load(), word.Load())
	})
	mux.HandleFunc("/rows", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `{"rows":[{"row_idx":0,"row":{"q":"of a data set"}}],"num_rows_total":1}`)
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	dir := project(t, map[string]string{
		"promptfooconfig.yaml": "prompts: ['{{q}}']\nproviders: [echo]\ndefaultTest: {assert: [{type: contains, value: '{{q}}'}]}\ntests: ['" + server.URL + "/tests.csv?key=hush', 'huggingface://datasets/me/set']\n",
		".env":                 "HF_DATASETS_SERVER=" + server.URL + "\n",
	})
	run := func(args ...string) (digest, out, errs string) {
		var stdout, stderr bytes.Buffer
		s := &cli.State{Program: "genops", Args: append([]string{"run-eval", "--json", "-o", "r.json"}, args...), Stdin: strings.NewReader(""),
			Stdout: &stdout, Stderr: &stderr, Getenv: func(string) string { return "" }, Dir: dir}
		if code := cli.Run(context.Background(), s); code != 0 {
			t.Fatalf("exit code %d\n%s%s", code, &stdout, &stderr)
		}
		var r struct {
			Release string `json:"release"`
		}
		if err := json.Unmarshal(stdout.Bytes(), &r); err != nil || r.Release == "" {
			t.Fatal(r, err, stdout.String())
		}
		data, err := os.ReadFile(filepath.Join(dir, "r.json"))
		if err != nil {
			t.Fatal(err)
		}
		return r.Release, string(data), stderr.String()
	}
	first, out, errs := run()
	for _, want := range []string{"fetches tests: " + server.URL + "/tests.csv (promptfooconfig.yaml:4)", "fetches tests: " + server.URL + "/rows (promptfooconfig.yaml:4)"} {
		if !strings.Contains(errs, want) {
			t.Errorf("no %q in %s", want, errs)
		}
	}
	if strings.Contains(errs, "hush") || !strings.Contains(out, "of a data set") {
		t.Errorf("%s\n%s", errs, out)
	}
	if again, _, _ := run("--fresh"); again != first {
		t.Error("the same tests are another release")
	}
	word.Store("two")
	if other, _, _ := run(); other == first {
		t.Error("other tests are the same release")
	}
	if _, out, _ := run("-t", server.URL+"/tests.csv"); strings.Contains(out, "of a data set") || !strings.Contains(out, "two") {
		t.Error("-t does not replace the tests")
	}
}
