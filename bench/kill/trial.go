package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// tries bounds how often a moment that came too late is drawn again.
const tries = 20

// undisturbed is the run that all others have to equal.
func (k *series) undisturbed() error {
	project, err := k.newProject()
	if err != nil {
		return err
	}
	c, err := k.start(project)
	if err != nil {
		return err
	}
	began := c.untilReports(time.Minute)
	at := time.Now()
	r, err := c.result()
	if err != nil {
		return err
	}
	k.calm, k.whole = r, time.Since(c.began)
	if began {
		k.report = time.Since(at)
	}
	if r.Cases.Total != k.cases || r.Cases.Judged != k.cases || r.Calls.Made != k.cases || r.Calls.Repeated != 0 {
		return fmt.Errorf("the undisturbed run is not whole: %s", r)
	}
	return nil
}

// trial kills one run at most n times, lets it finish and checks it.
func (k *series) trial(name string, n int, moment func(*command)) error {
	for range tries {
		project, err := k.newProject()
		if err != nil {
			return err
		}
		killed, err := k.killing(project, n, moment)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		var r *result
		if killed == 0 || !finished(project) {
			c, err := k.start(project)
			if err != nil {
				return err
			}
			if r, err = c.result(); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		} else if r, err = recorded(project); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if killed == 0 {
			continue // it was over before
		}
		k.judge(name, project, killed, r)
		return os.RemoveAll(project)
	}
	return errors.New(name + ": the run was over before every kill")
}

// killing starts and kills until it was done n times or the run was over.
func (k *series) killing(project string, n int, moment func(*command)) (killed int, err error) {
	for killed < n && !finished(project) {
		c, err := k.start(project)
		if err != nil {
			return killed, err
		}
		moment(c)
		hit, err := c.kill()
		if err != nil {
			return killed, err
		}
		if !hit {
			return killed, nil
		}
		killed++
		k.found = reportsFound(project)
		k.faults += complain(halfFiles(project))
	}
	return killed, nil
}

// atRandom waits for a moment within the given time since the start.
func (k *series) atRandom(within time.Duration) func(*command) {
	return func(c *command) {
		c.wait(time.Duration(k.random.Int64N(int64(within))))
	}
}

// atReports waits for the first report and then for a moment of their writing.
func (k *series) atReports() func(*command) {
	return func(c *command) {
		after := time.Duration(k.random.Int64N(int64(max(k.report, time.Millisecond))))
		if c.untilReports(time.Minute) {
			for at := time.Now(); time.Since(at) < after; {
				// Spinning: a timer is too coarse for these few milliseconds.
			}
		}
	}
}

// heading names the columns: repeated is what the run tells of, (agent) what the
// agent saw again, reports what was written at the last kill.
func heading() {
	fmt.Printf("  %-24s %5s %5s %9s %9s %6s %8s\n", "killed", "kills", "lost", "repeated", "(agent)", "equal", "reports")
}

// judge compares a finished run with the undisturbed one. What is repeated is
// bounded by the calls in flight at each kill.
func (k *series) judge(name, project string, kills int, r *result) {
	var wrong []string
	check := func(ok bool, format string, args ...any) {
		if !ok {
			wrong = append(wrong, fmt.Sprintf(format, args...))
		}
	}
	seen := k.agent.counts()
	lost, twice := k.cases-r.Cases.Judged, 0
	for _, n := range seen {
		twice += n - 1
	}
	check(len(seen) == k.cases, "the agent saw %d of %d cases", len(seen), k.cases)
	check(lost == 0, "%d lost", lost)
	check(r.Calls.Repeated <= kills*k.width, "%d repeated, but %d were in flight at most", r.Calls.Repeated, kills*k.width)
	check(r.Calls.Made == k.cases+r.Calls.Repeated, "%d calls made, not cases + repeated", r.Calls.Made)
	check(twice <= r.Calls.Repeated, "the agent saw %d calls again, the run tells of %d", twice, r.Calls.Repeated)
	equal := k.calm.differs(r)
	check(equal == "", "%s", equal)
	half := halfFiles(project)
	check(len(half) == 0, "%s", strings.Join(half, ", "))
	left, _ := filepath.Glob(filepath.Join(runsDir(project), "*", ".tmp-*"))
	check(len(left) == 0, "%d temporary files are left in the run's folder", len(left))
	if err := k.verify(project, r.Run); err != nil {
		check(false, "genops verify: %v", err)
	}
	word := "yes"
	if equal != "" {
		word = "NO"
	}
	fmt.Printf("  %-24s %5d %5d %9d %9d %6s %8s  %s\n", name, kills, lost, r.Calls.Repeated, twice, word, k.found, strings.Join(wrong, "; "))
	k.faults += len(wrong)
}

// complain prints what is wrong and counts it.
func complain(wrong []string) int {
	for _, w := range wrong {
		fmt.Println("  after a kill:", w)
	}
	return len(wrong)
}
