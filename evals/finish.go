package evals

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/assets"
)

// records holds a digest of every ledger record by its seq, so that a changed
// one can be named. Those without a result have no ID.
type records []record

type record struct {
	id     string
	digest [16]byte
}

func (r records) set(c assets.Call) { r[c.Seq] = record{c.ID, recordDigest(c)} }

// recordDigest is the first half of the SHA-256 over all that a record holds.
func recordDigest(c assets.Call) [16]byte {
	h := sha256.New()
	var head []byte
	head = strconv.AppendInt(head, c.Seq, 10)
	head = append(strconv.AppendQuote(append(head, '\n'), c.ID), '\n')
	head = append(append(head, c.Key...), '\n')
	head = append(strconv.AppendInt(head, int64(c.State), 10), '\n')
	head = append(strconv.AppendInt(head, int64(c.Sends), 10), '\n')
	h.Write(head)
	h.Write(c.Result)
	return [16]byte(h.Sum(nil)[:16])
}

// recordName is a record's ID on one line.
func recordName(id string) string {
	if strings.ContainsAny(id, "\r\n") {
		return strconv.Quote(id)
	}
	return id
}

// text lists the records as sha256sum does: digest, two spaces, name.
func (r records) text() []byte {
	var b []byte
	for i := range r {
		if id := r[i].id; id != "" {
			b = hex.AppendEncode(b, r[i].digest[:])
			b = append(append(append(b, "  "...), recordName(id)...), '\n')
		}
	}
	return b
}

// spend is what calls came to.
type spend struct {
	Calls
	usd      float64
	unpriced int // calls whose price is not known
}

// spend sums up the calls of all starts of the run together: those of the whole
// run, and of its baseline alone. sends tells how often one call was sent; what
// was taken from earlier calls costs nothing.
func (t *tally) spend(sends func(seq int64) int) (run, base spend) {
	for seq := range int64(t.plan.slots()) {
		at, _ := t.plan.at(seq)
		s := spend{Calls: Calls{Made: sends(seq), Repeated: max(sends(seq)-1, 0)}}
		switch j := t.get(at); {
		case j == nil:
		case s.Made == 0 && unplayed(j): // nothing was there to be sent
		case s.Made == 0:
			s.Cached = 1
		default:
			s.usd = j.CostUSD
			if j.Talk != nil {
				s.Repeated = max(s.Made-j.Talk.Calls, 0)
			}
			if j.Unpriced {
				s.unpriced = 1
			}
		}
		run.add(s)
		if at.base {
			base.add(s)
		}
	}
	return run, base
}

func (s *spend) add(more spend) {
	s.Made += more.Made
	s.Cached += more.Cached
	s.Repeated += more.Repeated
	s.usd += more.usd
	s.unpriced += more.unpriced
}

// finish decides, writes the reports, the evidence and, last of all, the
// result: each whole or not at all.
func (r *runner) finish() (*Result, error) {
	if err := r.ledger.Flush(); err != nil {
		return nil, err
	}
	result := r.tally.outcome(r.m, r.sent)
	result.Resumed, result.Command = r.resumed, r.ResumeWith
	result.Report = filepath.ToSlash(filepath.Join(".genops", "runs", r.m.Run, ReportFile))
	result.DurationMS = time.Since(r.began).Milliseconds()
	result.Files = map[string]string{recordsFile: ""}
	if why := r.Release.Untraceable; why != "" {
		result.Warnings = append(result.Warnings, "the release's digest does not tell which code ran: "+why+"; declare files: or version: in the agent file")
	}
	r.account(result)
	result.CostUSD += r.unfinishedAgent()
	if r.damaged > 0 {
		result.Warnings = append(result.Warnings, fmt.Sprintf("%d line(s) of .genops/%s can't be read: earlier tries may be missing from the counts", r.damaged, evidenceFile))
	}
	if err := r.writeReports(result); err != nil {
		return nil, err
	}
	data, err := json.MarshalIndent(result, "", "  ")
	if err != nil {
		return nil, err
	}
	data = append(data, '\n')
	if err := recordEvidence(r.Root, r.m, result, digestOf(data), time.Now()); err != nil {
		return nil, fmt.Errorf("recording the evidence: %w", err)
	}
	return result, assets.WriteFile(r.folder.path(assets.ResultFile), data)
}

