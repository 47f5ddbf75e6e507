package promptfoo

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/GaboBase/arch-genops/internal/script"
)

func TestMain(m *testing.M) {
	if rest, ok := script.Child(os.Args[1:]); ok {
		os.Exit(script.Serve(rest, os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// noting is an engine that may do everything: it notes what reaches it.
type noting struct{ ran []script.Code }

func (n *noting) Call(_ context.Context, code script.Code, _ map[string]any) (any, error) {
	n.ran = append(n.ran, code)
	return "node", nil
}

// Code that came from an address does not get out of the sandbox by asking for node.
func TestConfinedCodeStaysInTheSandbox(t *testing.T) {
	sandbox, err := script.New(script.Config{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer sandbox.Close()
	node := &noting{}
	r := &Router{Sandbox: sandbox, Node: node}
	inline := []script.Code{
		{Kind: script.KindExpression, Source: "process.mainModule.require('fs').readFileSync('/etc/hostname', 'utf8')"},
		{Kind: script.KindExpression, Source: "(12).toLocaleString('de-DE') + [].constructor.constructor('return pro' + 'cess')()"},
	}
	for _, code := range inline {
		if v, err := r.Call(t.Context(), code, nil); v != "node" {
			t.Errorf("%s: %v, %v; node has what it needs", code.Source, v, err)
		}
	}
	r.Confine()
	node.ran = nil
	for _, code := range inline {
		if v, err := r.Call(t.Context(), code, nil); !errors.Is(err, script.ErrUnavailable) || len(node.ran) > 0 {
			t.Errorf("confined, %s gives %v, %v; node ran %v", code.Source, v, err, node.ran)
		}
	}
	file := script.Code{Kind: script.KindFile, Dir: t.TempDir(), File: "a.js"}
	if err := os.WriteFile(file.Dir+"/a.js", []byte("module.exports = () => require('fs').constants"), 0o600); err != nil {
		t.Fatal(err)
	}
	if v, err := r.Call(t.Context(), file, nil); v != "node" {
		t.Errorf("a file of the user's gives %v, %v; it is not confined", v, err)
	}
}
