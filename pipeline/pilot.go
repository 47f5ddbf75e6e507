package pipeline

import (
	"errors"
	"io/fs"
	"time"

	"github.com/GaboBase/arch-genops/assets"
)

// Names of what a pilot leaves in the run's folder.
const (
	PilotFile         = "pilot.json"           // a Pilot
	PilotFindingsFile = "pilot-findings.jsonl" // what layer 3 said of it, a Judged a line
)

// Pilot is what the items came to that were made and judged before all others.
type Pilot struct {
	At       time.Time `json:"at"`
	Items    int       `json:"items"`
	Requests int       `json:"requests"` // of these items
	OK       int       `json:"ok"`       // have an asset
	Passed   int       `json:"passed"`   // and layer 3 lets it through
	Left     int       `json:"left"`     // requests that are not sent before the pilot has passed
	CostUSD  float64   `json:"cost_usd,omitempty"`
	Verdict  string    `json:"verdict"` // pass, fail, undecided
	Reason   string    `json:"reason,omitempty"`
}

// ReadPilot reads how the pilot of a run ended; nil when there was none.
func ReadPilot(f assets.Folder) (*Pilot, error) {
	var p Pilot
	err := f.ReadJSON(PilotFile, &p)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return &p, err
}

// PilotOf picks n items that are spread over the plan: one out of each of n parts
// of equal length, at a place that seed decides, so that a pattern of the matrix
// can't hide from it; and for a generator that would make none of them one more.
// It returns their requests by Seq. Items that ask for what others ask for already
// are not picked.
func PilotOf(n int, seed string, requests PlannedSource) (only map[int64]bool, items int, err error) {
	var plan []pilotItem
	last := ""
	err = requests(func(p *Planned) error {
		if p.TwinOf != nil {
			return nil
		}
		if p.Item.ID != last || len(plan) == 0 {
			plan, last = append(plan, pilotItem{}), p.Item.ID
		}
		plan[len(plan)-1].add(p)
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	picked := map[int]bool{}
	random := shuffler{hash64(seed)}
	for k := range min(n, len(plan)) {
		from, to := k*len(plan)/min(n, len(plan)), (k+1)*len(plan)/min(n, len(plan))
		picked[from+random.below(to-from)] = true
	}
	for _, i := range uncovered(plan, picked) {
		picked[i] = true
	}
	only = map[int64]bool{}
	for i := range picked {
		for _, seq := range plan[i].seqs {
			only[seq] = true
		}
	}
	return only, len(picked), nil
}

// pilotItem is an item of the plan, and who makes it.
type pilotItem struct {
	seqs   []int64
	makers []string
}

func (i *pilotItem) add(p *Planned) {
	i.seqs, i.makers = append(i.seqs, p.Seq), append(i.makers, p.Request.Media.Provider)
}

// uncovered are items of generators that make none of those that were picked: of
// each the one in its middle.
func uncovered(plan []pilotItem, picked map[int]bool) (more []int) {
	covered, of := map[string]bool{}, map[string][]int{}
	for i, item := range plan {
		for _, m := range item.makers {
			covered[m] = covered[m] || picked[i]
			of[m] = append(of[m], i)
		}
	}
	for _, m := range sortedKeys(of) {
		if !covered[m] {
			more = append(more, of[m][len(of[m])/2])
		}
	}
	return more
}
