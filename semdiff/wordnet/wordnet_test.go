package wordnet

import "testing"

func look(t *testing.T, w string) Entry {
	t.Helper()
	e, ok := Look(w)
	if !ok {
		t.Fatalf("%q is unknown", w)
	}
	return e
}

func TestRelations(t *testing.T) {
	for _, c := range []struct {
		a, b string
		rel  func(a, b Entry) bool
		want bool
	}{
		{"begin", "start", Synonyms, true},
		{"fix", "repair", Synonyms, true},
		{"select", "choose", Synonyms, true},
		{"germany", "austria", Synonyms, false},
		{"nurse", "lawyer", Synonyms, false},
		{"increase", "decrease", Antonyms, true},
		{"accept", "reject", Antonyms, true},
		{"accept", "take", Antonyms, false},
		{"able", "unable", Antonyms, true},
		{"verified", "unverified", Antonyms, true},
		{"brief", "brevity", Related, true},
		{"careful", "carefully", Related, true},
		{"careful", "car", Related, false},
		{"red", "blue", Sisters, true},
	} {
		if got := c.rel(look(t, c.a), look(t, c.b)); got != c.want {
			t.Errorf("%s, %s: %v, want %v", c.a, c.b, got, c.want)
		}
	}
	for _, w := range []string{"", "a b c d", "zzzzzz", "\xff", "!"} {
		if _, ok := Look(w); ok {
			t.Errorf("%q is known", w)
		}
	}
}

func TestLemma(t *testing.T) {
	for w, want := range map[string]string{
		"replies": "reply", "children": "child", "written": "write", "cancelled": "cancel", "using": "use",
		"classes": "class", "boxes": "box", "policies": "policy", "deleted": "delete", "planned": "plan",
		"summarizes": "summarize", "less": "less", "this": "this", "allowed": "allow", "numbers": "number",
		"get_user": "get_user", "stating": "state", "bing": "bing", "red": "red", "status": "status",
	} {
		if got := Lemma(w); got != want {
			t.Errorf("Lemma(%q) = %q, want %q", w, got, want)
		}
	}
}

// TestEveryWord looks every word of the table up again.
func TestEveryWord(t *testing.T) {
	blocks := int(u32(4))
	n := 0
	for i := range blocks {
		b := blockAt(blocks, i)
		name := []byte{}
		for k := 0; k < 16 && n < int(u32(0)); k++ {
			name = append(name[:b[0]], b[2:2+int(b[1])]...)
			b = skip(b[3+int(b[1]):])
			if _, ok := Look(string(name)); !ok {
				t.Fatalf("%q of block %d is not found", name, i)
			}
			n++
		}
	}
	if n != int(u32(0)) || n < 50_000 {
		t.Fatalf("%d words read, %d said", n, u32(0))
	}
}

func BenchmarkLook(b *testing.B) {
	for b.Loop() {
		Look("summarize")
	}
}
