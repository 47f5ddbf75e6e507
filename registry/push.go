package registry

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Push asks for versions, labels, log and evidence to go to a remote.
type Push struct {
	Remote   string // "" = the branch's, else origin
	Rules    Protection
	DryRun   bool
	Progress io.Writer // may be nil
}

// Pushed is what a push brought to the remote.
type Pushed struct {
	Remote   string        `json:"remote"`
	Versions []string      `json:"versions"` // tags that are new there
	Labels   []LabelChange `json:"labels"`
	Log      bool          `json:"log"`      // the log there has grown
	Evidence bool          `json:"evidence"` // the evidence there has grown
	Notes    []string      `json:"notes"`
	DryRun   bool          `json:"dry_run,omitempty"`
}

// Nothing says whether the remote had it all.
func (p *Pushed) Nothing() bool {
	return len(p.Versions)+len(p.Labels) == 0 && !p.Log && !p.Evidence
}

// StaleError is a push that would move labels which the remote moved since the
// last fetch. Nothing was pushed.
type StaleError struct {
	Remote string
	Labels []LabelChange // To is where they are here, Theirs where the remote has them
}

func (e *StaleError) Error() string {
	text := fmt.Sprintf("nothing was pushed: %s moved since the last fetch what is moved here, too:", e.Remote)
	for _, c := range e.Labels {
		text += fmt.Sprintf("\n  %s (%s)", c, c.By.told())
	}
	return text + fmt.Sprintf("\n`genops fetch %s` takes their state in", e.Remote)
}

// ConflictError are labels that both sides moved and that nobody has decided.
// Nothing was pushed.
type ConflictError struct {
	Remote string
	Labels []LabelChange
}

func (e *ConflictError) Error() string {
	text := "nothing was pushed: decide first where these labels belong, with `genops KIND label NAME@VERSION LABEL` or `… NAME LABEL --remove`:"
	for _, c := range e.Labels {
		text += "\n  " + c.String()
	}
	return text
}

// pushTries is how often a push begins anew because another one was faster with
// the log alone.
const pushTries = 8

// Push brings versions, labels, log and evidence to a remote: all of it or
// nothing (git push --atomic). It is refused when the remote moved a label since
// the last fetch that was moved here, too (*StaleError, *ConflictError), when a
// version there is another one (*TagsDifferError), and when a rule forbids a
// move (*ProtectedError). The remote's log is merged first, never overwritten.
// Branches are not pushed.
func (g Registry) Push(ctx context.Context, p Push) (*Pushed, error) {
	s, unlock, err := g.syncing(ctx, p.Remote)
	if err != nil {
		return nil, err
	}
	defer unlock()
	for try := 0; ; try++ {
		out, again, err := s.pushOnce(ctx, p)
		if err == nil || !again || try == pushTries {
			return out, err
		}
		if err := pause(ctx, try); err != nil {
			return nil, err
		}
	}
}

// outgoing is what a push will do.
type outgoing struct {
	refspecs, leases []string
}

func (s *syncing) pushOnce(ctx context.Context, p Push) (out *Pushed, again bool, err error) {
	if err := s.look(ctx); err != nil {
		return nil, false, err
	}
	genops, tags, err := s.offered(ctx)
	if err != nil {
		return nil, false, err
	}
	if differing := differ(s.tags, tags); len(differing) > 0 {
		return nil, false, &TagsDifferError{s.remote, differing}
	}
	out = &Pushed{Remote: s.remote, Versions: newTags(tags, s.tags), Labels: []LabelChange{}, Notes: []string{}, DryRun: p.DryRun}
	var o outgoing
	if err := s.moved(ctx, genops, p, out, &o); err != nil {
		return nil, false, err
	}
	if !p.DryRun && (genops["log"] != s.seen["log"] || genops["evidence"] != s.seen["evidence"]) {
		if err := s.mergeTheirs(ctx, out); err != nil {
			return nil, raced(err), err
		}
	}
	out.Log, out.Evidence = s.local["log"] != genops["log"] && s.local["log"] != "", s.local["evidence"] != genops["evidence"] && s.local["evidence"] != ""
	if p.DryRun || out.Nothing() {
		return out, false, nil
	}
	for _, tag := range out.Versions {
		o.refspecs = append(o.refspecs, "refs/tags/"+tag)
	}
	for name, grown := range map[string]bool{"log": out.Log, "evidence": out.Evidence} {
		if grown {
			o.refspecs = append(o.refspecs, labelsDir+name+":"+labelsDir+name)
		}
	}
	again, err = s.send(ctx, p, &o)
	return out, again, err
}

