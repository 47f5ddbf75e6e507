package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/registry"
)

// version is set by the release build; else the module's version stands.
var version = ""

func programVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

func newRoot(s *State) *cobra.Command {
	var dir string
	root := &cobra.Command{
		Use:   "genops",
		Short: "Evaluate, gate and ship generative AI from one binary",
		Long: `GenOps lets nothing through a gate without evidence: it runs an agent on a test
set, judges every answer, and decides with statistics that hold at every look.

Exit codes: 0 pass, 1 error, 2 usage, 3 failed, 4 undecided.`,
		Example: `  genops init demo --example intent-router && cd demo
  genops run-eval --agent ASM-001 --test-set intents_v2.json`,
		Version:       programVersion(),
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if dir == "" {
				return nil
			}
			s.Dir = s.path(dir)
			if info, err := os.Stat(s.Dir); err != nil || !info.IsDir() {
				return usage(fmt.Errorf("-C %s: no such folder", dir))
			}
			return nil
		},
		RunE: runGroup,
		Args: cobra.ArbitraryArgs,
	}
	root.SetIn(s.Stdin)
	root.SetOut(s.Stdout)
	root.SetErr(s.Stderr)
	root.SetVersionTemplate("genops {{.Version}}\n")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usage(fmt.Errorf("%w%s (see `%s --help`)", err, nearFlag(c, err), c.CommandPath()))
	})
	root.PersistentFlags().StringVarP(&dir, "dir", "C", "", "work as if started in this `DIR`")
	root.MarkPersistentFlagDirname("dir")
	root.SetHelpCommand(newHelp())
	addGroup(root, "evals", "Evals:", newRunEval(s), newTest(s), newRuns(s), newView(s), newVerify(s), newClassify(s), newStub(s), newJudge(s), newMetrics(s))
	addGroup(root, "registry", "Registry in git:", newKind(s, registry.KindPrompt), newKind(s, registry.KindAgent), newKind(s, registry.KindModel),
		newTestset(s), newPush(s), newFetch(s), newImport(s))
	addGroup(root, "media", "Media:", newGenerate(s), newWorker(s), newPlan(s), newLayer(s), newReplay(s), newGenerators(s), newPacks(s))
	addGroup(root, "project", "Project and CI:", newInit(s), newConfig(s), newCI(s), newCache(s), newPrices(s))
	root.InitDefaultCompletionCmd()
	if c, _, err := root.Find([]string{"completion"}); err == nil {
		c.Args, c.RunE, c.Example = cobra.ArbitraryArgs, runGroup, "  genops completion bash > /etc/bash_completion.d/genops"
	}
	if c, _, err := root.Find([]string{"completion", "bash"}); err == nil {
		c.RunE = bashCompletion(s)
	}
	return root
}

// addGroup adds commands that the help shows together.
func addGroup(root *cobra.Command, id, title string, subs ...*cobra.Command) {
	root.AddGroup(&cobra.Group{ID: id, Title: title})
	for _, c := range subs {
		c.GroupID = id
	}
	root.AddCommand(subs...)
}

// bashCompletion prints cobra's script. Bash takes an "@" for the end of a word,
// and NAME@VERSION is one.
func bashCompletion(s *State) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, _ []string) error {
		fmt.Fprint(s.Stdout, "COMP_WORDBREAKS=${COMP_WORDBREAKS//@/}\n")
		plain, _ := c.Flags().GetBool("no-descriptions")
		return c.Root().GenBashCompletionV2(s.Stdout, !plain)
	}
}

// nearFlag proposes the flag that an unknown one was probably meant to be.
func nearFlag(c *cobra.Command, err error) string {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return ""
	}
	var known []string
	c.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
	if near := config.Nearest(unknown.GetSpecifiedName(), known); near != "" {
		return "; did you mean --" + near + "?"
	}
	return ""
}

func unknownCommand(c *cobra.Command, name string) error {
	var known []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			known = append(known, sub.Name())
		}
	}
	return fmt.Errorf("unknown command %q for %q%s known: %s", name, c.CommandPath(), cmp.Or(config.Hint(name, known), ";"), strings.Join(known, ", "))
}

// newHelp is cobra's help command, but an unknown command is a usage error.
func newHelp() *cobra.Command {
	return &cobra.Command{Use: "help [COMMAND]", Short: "Help about any command", Example: "  genops help run-eval",
		RunE: func(c *cobra.Command, args []string) error {
			about, rest, err := c.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return usage(unknownCommand(about, rest[0]))
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		}}
}

// group makes a command that only holds others.
func group(use, short, example string, subs ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Example: example, Args: cobra.ArbitraryArgs, RunE: runGroup}
	c.AddCommand(subs...)
	return c
}

// runGroup is what a command does that only holds others.
func runGroup(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage(unknownCommand(c, args[0]))
	}
	return c.Help()
}

// exactly is cobra.ExactArgs with a usage error that names the argument.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != n {
			return usage(fmt.Errorf("%s wants %s (see `%s --help`)", c.CommandPath(), what, c.CommandPath()))
		}
		return nil
	}
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// plain makes text from outside harmless on a terminal: control characters and
// direction overrides are shown, not sent.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == '\uFEFF':
			return '\uFFFD'
		}
		return r
	}, s)
}
