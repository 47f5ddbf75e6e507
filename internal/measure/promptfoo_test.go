package measure

import "testing"

func TestReleaseFor(t *testing.T) {
	for node, want := range map[string]string{"v20.20.2": "0.121.20", "v20.19.0": "", "v22.21.9": "", "v22.22.0": "latest",
		"v24.1.0": "latest", "v18.0.0": "", "v21.9.0": "", "": "", "20.20.0": "", "node": ""} {
		if got := releaseFor(node); got != want {
			t.Errorf("node %q: promptfoo %q, want %q", node, got, want)
		}
	}
}
