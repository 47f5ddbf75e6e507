package registry

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
)

// logRef keeps the log of all labels: an archive with a file for each entry,
// KIND/NAME/TIME-DIGEST.json.
const logRef = "refs/genops/log"

// What an Entry tells.
const (
	ActionLabel    = "label"    // the label was put on a version
	ActionRemove   = "remove"   // the label was taken away
	ActionRollback = "rollback" // the label went back to an earlier version
	ActionRefused  = "refused"  // somebody else moved the label at the same moment, so this move was not made
	ActionDecide   = "decide"   // the label stays, though a remote had moved it elsewhere
)

// Entry is one line of the log of labels. Entries are never changed.
type Entry struct {
	Time   time.Time `json:"time"` // later than that of every entry known when it was written
	Who    string    `json:"who"`  // "Name <email>", as git knows the user
	Kind   Kind      `json:"kind"`
	Name   string    `json:"name"`
	Label  string    `json:"label"`
	Action string    `json:"action"`
	From   string    `json:"from,omitempty"` // version; "" = the label was not there
	To     string    `json:"to,omitempty"`   // version; "" = it was taken away
	Why    string    `json:"why,omitempty"`
	// What git calls the two versions' tags: a version whose tag was moved later
	// is told by it.
	FromID string `json:"from_id,omitempty"`
	ToID   string `json:"to_id,omitempty"`
}

// moves says whether the entry changed where the label is.
func (e Entry) moves() bool { return e.Action != ActionRefused }

// file is the entry as the archive keeps it.
func (e Entry) file() (archived, error) {
	data, err := json.Marshal(e)
	data = append(data, '\n')
	return archived{path.Join(string(e.Kind), e.Name, stampName(e.Time, data)+".json"), data}, err
}

const stampForm = "20060102T150405.000000000Z"

// stampName sorts by time and tells whether the content is what was written.
func stampName(at time.Time, data []byte) string {
	h := sha256.Sum256(data)
	return at.UTC().Format(stampForm) + "-" + hex.EncodeToString(h[:8])
}

// genuine says whether a file's name has the digest of its content.
func genuine(name string, data []byte) bool {
	h := sha256.Sum256(data)
	return strings.HasSuffix(strings.TrimSuffix(path.Base(name), ".json"), "-"+hex.EncodeToString(h[:8]))
}

// parseEntry reads a file of the log.
func parseEntry(f archived) (Entry, error) {
	var e Entry
	if !genuine(f.name, f.data) {
		return e, fmt.Errorf("%s: the entry was changed after it was written", f.name)
	}
	if err := json.Unmarshal(f.data, &e); err != nil {
		return e, fmt.Errorf("%s: %w", f.name, err)
	}
	if e.Label == "" || e.Action == "" || e.Time.IsZero() {
		return e, fmt.Errorf("%s: label, action or time is missing", f.name)
	}
	return e, nil
}

// entries reads the log of one object, oldest first, and names what is damaged.
func (a *archive) entriesOf(kind Kind, name string) (all []Entry, damaged []string, err error) {
	files, err := a.files(string(kind)+"/"+name, false)
	if err != nil {
		return nil, nil, fmt.Errorf("reading the log of %s %s: %w", kind, name, err)
	}
	for _, f := range files {
		e, err := parseEntry(f)
		if err == nil && (e.Kind != kind || e.Name != name) {
			err = fmt.Errorf("%s: the entry is about %s %s", f.name, e.Kind, e.Name)
		}
		if err != nil {
			damaged = append(damaged, err.Error())
			continue
		}
		all = append(all, e)
	}
	slices.SortStableFunc(all, func(x, y Entry) int { return x.Time.Compare(y.Time) })
	return all, damaged, nil
}

// lastMove is the newest entry that moved the label; false when there is none.
func lastMove(entries []Entry, label string) (Entry, bool) {
	for _, e := range slices.Backward(entries) {
		if e.Label == label && e.moves() {
			return e, true
		}
	}
	return Entry{}, false
}

// after is now, or a moment later than all entries where a clock is wrong: the
// order of what was known is kept.
func after(entries []Entry, now time.Time) time.Time {
	for _, e := range entries {
		if !e.Time.Before(now) {
			now = e.Time.Add(1)
		}
	}
	return now.UTC()
}
