package main

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"sync"
)

// race lets two processes move one label at once, so many times: in each round
// one has to win, the other to be told by whom and where to, and the log has to
// have both.
func (b *bench) race(rounds int, say func(string)) (broken int, err error) {
	versions := []string{"1.1.0", "1.2.0", "1.3.0"}
	at := "none"
	for round := range rounds {
		var to []string
		for _, v := range versions {
			if v != at && len(to) < 2 {
				to = append(to, v)
			}
		}
		winner, err := b.raceOnce(round, at, to)
		if err != nil {
			broken++
			say(fmt.Sprintf("race, round %d: %v", round, err))
		}
		if winner == "" {
			return broken, err
		}
		at = winner
	}
	return broken, b.intact(b.work)
}

// raceOnce returns the version on which the label is afterwards.
func (b *bench) raceOnce(round int, at string, to []string) (string, error) {
	var wait sync.WaitGroup
	outs, errs := make([][]byte, 2), make([]error, 2)
	for i := range to {
		wait.Go(func() {
			cmd := exec.Command(b.genops, "prompt", "label", "refund@"+to[i], "race", "--from", at, "--reason", fmt.Sprintf("race %d.%d", round, i))
			cmd.Dir, cmd.Env = b.work, b.env
			outs[i], errs[i] = cmd.CombinedOutput()
		})
	}
	wait.Wait()
	winner := 0
	if errs[1] == nil {
		winner = 1
	}
	if (errs[0] == nil) == (errs[1] == nil) {
		return "", fmt.Errorf("not one winner: %v %s, %v %s", errs[0], outs[0], errs[1], outs[1])
	}
	told := string(outs[1-winner])
	if !strings.Contains(told, to[winner]) || !strings.Contains(told, "Bench <bench@example.invalid>") {
		return to[winner], fmt.Errorf("the loser is told: %s", told)
	}
	out, err := b.output(b.work, "prompt", "log", "refund", "--json", "-n", "2")
	if err != nil {
		return to[winner], err
	}
	var s struct {
		Events []struct {
			Event string
			Move  *struct{ Why, To string }
		}
	}
	if err := json.Unmarshal(out, &s); err != nil {
		return to[winner], err
	}
	found := map[string]string{}
	for _, e := range s.Events {
		if e.Move != nil {
			found[e.Move.Why] = e.Event
		}
	}
	if found[fmt.Sprintf("race %d.%d", round, winner)] != "label" || found[fmt.Sprintf("race %d.%d", round, 1-winner)] != "refused" {
		return to[winner], fmt.Errorf("the log has %v", found)
	}
	return to[winner], nil
}
