package judges

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// togetherEnding is that of the file of a Together.
const togetherEnding = ".together.json"

// LeastSame is what the share of answers on which a question about several
// metrics and the metric's own procedure come to the same verdict must reach: the
// lower end of its 95 % interval. Of 22 answers all have to be alike, of 50 all
// but two.
const LeastSame = 0.85

// Together is what a project keeps of a question about several metrics: how far
// it agrees with asking about each.
type Together struct {
	Schema  int               `json:"schema"` // 1
	Release Release           `json:"release"`
	Digest  string            `json:"release_digest"`
	Metrics []string          `json:"metrics"` // in the order in which they are asked
	Apart   map[string]string `json:"apart"`   // metric → digest of the release of its own procedure
	Answers int               `json:"answers"`
	Joints  []Joint           `json:"agreement"` // by metric

	Path string `json:"-"` // of the file, as LoadTogether found it
}

// TogetherMetric is the name under which a question about several metrics is
// released.
func TogetherMetric(metrics []string) string { return strings.Join(metrics, " + ") }

// Refuses says why the metrics must not be asked in one question; "" = they may.
func (t *Together) Refuses() string {
	var why []string
	for _, j := range t.Joints {
		switch {
		case j.Same.N == 0:
			why = append(why, j.Metric+": no answer got a verdict when it was asked alone")
		case !(j.Same.Interval[0] >= LeastSame):
			why = append(why, fmt.Sprintf("%s: the same verdict on %.1f %% of %d answers (%.1f – %.1f %%), and the interval must lie above %.0f %%",
				j.Metric, 100*j.Same.Value, j.Same.N, 100*j.Same.Interval[0], 100*j.Same.Interval[1], 100*LeastSame))
		}
	}
	return strings.Join(why, "; ")
}

// Name is the name of the file: judge and metrics.
func (t *Together) Name() string {
	return fileName(t.Release.Judge) + "." + fileName(strings.Join(t.Metrics, "-")) + togetherEnding
}

// Encode is the content of the file.
func (t *Together) Encode() ([]byte, error) { return encode(t) }

// LoadTogether reads what the project at root keeps, by file name. A folder
// without any is no error; a file that can't be read is.
func LoadTogether(root string) ([]*Together, error) {
	return load(root, togetherEnding, func(name string) (*Together, error) {
		return readTogether(filepath.Join(root, filepath.FromSlash(name)), name)
	})
}

func readTogether(path, name string) (*Together, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	t := &Together{Path: name}
	if err := json.Unmarshal(data, t); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	switch {
	case t.Schema != 1:
		return nil, fmt.Errorf("%s: schema %d is unknown; known: 1", name, t.Schema)
	case t.Release.Digest() != t.Digest:
		return nil, fmt.Errorf("%s: release_digest is not that of release: run `genops judge check --together` again", name)
	case len(t.Metrics) < 2 || len(t.Joints) != len(t.Metrics):
		return nil, fmt.Errorf("%s: agreement does not go with metrics: run `genops judge check --together` again", name)
	}
	for i, j := range t.Joints {
		if j.Metric != t.Metrics[i] || t.Apart[j.Metric] == "" {
			return nil, fmt.Errorf("%s: agreement does not go with metrics: run `genops judge check --together` again", name)
		}
	}
	return t, nil
}
