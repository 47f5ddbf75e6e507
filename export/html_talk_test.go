package export

import (
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/pipeline"
)

// TestTalk: a conversation is a chat, with its tools and the numbers of answers.
func TestTalk(t *testing.T) {
	rows := sampleRows(3)
	rows[0].State, rows[0].Output = "failed", "gone"
	rows[0].Turns = []pipeline.Turn{{Role: "system", Content: "be brief", Given: true}, {Role: "assistant", Content: "welcome", Given: true},
		{Role: "user", Content: "cancel <7>"},
		{Role: "assistant", Content: "done", LatencyUS: 12000, CostUSD: 0.25, Tools: []pipeline.ToolUse{
			{ToolCall: pipeline.ToolCall{Name: "get", Args: []byte(`{"id":"7"}`)}, Output: []byte(`{"status":"open"}`)},
			{ToolCall: pipeline.ToolCall{Name: "magic", Args: []byte(`{}`)}, Error: "there is no tool", Unknown: true}}},
		{Role: "user", Content: "thanks"},
		{Role: "assistant", Content: strings.Repeat("long ", 4000), Trace: &pipeline.Trace{Spans: []pipeline.Span{{Name: "a"}, {Name: "b"}}}}}
	html := render(t, sampleResult(rows, len(rows)), rows)
	at := 0
	for _, want := range []string{
		`<ol class="talk"><li class="other"><b>system</b>`, `<li class="agent"><b>assistant</b><p dir="auto">welcome</p></li>`,
		`<li class="user"><b>user</b><p dir="auto">cancel `, `<b>answer 1</b>`, `<code>get {`, `<code>{`, `<code>magic {}</code><s>there is no tool</s><i>`,
		`<p dir="auto">done</p><small>12ms · $0.25`, `<b>answer 2</b><div class="call"><i>2 steps traced</i></div>`, `…</p></li></ol><p class="cut">`,
	} {
		i := strings.Index(html[at:], want)
		if i < 0 {
			t.Fatalf("no %s after %q", want, html[max(0, at-80):at])
		}
		at += i
	}
}
