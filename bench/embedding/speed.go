package main

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/embedding"
)

const (
	rounds    = 15
	roundTime = 100 * time.Millisecond
	loads     = 31
)

// figure is the median and the best of several rounds. The best is what the
// machine can do when nothing else runs; the bars judge the median.
type figure struct{ median, best float64 }

func (f figure) String() string {
	return fmt.Sprintf("%s (%s)", thousands(f.median), thousands(f.best))
}

// thousands writes 1234567 as 1 234 567.
func thousands(x float64) string {
	digits := strconv.Itoa(int(x))
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + " " + digits[i:]
	}
	return digits
}

func embedRate(m *embedding.Model, sentences []string) figure {
	vector := make([]float32, m.Dim())
	return rate(sentences, func(s string) {
		if v, ok := m.Embed(vector, s); ok {
			vector = v
		}
	})
}

func tokenRate(m *embedding.Model, sentences []string) figure {
	var ids []int32
	return rate(sentences, func(s string) { ids = m.Tokens(ids[:0], s) })
}

// rate is how many sentences a second f takes, over rounds of roundTime.
func rate(sentences []string, f func(string)) figure {
	perSecond := make([]float64, rounds)
	next := 0
	for r := range perSecond {
		done := 0
		start := time.Now()
		for time.Since(start) < roundTime {
			for range 100 { // one look at the clock for many sentences
				f(sentences[next])
				next = (next + 1) % len(sentences)
			}
			done += 100
		}
		perSecond[r] = float64(done) / time.Since(start).Seconds()
	}
	return figure{median(perSecond), slices.Max(perSecond)}
}

// loadTime is the time of the first Default of a process, in ms. Only a new
// process pays for the pages of the table, so each load has its own.
func loadTime() (figure, error) {
	self, err := os.Executable()
	if err != nil {
		return figure{}, err
	}
	ms := make([]float64, loads)
	for i := range ms {
		out, err := exec.Command(self, "-load-once").Output()
		if err != nil {
			return figure{}, fmt.Errorf("measuring the load: %w", err)
		}
		if ms[i], err = strconv.ParseFloat(strings.TrimSpace(string(out)), 64); err != nil {
			return figure{}, fmt.Errorf("measuring the load: %w", err)
		}
	}
	return figure{median(ms), slices.Min(ms)}, nil
}

func loadOnce() (float64, error) {
	start := time.Now()
	_, err := embedding.Default()
	return float64(time.Since(start).Microseconds()) / 1000, err
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}

// builtinSentences stand in for CLINC150's queries: as long, but of few words,
// whose rows stay in the processor's cache.
func builtinSentences() []string {
	var out []string
	for _, ask := range []string{"can you tell me", "i would like to know", "please find out", "do you have any idea"} {
		for _, what := range []string{"where my parcel is", "how to change a flight", "what the weather does", "why the card was declined"} {
			for _, when := range []string{"right now", "before the weekend", "on Monday at 9", "in New York?"} {
				out = append(out, ask+" "+what+" "+when)
			}
		}
	}
	return out
}
