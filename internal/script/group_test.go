package script

import (
	"context"
	"testing"
)

// TestGroupModifier: a group may ignore case on its own.
func TestGroupModifier(t *testing.T) {
	e, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{{"(?i:ab)c", "ABc", true}, {"(?i:ab)c", "ABC", false}, {"x(?i:a|b)+$", "xAb", true}, {"(?i:a)b|C", "c", false}} {
		got, err := e.Match(context.Background(), c.pattern, "", c.text)
		if err != nil || got != c.want {
			t.Errorf("/%s/ on %q: %v, %v", c.pattern, c.text, got, err)
		}
	}
}
