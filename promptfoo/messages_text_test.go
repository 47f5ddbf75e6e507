package promptfoo

import (
	"reflect"
	"testing"

	"github.com/GaboBase/arch-genops/pipeline"
)

func TestSpoken(t *testing.T) {
	for _, c := range []struct {
		prompt string
		want   []pipeline.Message
	}{
		{"Write\n\n  a poem\n", []pipeline.Message{{Role: "user", Content: "Write\na poem"}}},
		{"system: Be brief.\nuser: Hello\n there\nassistant: Hi\nuser: And?", []pipeline.Message{
			{Role: "system", Content: "Be brief."}, {Role: "user", Content: "Hello\nthere"}, {Role: "assistant", Content: "Hi"}, {Role: "user", Content: "And?"}}},
		{"note: user: is no mark", []pipeline.Message{{Role: "user", Content: "note: user: is no mark"}}},
		{" \n ", []pipeline.Message{{Role: "user"}}},
	} {
		if got := spoken(c.prompt); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q: got %+v, want %+v", c.prompt, got, c.want)
		}
	}
}
