package judges_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/judges"
)

func jointOf(metric string, n, differ int) judges.Joint {
	names, a, b := make([]string, n), make([]judges.Word, n), make([]judges.Word, n)
	for i := range n {
		a[i] = judges.Word{Score: 1, Pass: true}
		b[i] = judges.Word{Score: 1, Pass: i >= differ}
	}
	return judges.JointOf(metric, names, a, b)
}

func TestTogetherRefuses(t *testing.T) {
	for _, c := range []struct {
		n, differ int
		allowed   bool
	}{{22, 0, true}, {21, 0, false}, {50, 2, true}, {50, 4, false}, {0, 0, false}} {
		x := judges.Together{Joints: []judges.Joint{jointOf("a", 100, 0), jointOf("b", c.n, c.differ)}}
		if why := x.Refuses(); (why == "") != c.allowed || why != "" && !strings.HasPrefix(why, "b: ") {
			t.Errorf("%d of %d differ: %q", c.differ, c.n, why)
		}
	}
}

func TestTogetherKept(t *testing.T) {
	root := t.TempDir()
	if list, err := judges.LoadTogether(root); err != nil || list != nil {
		t.Fatal(list, err)
	}
	metrics := []string{"coherence", "toxicity"}
	r := judges.Release{Judge: "openai:gpt-5.4", Metric: judges.TogetherMetric(metrics)}
	x := judges.Together{Schema: 1, Release: r, Digest: r.Digest(), Metrics: metrics, Apart: map[string]string{"coherence": "sha256:1", "toxicity": "sha256:2"},
		Answers: 30, Joints: []judges.Joint{jointOf("coherence", 30, 0), jointOf("toxicity", 30, 0)}}
	write := func(x judges.Together) {
		data, err := x.Encode()
		if err != nil {
			t.Fatal(err)
		}
		os.MkdirAll(filepath.Join(root, judges.Dir), 0o755)
		if err := os.WriteFile(filepath.Join(root, judges.Dir, x.Name()), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(x)
	list, err := judges.LoadTogether(root)
	if err != nil || len(list) != 1 || list[0].Path != "judges/openai-gpt-5.4.coherence-toxicity.together.json" || list[0].Refuses() != "" {
		t.Fatal(list, err)
	}
	if all, err := judges.Load(root); err != nil || len(all) != 0 {
		t.Errorf("it is no calibration: %v %v", all, err)
	}
	for what, change := range map[string]func(*judges.Together){
		"schema":         func(x *judges.Together) { x.Schema = 2 },
		"release_digest": func(x *judges.Together) { x.Digest = "sha256:0" },
		"agreement":      func(x *judges.Together) { x.Joints = x.Joints[:1] },
	} {
		bad := x
		change(&bad)
		write(bad)
		if _, err := judges.LoadTogether(root); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
