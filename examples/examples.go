// Package examples holds projects that run as they are, embedded so that
// `genops init` can write them anywhere.
package examples

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

// RunnersToken stands in files under .github/ for the runners that the new
// project's genops.yaml names. Whoever writes a project replaces it by a YAML
// flow list, e.g. ["ubuntu-latest"].
const RunnersToken = "{{runners}}"

// Starter is the project that `genops init` writes when none is named.
const Starter = "starter"

// Folders are named one by one, so that the records of a run made inside an
// example never end up in the binary.
//
//go:embed campaign/.github campaign/.gitignore campaign/README.md campaign/genops.yaml
//go:embed campaign/briefs campaign/config campaign/packs campaign/prompts
//go:embed intent-router/.github intent-router/.gitignore intent-router/README.md intent-router/genops.yaml intent-router/router_examples.json
//go:embed intent-router/agents intent-router/testsets intent-router/versions
//go:embed judged/.github judged/.gitignore judged/README.md judged/genops.yaml judged/labels.csv judged/clerk.js judged/help.js judged/judge.js judged/user.js
//go:embed judged/agents judged/models judged/prompts judged/testsets judged/tools
//go:embed promptfoo/.github promptfoo/.gitignore promptfoo/README.md promptfoo/genops.yaml promptfoo/promptfooconfig.yaml
//go:embed promptfoo/assertions promptfoo/prompts promptfoo/tests
//go:embed starter/.github starter/.gitignore starter/README.md starter/genops.yaml starter/greeter_examples.json
//go:embed starter/agents starter/testsets
var embedded embed.FS

var projects = []struct{ name, about string }{
	{"campaign", "media: three briefs that the built-in generator draws at once, and a workflow with a job for each of the four layers"},
	{"intent-router", "a customer-service router: 25 intents in two versions, 618 test utterances in five languages"},
	{"judged", "answers that a judge finds faithful or not, labels that tell how far it can be trusted, and a conversation with tools; judge and models are stubs that need no key"},
	{"promptfoo", "a promptfoo project as it is: prompts in files, tests in a table, JavaScript assertions; needs no key and no node"},
	{Starter, "the smallest project: one agent that knows five intents, one test set of 40 utterances"},
}

// Names lists the example projects, sorted.
func Names() []string {
	names := make([]string, len(projects))
	for i, p := range projects {
		names[i] = p.name
	}
	return names
}

// Describe returns one line about the project, without a full stop; "" for an
// unknown name.
func Describe(name string) string {
	for _, p := range projects {
		if p.name == name {
			return p.about
		}
	}
	return ""
}

// Files returns the project's files with paths relative to its root. The bytes
// are those of the repository: RunnersToken is still in them. An unknown name
// is an error that wraps fs.ErrNotExist and lists the known ones.
func Files(name string) (fs.FS, error) {
	if Describe(name) == "" {
		return nil, fmt.Errorf("example %q: %w; known examples: %s", name, fs.ErrNotExist, strings.Join(Names(), ", "))
	}
	return fs.Sub(embedded, name)
}

// WorkflowFile is where GitHub looks for a project's workflow.
const WorkflowFile = ".github/workflows/genops.yml"

// Workflow is the workflow that every project has: it asks `genops ci plan` what
// a branch calls for. RunnersToken is still in it.
func Workflow() []byte {
	data, err := embedded.ReadFile(Starter + "/" + WorkflowFile)
	if err != nil {
		panic(err) // it is embedded
	}
	return data
}