// moved finds the labels that were moved here since the last fetch, and refuses
// those that may not be.
func (s *syncing) moved(ctx context.Context, there map[string]string, p Push, out *Pushed, o *outgoing) error {
	var noted []refChange
	stale, undecided := &StaleError{Remote: s.remote}, &ConflictError{Remote: s.remote}
	for _, below := range labelsIn(s.local, s.seen) {
		here, seen := s.local[below], s.seen[below]
		c := s.change(below, seen, here)
		if s.conflicts[below] != "" {
			c.Action, c.Theirs = "conflict", s.called(there[below])
			undecided.Labels = append(undecided.Labels, c)
			continue
		}
		if here == there[below] && here != seen { // a push that was killed before it noted this
			noted = append(noted, refChange{seenDir + s.remote + "/" + below, seen, here})
		}
		if here == seen || here == there[below] {
			continue
		}
		if there[below] != seen {
			c.Action, c.Theirs = "conflict", s.called(there[below])
			stale.Labels = append(stale.Labels, c)
			continue
		}
		if err := s.mayPush(ctx, p.Rules, below, here); err != nil {
			return err
		}
		out.Labels = append(out.Labels, c)
		spec := labelsDir + below
		if here == "" {
			o.refspecs = append(o.refspecs, ":"+spec)
		} else {
			o.refspecs = append(o.refspecs, spec+":"+spec)
		}
		o.leases = append(o.leases, "--force-with-lease="+spec+":"+seen)
	}
	switch {
	case len(undecided.Labels) > 0:
		return undecided
	case len(stale.Labels) > 0:
		s.name(ctx, stale)
		return stale
	case len(noted) > 0 && !p.DryRun:
		return s.move(ctx, "genops push", noted)
	}
	return nil
}

// name finds out, as well as it can, who moved the labels at the remote.
func (s *syncing) name(ctx context.Context, stale *StaleError) {
	if s.receive(ctx, nil, false) != nil || s.look(ctx) != nil {
		return
	}
	for i := range stale.Labels {
		c := &stale.Labels[i]
		below := string(c.Kind) + "/" + c.Name + "/" + c.Label
		c.By = s.lastIn(s.incoming["log"], below, s.incoming[below])
		if c.By != nil {
			c.Theirs = c.By.To
		}
	}
}

// mayPush asks the rules again for a label that was moved here: they may have
// come later, and plain git may have moved it.
func (s *syncing) mayPush(ctx context.Context, rules Protection, below, object string) error {
	at, _ := parseLabel(below)
	if _, protected := rules.rule(at.kind, at.name, at.label); !protected {
		return nil
	}
	st, err := s.standing(ctx, ref{kind: at.kind, name: at.name}, at.label)
	if err != nil {
		return err
	}
	var target tagged
	for _, t := range st.h.versions {
		if t.object == object {
			target = t
		}
	}
	if object != "" && target.object == "" {
		return fmt.Errorf("label %s of %s %s is protected and points at no version (%.12s)", at.label, at.kind, at.name, object)
	}
	last, ok := lastMove(st.entries, at.label)
	back := ok && last.Action == ActionRollback && last.ToID == object
	return s.allowed(ctx, rules, at, target, st.h, back)
}

// mergeTheirs takes the remote's log and evidence in, and nothing else.
func (s *syncing) mergeTheirs(ctx context.Context, out *Pushed) error {
	if err := s.receive(ctx, nil, false); err != nil {
		return err
	}
	if err := s.look(ctx); err != nil {
		return err
	}
	f := &Fetched{}
	err := s.takeIn(ctx, f, false)
	out.Notes = append(out.Notes, f.Warnings...)
	if err != nil {
		return err
	}
	return s.look(ctx)
}

// send lets git push, which also notes what the remote has then. again says
// that another push was faster with nothing but the log.
func (s *syncing) send(ctx context.Context, p Push, o *outgoing) (again bool, err error) {
	slices.Sort(o.refspecs)
	args := []string{"-c", "remote." + s.remote + ".fetch=+" + labelsDir + "*:" + seenDir + s.remote + "/*",
		"push", "--atomic", "--porcelain", "--no-follow-tags", "--recurse-submodules=no"}
	if p.Progress != nil {
		args = append(args, "--progress")
	}
	args = append(append(args, o.leases...), "--", s.remote)
	out, complaint, err := s.talk(ctx, p.Progress, append(args, o.refspecs...)...)
	if err == nil {
		return false, nil
	}
	rejected := rejections(out)
	switch {
	case strings.Contains(complaint, "does not support --atomic"):
		return false, fmt.Errorf("remote %s: it can't take several refs all or nothing (git push --atomic), so nothing was pushed; a label without its log would be worse than none", s.remote)
	case len(rejected) == 0: // "atomic transaction failed", for all alike
		return strings.Contains(complaint, "cannot lock ref"), s.unreachable(err)
	}
	var words []string
	racing := true
	for _, name := range slices.Sorted(maps.Keys(rejected)) {
		why := rejected[name]
		words = append(words, name+": "+why)
		log := name == labelsDir+"log" || name == labelsDir+"evidence"
		racing = racing && (log && !strings.Contains(why, "hook") || strings.Contains(why, "stale info") || strings.Contains(why, "already exists") || strings.Contains(why, "failed to update ref") || strings.Contains(why, "cannot lock"))
	}
	text := tail(strings.Join(words, "\n  "))
	if complaint = tail(withoutSummary(complaint)); complaint != "" {
		text += "\n" + complaint
	}
	return racing, fmt.Errorf("nothing was pushed; %s refused:\n  %s", s.remote, text)
}

// withoutSummary drops what git repeats at the end.
func withoutSummary(complaint string) string {
	var lines []string
	for line := range strings.Lines(complaint) {
		if !strings.HasPrefix(line, "error: failed to push some refs") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

// rejections reads what git push --porcelain says of refs that did not go,
// other than that another one kept them from it.
func rejections(out string) map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(out) {
		rest, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "!\t")
		if !ok {
			continue
		}
		names, why, _ := strings.Cut(rest, "\t")
		if strings.Contains(why, "atomic") {
			continue
		}
		_, to, _ := strings.Cut(names, ":")
		all[to] = why
	}
	return all
}
