package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

var labels = []string{"billing_issue", "track_order", "cancel_order", "change_address", "reset_password"}

// wrongEvery is how many cases have one whose expected label is not what the
// agents answer.
const wrongEvery = 20

// newProject makes a project for one run, and the agent forgets what it saw.
func (k *series) newProject() (string, error) {
	k.runs++
	dir := filepath.Join(k.dir, fmt.Sprintf("%s-%d", k.agent.name(), k.runs))
	for _, sub := range []string{"agents", "testsets"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return "", err
		}
	}
	var cases bytes.Buffer
	for i := range k.cases {
		answer := labels[i%len(labels)]
		expected := answer
		if i%wrongEvery == wrongEvery-1 {
			expected = labels[(i+1)%len(labels)]
		}
		fmt.Fprintf(&cases, `{"id":"c%04d","input":"customer %04d needs help with %s today","expected":%q}`+"\n", i+1, i+1, answer, expected)
	}
	for name, text := range map[string]string{
		"genops.yaml":          "genops: {}\n",
		"agents/AGENT.yaml":    "id: AGENT\nruntime: " + k.agent.runtime() + "\n",
		"testsets/cases.jsonl": cases.String(),
	} {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte(text), 0o644); err != nil {
			return "", err
		}
	}
	return dir, k.agent.reset()
}
