package cli_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/GaboBase/arch-genops/internal/cli"
)

// TestMain makes the test binary all the programs of the scripts: genops, asm,
// and agents that behave in every way that agents do.
func TestMain(m *testing.M) {
	programs := map[string]func(){
		"genops": func() { os.Exit(cli.Main("genops", os.Args[1:])) },
		"asm": func() {
			if len(os.Args) < 2 || os.Args[1] != "genops" {
				os.Exit(2)
			}
			os.Exit(cli.Main("asm genops", os.Args[2:]))
		},
	}
	for name, agent := range agents {
		programs[name] = func() {
			if err := agent(os.Args[1:]); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
		}
	}
	testscript.Main(m, programs)
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"alone":     cmdAlone,
			"appended":  cmdAppended,
			"await":     cmdAwait,
			"edit":      cmdEdit,
			"exits":     cmdExits,
			"interrupt": cmdInterrupt,
			"json":      cmdJSON,
			"judgestub": cmdJudgeStub,
			"lines":     cmdLines,
			"rows":      cmdRows,
			"run":       cmdRun,
			"editlines": cmdEditLines,
			"stub":      cmdStub,
			"labelstub": cmdLabelStub,
			"atmost":    cmdAtMost,
			"clerk":     cmdClerk,
			"grader":    cmdGradingModel,
		},
	})
}
