package dotprompt

import "testing"

const benchPrompt = `---
model: googleai/gemini-2.5-flash
config:
  temperature: 0.2
input:
  schema:
    customer: string
    tier: string
    question: string
    language: string
    orders(array):
      id: string
      total: number
---
{{role "system"}}
You are the support desk of a shop. Answer in {{language}}.
{{#if tier}}The customer is a {{tier}} member.{{/if}}
{{role "user"}}
{{customer}} asks: {{question}}
{{#each orders}}
- order {{id}}: {{total}}
{{/each}}
`

func benchVars() map[string]any {
	order := func(id string, total float64) map[string]any { return map[string]any{"id": id, "total": total} }
	return map[string]any{
		"customer": "Ann", "tier": "gold", "question": "Where is my parcel?", "language": "English",
		"orders": []any{order("A-1", 12.5), order("A-2", 99), order("A-3", 7)},
	}
}

// BenchmarkRender renders a prompt of five variables and one loop; the aim is
// 200,000 renderings per second and core.
func BenchmarkRender(b *testing.B) {
	p, err := Parse("bench.prompt", []byte(benchPrompt), nil)
	if err != nil {
		b.Fatal(err)
	}
	in := Input{Vars: benchVars()}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Render(in); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "renders/s")
}

func BenchmarkCheck(b *testing.B) {
	p, err := Parse("bench.prompt", []byte(benchPrompt), nil)
	if err != nil {
		b.Fatal(err)
	}
	vars := benchVars()
	for b.Loop() {
		if err := p.Check(vars); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		if _, err := Parse("bench.prompt", []byte(benchPrompt), nil); err != nil {
			b.Fatal(err)
		}
	}
}
