package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/GaboBase/arch-genops/internal/measure"
)

// speedBar is how many times promptfoo's cases/s genops must reach.
const speedBar = 30.0

const inFlight = 50

// throughput evaluates many cases on a server without delay and with 50 ms. The
// assertions of the kind "functions" are JavaScript that genops runs in a child;
// there is no bar for it.
func (b *bench) throughput() (missed int, err error) {
	fmt.Printf("\n%d cases, %d in flight\n%-10s %-10s %10s %10s %10s\n", b.cases, inFlight, "delay", "", "wall", "cases/s", "RSS")
	for _, delay := range []time.Duration{0, 50 * time.Millisecond} {
		for _, kind := range []string{"equals", "javascript", "functions"} {
			ratio, err := b.race(delay, kind)
			if err != nil {
				return missed, err
			}
			if ratio > 0 && delay == 0 && kind != "functions" && ratio < speedBar {
				fmt.Printf("MISSED: %.1f times promptfoo's cases/s, not %g\n", ratio, speedBar)
				missed++
			}
		}
	}
	return missed, nil
}

// race measures both tools on the same cases; the ratio is 0 without promptfoo.
func (b *bench) race(delay time.Duration, kind string) (ratio float64, err error) {
	slow, err := startStub(delay)
	if err != nil {
		return 0, err
	}
	defer slow.stop()
	dir := filepath.Join(b.scratch, fmt.Sprintf("speed-%s-%s", delay, kind))
	if err := b.writeSpeed(dir, kind); err != nil {
		return 0, err
	}
	label := delay.String() + " " + kind
	_, u, err := runGenops(b.program, dir, slow.env(), "-j", strconv.Itoa(inFlight))
	if err != nil {
		return 0, err
	}
	if n := slow.received.Load(); n != int64(b.cases) {
		return 0, fmt.Errorf("the server saw %d calls of genops, not %d: %s", n, b.cases, u.Stderr)
	}
	ours := float64(b.cases) / u.Wall.Seconds()
	print := func(who string, u measure.Usage, rate float64) {
		fmt.Printf("%-21s %-10s %8.2f s %10.0f %7.0f MB\n", label, who, u.Wall.Seconds(), rate, float64(u.RSS)/(1<<20))
	}
	print("genops", u, ours)
	if b.peer == nil {
		return 0, nil
	}
	state := filepath.Join(dir, "state")
	if err := os.MkdirAll(state, 0o755); err != nil {
		return 0, err
	}
	_, u, err = b.peer.run(filepath.Join(dir, "promptfooconfig.json"), state, slow.env(), "-j", strconv.Itoa(inFlight))
	if err != nil {
		return 0, err
	}
	rate := float64(b.cases) / u.Wall.Seconds()
	print("promptfoo", u, rate)
	return ours / rate, nil
}

// writeSpeed writes a configuration with many cases, one in twenty of them wrong.
func (b *bench) writeSpeed(dir, kind string) error {
	labels := []string{"billing", "parcel", "refund", "address", "password"}
	tests := make([]object, b.cases)
	for i := range tests {
		label := labels[i%len(labels)]
		want := label
		if i%20 == 19 {
			want = labels[(i+1)%len(labels)]
		}
		check := object{"type": "equals", "value": want}
		switch kind {
		case "functions":
			check = object{"type": "javascript", "value": fmt.Sprintf("[output].every(o => o === %q) && context.vars.text.length > 10", want)}
		case "javascript":
			check = object{"type": "javascript", "value": fmt.Sprintf("output === %q && context.vars.text.length > 10", want)}
		}
		tests[i] = object{"vars": object{"text": fmt.Sprintf("customer %05d writes: please help me with %s today", i, label)}, "assert": []object{check}}
	}
	config := object{"prompts": []string{"{{text}}"}, "tests": tests,
		"providers": []object{{"id": "http", "config": object{"url": "{{env.STUB_URL}}/classify", "method": "POST",
			"headers": object{"Content-Type": "application/json"}, "body": object{"text": "{{prompt}}"}, "transformResponse": "json.result.label"}}}}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	data, err := json.Marshal(config)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "promptfooconfig.json"), data, 0o644)
}
