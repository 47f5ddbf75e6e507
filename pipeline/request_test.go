package pipeline

import "testing"

// The key is the identity of a call in ledgers and caches: it must not change
// between versions, and must tell apart what is asked differently.
func TestKey(t *testing.T) {
	key := func(r Request) string {
		k, err := r.Key()
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	base := Request{ID: "a#1", Release: "sha256:1", Input: "hi", Vars: map[string]any{"b": 1, "a": "x"}, Messages: []Message{{Role: "user", Content: "before"}}, Draw: 1}
	const known = "e5d6a8ae2ee5430217dffece1f365b863b5afd8dbbaecc69979fbf8efe05bec0"
	if got := key(base); got != known {
		t.Errorf("the key changed: %s", got)
	}
	renamed := base
	renamed.ID = "other#1"
	if key(renamed) != known {
		t.Error("the key depends on the ID")
	}
	for name, change := range map[string]func(*Request){
		"release":  func(r *Request) { r.Release = "sha256:2" },
		"input":    func(r *Request) { r.Input = "hi " },
		"vars":     func(r *Request) { r.Vars = map[string]any{"b": 1} },
		"messages": func(r *Request) { r.Messages = []Message{{Role: "assistant", Content: "before"}} },
		"draw":     func(r *Request) { r.Draw = 2 },
	} {
		changed := base
		change(&changed)
		if key(changed) == known {
			t.Errorf("the key does not depend on %s", name)
		}
	}
	if _, err := (Request{Vars: map[string]any{"f": func() {}}}).Key(); err == nil {
		t.Error("a request that no JSON can hold has a key")
	}
}