func (r *runner) sent(seq int64) int { return r.sends[seq] }

// account adds what the evidence alone does not tell: budget, reuse, forecast.
func (r *runner) account(result *Result) {
	if r.tooLong > 0 {
		result.Warnings = append(result.Warnings, fmt.Sprintf("%d answer(s) are longer than %d MiB and are not kept: another run calls them again, and a recording lacks them", r.tooLong, maxOutput>>20))
	}
	if r.reused.Answers > 0 {
		r.reused.From = cmp.Or(r.Memory.From, "cache")
		if unseen := r.Release.Unseen; unseen != "" {
			result.Warnings = append(result.Warnings, "answers were reused, and the release's digest does not cover "+unseen+": after a change there use --fresh, or declare files: in the agent file")
		}
		result.Reused = &r.reused
	}
	if p := r.purse; p != nil {
		b := &r.budget
		b.LimitUSD = p.LimitUSD
		b.SpentUSD, b.UsedUp = p.State()
		result.Budget = b
		if b.UsedUp {
			result.Warnings = append(result.Warnings, fmt.Sprintf("the budget of $%.4g does not allow a further call: %d of %d cases were judged; a larger --budget goes on from the answers that are paid",
				p.LimitUSD, result.Cases.Judged+result.Cases.Unjudged, result.Cases.Total))
		}
	}
	if r.m.AsRecorded {
		who := r.m.Agent
		if who == RecordedAgent {
			who = "an agent"
		}
		result.Warnings = append(result.Warnings, "the answers that the test set holds were judged, and nobody was asked: this is no evidence of what "+who+" answers now")
	}
	if n := r.m.MaxCases; n > 0 && cutShort(r.m, result) {
		result.Warnings = append(result.Warnings, fmt.Sprintf("stopped after %d of %d cases, as --max-cases %d says; without it a run goes on from these answers", result.Cases.Judged+result.Cases.Unjudged, result.Cases.Total, n))
	}
	if b := result.Baseline; b != nil && len(r.stale) > 0 {
		b.Forecast = r.forecast()
	}
}

// writeReports writes the reports and the list of records, each in its own
// goroutine, and notes their digests and those of the inputs.
func (r *runner) writeReports(result *Result) error {
	rows := r.tally.rows(r.sent)
	writers := map[string]func(io.Writer) error{recordsFile: func(w io.Writer) error { _, err := w.Write(r.records.text()); return err }}
	for name, write := range r.Reports {
		writers[name] = func(w io.Writer) error { return write(w, *result, rows) }
	}
	names := slices.Sorted(maps.Keys(writers))
	digests, errs := make([]string, len(names)), make([]error, len(names))
	var wait sync.WaitGroup
	for i, name := range names {
		wait.Go(func() {
			if digests[i], errs[i] = assets.WriteStream(r.folder.path(name), writers[name]); errs[i] != nil {
				errs[i] = fmt.Errorf("writing %s: %w", name, errs[i])
			}
		})
	}
	ledger, err := r.ledger.Digest()
	wait.Wait()
	if err := errors.Join(err, errors.Join(errs...)); err != nil {
		return err
	}
	for i, name := range names {
		result.Files[name] = digests[i]
	}
	result.Files[assets.LedgerFile] = "sha256:" + ledger
	if r.book != nil {
		turns, err := r.book.Digest()
		if err != nil {
			return err
		}
		result.Files[turnsFile] = "sha256:" + turns
	}
	for _, name := range []string{assets.ManifestFile, r.m.Input} {
		data, err := os.ReadFile(r.folder.path(name))
		if err != nil {
			return err
		}
		result.Files[name] = digestOf(data)
	}
	return nil
}

// WriteReport writes one report file whole or not at all.
func WriteReport(path string, write func(io.Writer) error) error {
	_, err := assets.WriteStream(path, write)
	return err
}

// Rows returns the run's judged draws as the reports show them, in drawn order.
func (f Folder) Rows() ([]CaseRow, error) {
	l, err := f.load()
	if err != nil {
		return nil, err
	}
	return l.tally.rows(l.sent), nil
}

// sortedIDs is for messages that name records.
func sortedIDs(ids []string) []string {
	sort.Strings(ids)
	return ids
}
