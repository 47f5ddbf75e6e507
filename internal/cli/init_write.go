package cli

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/GaboBase/arch-genops/internal/config"
)

// initReport is what init says, and prints with --json.
type initReport struct {
	Dir      string    `json:"dir"`
	Found    []adopted `json:"found"`
	NotTaken []refused `json:"not_taken"`
	Written  []string  `json:"written"`
	Kept     []string  `json:"kept"` // that are there already, with other content
	Next     []string  `json:"next"` // arguments of commands
	DryRun   bool      `json:"dry_run"`
}

// init writes the project of what was found, and says so. What is there already
// stays as it is.
func (a *adoption) init(f initFlags) error {
	out := initReport{Dir: a.show(a.dir), Found: list(a.taken), NotTaken: list(a.refused), Written: []string{}, Kept: []string{}, DryRun: f.dry, Next: list(a.commands())}
	var files []projectFile
	for _, one := range append([]projectFile{{config.Name, a.projectFile()}, {".gitignore", []byte(ignored + "\n")}}, a.write...) {
		data, err := os.ReadFile(filepath.Join(a.dir, one.name))
		switch {
		case err != nil, one.name == ".gitignore" && !ignores(data):
			files = append(files, one)
			out.Written = append(out.Written, one.name)
		case one.name == config.Name && a.says(data), one.name == ".gitignore", bytes.Equal(data, one.data):
		default:
			out.Kept = append(out.Kept, one.name)
		}
	}
	if err := a.writeProject(a.dir, files, f.dry); err != nil {
		return err
	}
	if f.json {
		return writeJSON(a.Stdout, out)
	}
	a.tell(out)
	return nil
}

// says tells whether a genops.yaml holds all that was found out.
func (a *adoption) says(data []byte) bool {
	return !slices.ContainsFunc(a.settings, func(line string) bool {
		setting, _, _ := strings.Cut(line, "   #")
		return !bytes.Contains(data, []byte(setting))
	})
}

// tell says for people what init found and did.
func (a *adoption) tell(out initReport) {
	w := tabwriter.NewWriter(a.Stdout, 0, 0, 2, ' ', 0)
	if len(out.Found) > 0 {
		fmt.Fprintln(w, "Found:")
	}
	for _, t := range out.Found {
		fmt.Fprintf(w, "  %s\t%s\n", plain(t.File), plain(t.What))
	}
	w.Flush()
	if len(out.NotTaken) > 0 {
		fmt.Fprintln(a.Stdout, "Not taken, or not as it is written:")
		for _, r := range out.NotTaken {
			fmt.Fprintf(a.Stdout, "  %s: %s\n", plain(r.Where), plain(r.Why))
		}
	}
	switch {
	case len(out.Written) == 0:
		fmt.Fprintln(a.Stdout, "Nothing to write: the project is there.")
	case out.DryRun:
		fmt.Fprintf(a.Stdout, "Nothing was written (--dry-run); to write: %s\n", strings.Join(out.Written, ", "))
	default:
		fmt.Fprintf(a.Stdout, "Written: %s\n", strings.Join(out.Written, ", "))
	}
	if len(out.Kept) > 0 {
		fmt.Fprintf(a.Stdout, "Kept as it is: %s\n", strings.Join(out.Kept, ", "))
	}
	if slices.Contains(out.Kept, config.Name) {
		fmt.Fprintf(a.Stdout, "What was found calls for, below genops.evals:\n    %s\n", strings.Join(a.settings, "\n    "))
	}
	a.tellNext("Next:", out)
}

// projectFile is genops.yaml: what the files that were found say about evals.
func (a *adoption) projectFile() []byte {
	var b strings.Builder
	b.WriteString("# The project starts at the folder with this file; relative paths in every file\n# of the project start here too.")
	if len(a.taken) > 0 {
		b.WriteString(" Made of what was there:")
	}
	b.WriteString("\n")
	for _, t := range a.taken {
		fmt.Fprintf(&b, "#   %s: %s\n", plain(t.File), plain(t.What))
	}
	b.WriteString("# Every key is optional; `genops config show` shows what is in force.\n")
	if len(a.settings) == 0 {
		b.WriteString("genops: {}\n")
		return []byte(b.String())
	}
	b.WriteString("genops:\n  evals:\n")
	for _, s := range a.settings {
		b.WriteString("    " + s + "\n")
	}
	return []byte(b.String())
}

// commands are the arguments of what can be run now.
func (a *adoption) commands() (lines []string) {
	for _, f := range a.configs {
		lines = append(lines, "run-eval --config "+quoted(f))
	}
	judged := ""
	if len(a.metrics) > 0 {
		judged = " --metrics " + strings.Join(a.metrics, ",") + " --judge PROVIDER:MODEL"
	}
	switch {
	case len(a.agents) > 0 && len(a.goldens) > 0:
		lines = append(lines, "run-eval --agent "+quoted(a.agents[0])+" --test-set "+quoted(a.goldens[0])+judged)
	case len(a.goldens) > 0 && a.answered:
		lines = append(lines, "testset inspect "+quoted(a.goldens[0]), "run-eval --as-recorded --test-set "+quoted(a.goldens[0])+judged)
	case len(a.goldens) > 0:
		lines = append(lines, "testset inspect "+quoted(a.goldens[0]), "run-eval --agent ID --test-set "+quoted(a.goldens[0])+judged+"   # with an agents/ID.yaml of yours")
	case len(a.agents) > 0:
		lines = append(lines, "agent show "+quoted(a.agents[0]))
	case len(a.configs) == 0:
		lines = append(lines, "run-eval --agent ID --test-set FILE"+judged+"   # with an agents/ID.yaml and cases of yours")
	}
	return lines
}

// tellNext says what can be run now.
func (s *State) tellNext(head string, out initReport) {
	fmt.Fprintln(s.Stdout, head)
	if out.Dir != "." {
		fmt.Fprintf(s.Stdout, "  cd %s\n", quoted(out.Dir))
	}
	for _, l := range out.Next {
		fmt.Fprintf(s.Stdout, "  %s %s\n", s.Program, l)
	}
}

// quoted is a path as a shell takes it.
func quoted(p string) string {
	if strings.ContainsAny(p, " '\"$&|;()<>*?`\\") {
		return "'" + strings.ReplaceAll(path.Clean(p), "'", `'\''`) + "'"
	}
	return p
}
