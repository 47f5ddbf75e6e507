package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path"
	"slices"
	"strings"
	"time"
)

// evidenceRef keeps what evals found out about versions: an archive with a file
// for each, KIND/NAME/DIGEST/RUN.json.
const evidenceRef = "refs/genops/evidence"

// Evidence is the verdict of one run on the content of one version: of the agent
// that ran, or of the prompt, model or test set that it used.
type Evidence struct {
	Time    time.Time `json:"time"`
	Who     string    `json:"who"` // "Name <email>", as git knows the user
	Run     string    `json:"run"`
	Kind    Kind      `json:"kind"`
	Name    string    `json:"name"`
	Version string    `json:"version"` // when the run was recorded; another one with this content has the same evidence
	Commit  string    `json:"commit,omitempty"`
	Digest  string    `json:"digest"` // of the object's content

	Agent         string         `json:"agent"`
	AgentVersion  string         `json:"agent_version,omitempty"`
	Release       string         `json:"release"`
	TestSet       string         `json:"test_set"` // name below testsets/, else its path in the project
	TestSetDigest string         `json:"test_set_digest"`
	Verdict       string         `json:"verdict"` // pass, fail or undecided
	N             int            `json:"n"`       // judged cases
	Rules         []EvidenceRule `json:"rules"`
	Population    bool           `json:"population,omitempty"` // the rules asked about the traffic behind the set
	Report        string         `json:"report"`               // digest of the run's result.json
}

// EvidenceRule is what became of one rule.
type EvidenceRule struct {
	Rule     string   `json:"rule"`
	Verdict  string   `json:"verdict"`
	N        int      `json:"n"`
	Estimate *float64 `json:"estimate,omitempty"`
	Baseline string   `json:"baseline,omitempty"` // release that it was compared with
}

// Recorded is evidence as the repository has it.
type Recorded struct {
	Evidence
	Signature Signature `json:"signature"`
}

func (e Evidence) path() string {
	return path.Join(string(e.Kind), e.Name, strings.TrimPrefix(e.Digest, "sha256:"), e.Run+".json")
}

// SetName is how evidence calls a test set: its name below testsets/, else its
// path in the project.
func SetName(file string) string {
	if name, ok := KindTestSet.NameOf(path.Clean(file)); ok {
		return name
	}
	return KindTestSet.clean(path.Clean(file))
}

// RecordEvidence adds evidence to the repository, in one commit, which is signed
// when git has a key to sign with. What is there already is left alone. unsigned
// says why there is no signature although there is a key. Safe for concurrent
// use, by any number of processes.
func (g Registry) RecordEvidence(ctx context.Context, all []Evidence) (unsigned error, err error) {
	if len(all) == 0 {
		return nil, nil
	}
	j, err := g.journal(ctx)
	if err != nil {
		return nil, err
	}
	defer j.close()
	tip, err := j.tip(ctx, evidenceRef)
	if err != nil {
		return nil, err
	}
	return j.record(ctx, all, tip)
}

// record adds the evidence to what is at tip, or to what came there since.
func (j *journal) record(ctx context.Context, all []Evidence, tip string) (unsigned error, err error) {
	sign := j.key != "" || j.signing
	for try, until := 0, time.Now().Add(patience); ; try++ {
		err := j.recordAt(ctx, tip, all, sign)
		switch {
		case err == nil:
			return unsigned, nil
		case errors.Is(err, errSigning):
			unsigned, sign = err, false
		case !raced(err) || time.Now().After(until):
			return unsigned, err
		default:
			if err := pause(ctx, try); err != nil {
				return unsigned, err
			}
			if tip, err = j.tip(ctx, evidenceRef); err != nil {
				return unsigned, err
			}
		}
	}
}

func (j *journal) recordAt(ctx context.Context, tip string, all []Evidence, sign bool) error {
	if err := j.load(tip); err != nil {
		return err
	}
	var files []archived
	for _, e := range all {
		e.Who, e.Time = j.who, e.Time.UTC()
		data, err := json.Marshal(e)
		if err != nil {
			return err
		}
		files = append(files, archived{e.path(), append(data, '\n')})
	}
	e := all[0]
	subject := fmt.Sprintf("%s %s %s: %s on %s (run %s)", e.Kind, e.Name, e.Version, e.Verdict, e.TestSet, e.Run)
	err := j.append(ctx, evidenceRef, tip, files, subject, sign, nil)
	if errors.Is(err, fs.ErrExist) {
		return nil // recorded by a start of the same run that was killed
	}
	return err
}

// tip is the commit that a ref is at; "" = there is no such ref.
func (r *repository) tip(ctx context.Context, name string) (string, error) {
	lines, err := r.refs(ctx, name)
	for _, l := range lines {
		if l.name == name {
			return l.object, err
		}
	}
	return "", err
}

