package semdiff

import (
	"fmt"
	"strings"
	"testing"
)

// longPrompt has about 4,000 tokens of rules that differ from each other.
func longPrompt(n int, change func(i int, s string) string) string {
	verbs := strings.Fields("summarize check compare translate extract report reject approve forward escalate")
	things := strings.Fields("invoices tickets contracts reports messages reviews orders claims payments images")
	ends := []string{"before the manager reads them", "within 24 hours", "unless the customer objects", "in at most 50 words", "with a link to the source"}
	var b strings.Builder
	b.WriteString("You are an assistant of a large company.\n\n")
	for i := range n {
		if i%20 == 0 {
			fmt.Fprintf(&b, "\n## Part %d\n\n", i/20)
		}
		s := fmt.Sprintf("- Always %s the %s of department %d %s.", verbs[i%10], things[(i/10)%10], i, ends[i%5])
		b.WriteString(change(i, s) + "\n")
	}
	return b.String()
}

func same1(_ int, s string) string { return s }

func edited(every int) func(int, string) string {
	return func(i int, s string) string {
		if i%every != 0 {
			return s
		}
		return strings.NewReplacer("Always", "Never", "50 words", "60 words", "customer", "client").Replace(s)
	}
}

func BenchmarkText4000Tokens(b *testing.B) {
	for name, every := range map[string]int{"tenth": 10, "all": 1} {
		b.Run(name, func(b *testing.B) {
			before, after := longPrompt(280, same1), longPrompt(280, edited(every))
			for b.Loop() {
				Text(before, after)
			}
		})
	}
}

func BenchmarkTextShort(b *testing.B) {
	before, after := longPrompt(20, same1), longPrompt(20, edited(5))
	for b.Loop() {
		Text(before, after)
	}
}

// Benchmark500Prompts compares 500 changed prompts of about 300 tokens.
func Benchmark500Prompts(b *testing.B) {
	before, after := longPrompt(20, same1), longPrompt(20, edited(4))
	for b.Loop() {
		for i := range 500 {
			Text(fmt.Sprint(before, i), fmt.Sprint(after, i))
		}
	}
}
