package evals

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/gate"
	"github.com/GaboBase/arch-genops/validators"
)

func someManifest() Manifest {
	return Manifest{Schema: 1, Kind: "eval", Run: "r", Started: time.Unix(1, 0), Agent: "A", Version: "1", Release: "sha256:r", TestSet: "s.json", TestSetDigest: "sha256:s",
		TestSetKeys: [2]string{"in", "out"}, Input: "inputs/s.json", Rules: []Rule{{Rule: gate.Rule{Metric: "m", Bar: 0.9, Alpha: 0.05}, Source: "--rule"}}, Seed: 7, Repeats: 1}
}

// Every field of a manifest is part of what must be equal for a run to be
// resumed, but for these.
func TestFingerprint(t *testing.T) {
	free := map[string]bool{"Run": true, "Started": true, "Fingerprint": true, "Prior": true, "ResumeWith": true}
	base := someManifest()
	want, err := base.fingerprint()
	if err != nil {
		t.Fatal(err)
	}
	changes := map[string]func(*Manifest){
		"Started":     func(m *Manifest) { m.Started = time.Unix(2, 0) },
		"TestSetKeys": func(m *Manifest) { m.TestSetKeys[0] = "other" },
		"Rules": func(m *Manifest) {
			m.Rules = []Rule{{Rule: gate.Rule{Metric: "m", Bar: 0.9, Alpha: 0.1}, Source: "--rule"}}
		},
		"Subset":     func(m *Manifest) { m.Subset.Filters = []string{"a=b"} },
		"Carried":    func(m *Manifest) { m.Carried = &Carried{Run: "old"} },
		"Baseline":   func(m *Manifest) { m.Baseline = &ManifestBaseline{Release: "sha256:b"} },
		"Quarantine": func(m *Manifest) { m.Quarantine = &Quarantine{Cases: []QuarantinedCase{{ID: "a"}}} },
		"Judges":     func(m *Manifest) { m.Judges = []JudgeUse{{Digest: "sha256:j"}} },
		"Judge":      func(m *Manifest) { m.Judge = &ManifestJudge{Release: "sha256:j"} },
		"Computing":  func(m *Manifest) { m.Computing = &ManifestJudge{Compat: "exact"} },
		"Simulate":   func(m *Manifest) { m.Simulate = &ManifestSimulate{Release: "sha256:u"} },
		"Own":        func(m *Manifest) { m.Own = []OwnMetric{{Name: "own.py:M", Digest: "sha256:m"}} },
		"Labellers":  func(m *Manifest) { m.Labellers = []string{"openai:m sha256:l"} },
		"Prior":      func(m *Manifest) { m.Prior = []Prior{{Rule: "x"}} },
	}
	for i := range reflect.TypeFor[Manifest]().NumField() {
		name := reflect.TypeFor[Manifest]().Field(i).Name
		m := someManifest()
		switch f := reflect.ValueOf(&m).Elem().Field(i); {
		case changes[name] != nil:
			changes[name](&m)
		case f.Kind() == reflect.String:
			f.SetString("changed")
		case f.Kind() == reflect.Bool:
			f.SetBool(true)
		case f.CanInt():
			f.SetInt(99)
		case f.CanUint():
			f.SetUint(99)
		default:
			t.Fatalf("%s: no way to change it", name)
		}
		got, err := m.fingerprint()
		if err != nil || (got == want) != free[name] {
			t.Errorf("%s: same fingerprint %v, %v", name, got == want, err)
		}
	}
}

func TestRuleSurvivesTheManifest(t *testing.T) {
	limit, err := validators.ParseLimit("latency<=2s")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []Rule{
		{Rule: gate.Rule{Metric: "m", Bar: 0.9, Alpha: 0.05}, Source: "--rule"},
		{Rule: gate.Rule{Metric: "m", Kind: gate.NotWorse, Margin: 0.03, Alpha: 0.01}, Default: true, Source: "genops.yaml"},
		{Rule: gate.Rule{Metric: "m", Kind: gate.Better, Alpha: 0.01}, Source: "a"},
		{Rule: gate.Rule{Metric: limit.Text, Bar: 0.99, Alpha: 0.05}, Limit: &limit, Source: "b"},
	} {
		data, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var got Rule
		if err := json.Unmarshal(data, &got); err != nil || !reflect.DeepEqual(got, r) {
			t.Errorf("%s: %+v, %v", data, got, err)
		}
	}
	var r Rule
	if err := json.Unmarshal([]byte(`{"kind":"above"}`), &r); err == nil || !strings.Contains(err.Error(), "known: at_least") {
		t.Errorf("an unknown kind: %v", err)
	}
}

// A name is never given twice, not even after its run was removed: evidence
// tells runs apart by it.
func TestRunNamesAreUnique(t *testing.T) {
	p := newProject(t, labelled(3), nil)
	seen := map[string]bool{}
	for range 12 {
		m := someManifest()
		m.Fingerprint = "abcdef"
		f, err := RunsOf(p.root).create(&m, nil)
		if err != nil {
			t.Fatal(err)
		}
		if found, err := RunsOf(p.root).Find(f.ID); err != nil || seen[f.ID] || m.Run != found.ID {
			t.Errorf("run %q, folder %q", m.Run, f.ID)
		}
		seen[f.ID] = true
		if len(seen)%2 == 0 {
			evidenceOf(t, p.root, m, m.Run, 1, "pass")
			if err := f.Remove(); err != nil {
				t.Fatal(err)
			}
		}
	}
}