// Evidence lists what evals found out about an object, in all its versions, the
// newest first. Each is verified against its signature.
func (g Registry) Evidence(ctx context.Context, kind Kind, name string) ([]Recorded, error) {
	at, err := parseObject(kind, name)
	if err != nil {
		return nil, err
	}
	r, err := g.repositoryIfAny(ctx)
	if r == nil {
		return nil, err
	}
	c := r.content(ctx)
	defer c.Close()
	return r.evidence(ctx, c, kind, at.name)
}

// evidence reads that of one object; of all the kind's with no name.
func (r *repository) evidence(ctx context.Context, c *content, kind Kind, name string) ([]Recorded, error) {
	tip, err := r.tip(ctx, evidenceRef)
	if err != nil || tip == "" {
		return nil, err
	}
	a := newArchive(format{len(tip) == 64}, c)
	if _, err := a.load(tip); err != nil {
		return nil, err
	}
	dir := path.Join(string(kind), name)
	files, err := a.files(dir, true)
	if err != nil || len(files) == 0 {
		return nil, err
	}
	signatures, err := r.signatures(ctx, c, evidenceRef, dir)
	if err != nil {
		return nil, err
	}
	var all []Recorded
	for _, f := range files {
		var e Evidence
		if json.Unmarshal(f.data, &e) != nil || e.Kind != kind || name != "" && e.Name != name || e.path() != dir+"/"+f.name {
			continue // of an object whose name goes on, or damaged
		}
		all = append(all, Recorded{e, signatures[dir+"/"+f.name]})
	}
	slices.SortStableFunc(all, func(a, b Recorded) int { return b.Time.Compare(a.Time) })
	return all, nil
}

// repositoryIfAny is nil where there is no repository, or no git.
func (g Registry) repositoryIfAny(ctx context.Context) (*repository, error) {
	if _, err := exec.LookPath("git"); err != nil {
		return nil, nil // then nothing here is a version
	}
	r, err := g.repository(ctx)
	if errors.Is(err, errNoRepository) {
		return nil, nil
	}
	return r, err
}

// EvidenceOfRun lists the evidence of one run, of all versions that it is about.
// Outside of a repository there is none.
func (g Registry) EvidenceOfRun(ctx context.Context, run string) ([]Recorded, error) {
	r, err := g.repositoryIfAny(ctx)
	if r == nil {
		return nil, err
	}
	out, err := r.run(ctx, "ls-tree", "-r", "-z", "--name-only", "--full-tree", evidenceRef)
	if err != nil {
		return nil, nil // there is none yet
	}
	c := r.content(ctx)
	defer c.Close()
	var all []Recorded
	for file := range strings.SplitSeq(out, "\x00") {
		parts := strings.Split(file, "/")
		if len(parts) < 4 || parts[len(parts)-1] != run+".json" {
			continue
		}
		found, err := r.evidence(ctx, c, Kind(parts[0]), strings.Join(parts[1:len(parts)-2], "/"))
		if err != nil {
			return nil, err
		}
		for _, e := range found {
			if e.path() == file {
				all = append(all, e)
			}
		}
	}
	return all, nil
}

// about are the records of one content, the newest first.
func about(all []Recorded, digest string) (some []Recorded) {
	for _, e := range all {
		if e.Digest == digest {
			some = append(some, e)
		}
	}
	return some
}

// Standing sums up the evidence of one content: the newest verdict of each agent
// on each test set counts.
type Standing struct {
	Passed []Recorded // newest of its agent and test set
	Failed []Recorded // newest of its agent and test set; undecided ones are in neither
	Runs   int
}

// Passes says whether there is a pass, and none where the newest run failed.
func (s Standing) Passes() bool { return len(s.Passed) > 0 && len(s.Failed) == 0 }

func standingOf(all []Recorded) Standing {
	s := Standing{Runs: len(all)}
	seen := map[string]bool{}
	for _, e := range all { // newest first
		key := e.TestSet + "\x00" + e.Agent
		if seen[key] || e.Verdict == "undecided" {
			continue
		}
		seen[key] = true
		if e.Verdict == "pass" {
			s.Passed = append(s.Passed, e)
		} else {
			s.Failed = append(s.Failed, e)
		}
	}
	return s
}

// String is the standing in words.
func (s Standing) String() string {
	name := func(all []Recorded) string {
		var sets []string
		for _, e := range all {
			sets = append(sets, fmt.Sprintf("%s (run %s)", e.TestSet, e.Run))
		}
		return some(sets)
	}
	var parts []string
	if len(s.Failed) > 0 {
		parts = append(parts, "failed on "+name(s.Failed))
	}
	if len(s.Passed) > 0 {
		parts = append(parts, "passed on "+name(s.Passed))
	}
	switch {
	case s.Runs == 0:
		return "no evidence"
	case len(parts) == 0:
		return "undecided"
	}
	return strings.Join(parts, "; ")
}
