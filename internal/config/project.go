package config

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Name is the name of the project file.
const Name = "genops.yaml"

// Project is what genops.yaml says, with defaults for all that it does not
// say. It is read-only after Load.
type Project struct {
	Root string `yaml:"-"` // the project's folder, as given to Load
	File string `yaml:"-"` // path of its genops.yaml

	Pipeline   Pipeline   `yaml:"pipeline"`
	Evals      Evals      `yaml:"evals"`
	Deployment Deployment `yaml:"deployment"`
	CI         CI         `yaml:"ci"`
	Registry   Registry   `yaml:"registry"`

	lines map[string]int // key path → line in the file
}

// Pipeline says where the project's CI runs.
type Pipeline struct {
	Provider string   `yaml:"provider"` // github-actions | gitlab-ci | none
	Runners  []string `yaml:"runners"`  // labels of the machines; never empty
}

// Evals holds the defaults of run-eval.
type Evals struct {
	Framework     string        `yaml:"framework"`        // of Frameworks: whose definitions the metrics follow
	Metrics       []string      `yaml:"metrics"`          // distinct names; may be empty
	Threshold     float64       `yaml:"threshold"`        // in [0,1]: the bar for the mean of each of Metrics
	Concurrency   int           `yaml:"concurrency"`      // 1..10000 calls in flight at most
	Timeout       time.Duration `yaml:"timeout"`          // > 0: of one call
	OnUnavailable string        `yaml:"on_unavailable"`   // undecided | skip: a metric that can't be judged
	Ambiguous     string        `yaml:"ambiguous"`        // retry | hold: a call whose fate is unknown
	Retries       int           `yaml:"retries"`          // 0..20 repeats of one call
	Alpha         float64       `yaml:"alpha"`            // in (0,0.5]: error rate of a rule that names none
	Margin        float64       `yaml:"margin"`           // in [0,1): by how much a release may be worse than its baseline
	BaselineAge   time.Duration `yaml:"baseline_max_age"` // > 0: within which the two calls of a pair lie, and how old a reused answer may be
	CacheMB       int           `yaml:"cache_mb"`         // 0..1000000: size of the cache of calls; 0 = no cache
	Judge         Judge         `yaml:"judge"`            // who judges the judged metrics
	Moderator     string        `yaml:"moderator"`        // model that moderates: openai:MODEL
	Classifier    string        `yaml:"classifier"`       // model that classifies texts: huggingface:MODEL; "" = none
	Simulate      string        `yaml:"simulate"`         // model that plays users: PROVIDER:MODEL, or NAME of models/NAME.yaml; "" = none
	Evidence      string        `yaml:"evidence"`         // git | local: whether verdicts on versions are kept in the repository, too
	// report | block: a rule on the word of a judge that no labels vouch for is
	// shown and does not count for the verdict, or the judge is taken at its word.
	UncalibratedJudges string `yaml:"uncalibrated_judges"`
}

// Frameworks lists the values of evals.framework: GenOps' own metrics with
// DeepEval's meaning, under two names, and beside them metrics that the user wrote
// for DeepEval, which run in the user's Python.
func Frameworks() []string { return []string{"deepeval", "native", DeepEvalPython} }

// DeepEvalPython lets runs start the user's Python.
const DeepEvalPython = "deepeval-python"

// Deployment holds the defaults of a rollout.
type Deployment struct {
	Strategy string `yaml:"strategy"` // canary | blue-green
	Steps    []int  `yaml:"steps"`    // shares of the traffic in percent, increasing, the last is 100
}

func defaults() Project {
	return Project{
		Pipeline: Pipeline{Provider: "github-actions", Runners: []string{"ubuntu-latest"}},
		Evals: Evals{
			Framework: "deepeval", Metrics: []string{}, Threshold: 0.9,
			Concurrency: 16, Timeout: 60 * time.Second,
			OnUnavailable: "undecided", Ambiguous: "retry", Retries: 3, Alpha: 0.05, Margin: 0.03, BaselineAge: 24 * time.Hour, CacheMB: 1024, Evidence: "git", UncalibratedJudges: "report",
			Moderator: "openai:omni-moderation-latest",
		},
		Deployment: Deployment{Strategy: "canary", Steps: []int{10, 25, 50, 100}},
		CI:         CI{Gates: Gates{Formatting: "skip", Reworded: "smoke", Changed: "full", Breaking: "block"}, SmokeCases: 50},
	}
}

// Find returns the nearest folder that holds a genops.yaml: start or one above
// it. Without one the error is an fs.ErrNotExist.
func Find(start string) (root string, err error) {
	start, err = filepath.Abs(start)
	if err != nil {
		return "", fmt.Errorf("finding the project: %w", err)
	}
	if _, err := os.Stat(start); err != nil {
		return "", fmt.Errorf("finding the project: %w", err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if info, err := os.Stat(filepath.Join(dir, Name)); err == nil && !info.IsDir() {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no %s in %s or a folder above it (`genops init` makes one): %w", Name, start, fs.ErrNotExist)
		}
	}
}

// Load reads and checks the genops.yaml in root. Errors of its content are one
// or more *Error, in line order.
func Load(root string) (*Project, error) {
	file := filepath.Join(root, Name)
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the project file: %w", err)
	}
	return ParseProject(root, file, data)
}

// ParseProject is Load on the bytes of a genops.yaml; file is its name in
// errors.
func ParseProject(root, file string, data []byte) (*Project, error) {
	p := defaults()
	document := struct {
		Genops *Project `yaml:"genops"`
	}{&p}
	lines, err := decode(&decoder{file: file, top: "genops", lines: map[string]int{}}, data, &document)
	if err != nil {
		return nil, err
	}
	p.Root, p.File, p.lines = root, file, lines
	if err := p.check(); err != nil {
		return nil, err
	}
	return &p, nil
}
