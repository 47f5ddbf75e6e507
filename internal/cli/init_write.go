package cli

import (
	"fmt"
	"path"
	"strings"
	"text/tabwriter"

	"github.com/GaboBase/arch-genops/internal/config"
)

// init writes the project of what was found, and says so.
func (a *adoption) init() error {
	files := append([]projectFile{{config.Name, a.projectFile()}, {".gitignore", []byte(ignored + "\n")}}, a.write...)
	if err := a.writeProject(a.dir, files); err != nil {
		return err
	}
	w := tabwriter.NewWriter(a.Stdout, 0, 0, 2, ' ', 0)
	if len(a.taken) > 0 {
		fmt.Fprintln(w, "Found:")
	}
	for _, t := range a.taken {
		fmt.Fprintf(w, "  %s\t%s\n", t.file, t.what)
	}
	w.Flush()
	if len(a.refused) > 0 {
		fmt.Fprintln(a.Stdout, "Not taken, or not as it is written:")
		for _, r := range a.refused {
			fmt.Fprintf(a.Stdout, "  %s: %s\n", r.where, r.why)
		}
	}
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = f.name
	}
	fmt.Fprintf(a.Stdout, "Written: %s\n", strings.Join(names, ", "))
	a.next()
	return nil
}

// projectFile is genops.yaml: what the files that were found say about evals.
func (a *adoption) projectFile() []byte {
	var b strings.Builder
	b.WriteString("# The project starts at the folder with this file; relative paths in every file\n# of the project start here too. Made of what was there:\n")
	for _, t := range a.taken {
		fmt.Fprintf(&b, "#   %s: %s\n", t.file, t.what)
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

// next says what can be run now.
func (a *adoption) next() {
	var lines []string
	for _, f := range a.configs {
		lines = append(lines, "run-eval --config "+quoted(f))
	}
	switch {
	case len(a.agents) > 0 && len(a.goldens) > 0:
		lines = append(lines, "run-eval --agent "+quoted(a.agents[0])+" --test-set "+quoted(a.goldens[0]))
	case len(a.goldens) > 0:
		lines = append(lines, "testset inspect "+quoted(a.goldens[0]))
	case len(a.agents) > 0:
		lines = append(lines, "agent show "+quoted(a.agents[0]))
	}
	if len(lines) == 0 {
		return
	}
	fmt.Fprintln(a.Stdout, "Next:")
	if where := a.show(a.dir); where != "." {
		fmt.Fprintf(a.Stdout, "  cd %s\n", where)
	}
	for _, l := range lines {
		fmt.Fprintf(a.Stdout, "  %s %s\n", a.Program, l)
	}
}

// quoted is a path as a shell takes it.
func quoted(p string) string {
	if strings.ContainsAny(p, " '\"$&|;()<>*?`\\") {
		return "'" + strings.ReplaceAll(path.Clean(p), "'", `'\''`) + "'"
	}
	return p
}
