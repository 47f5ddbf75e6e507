// Package cli is the command tree of genops. All process state is passed in,
// so that the whole of it runs in memory.
package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"golang.org/x/term"

	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/internal/script"
)

// State is everything a command takes from its process.
type State struct {
	Program  string   // as the user calls it: "genops", "bin/genops", "asm genops"
	Args     []string // without the program's name
	Stdin    io.Reader
	Stdout   io.Writer
	Stderr   io.Writer
	Getenv   func(string) string // [State.project] lets the project's .env fill it up
	envRead  bool
	costs    callCosts // see earlierCosts
	Dir      string    // working directory, absolute
	Exe      string    // path of this executable, "" when unknown
	Terminal bool      // Stderr is a terminal: live views and colours are welcome
	Columns  int       // of the terminal; 0 = unknown

	// Interrupts starts to deliver Ctrl-C and SIGTERM, which end the process
	// until a command asks for them here; nil = there are none.
	Interrupts func() <-chan os.Signal

	home string // Dir before -C: where the user reads the output
}

// Exit codes.
const (
	exitPass      = 0
	exitError     = 1
	exitUsage     = 2
	exitFailed    = 3
	exitUndecided = 4
)

// exit ends a command with a code, after everything has been printed.
type exit struct{ code int }

func (e exit) Error() string { return "exit" }

// usage marks a mistake in how a command was called.
func usage(err error) error {
	if err == nil {
		return nil
	}
	return &evals.UsageError{Err: err}
}

// Main runs the program with the state of this process and returns its exit
// code.
func Main(program string, args []string) int {
	if rest, ok := script.Child(args); ok { // before anything else: a run waits for it
		return script.Serve(rest, os.Stdin, os.Stdout, os.Stderr)
	}
	dir, err := os.Getwd()
	if err != nil {
		os.Stderr.WriteString("genops: " + err.Error() + "\n")
		return exitError
	}
	exe, _ := os.Executable()
	s := &State{Program: program, Args: args, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv,
		Dir: dir, Exe: exe, Interrupts: interrupts}
	if fd := int(os.Stderr.Fd()); term.IsTerminal(fd) && os.Getenv("TERM") != "dumb" {
		s.Terminal = true
		s.Columns, _, _ = term.GetSize(fd)
	}
	return Run(context.Background(), s)
}

func interrupts() <-chan os.Signal {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	return signals
}

// Run executes one command and returns its exit code. It writes to nothing but
// the state's streams and the files that the command is about.
func Run(ctx context.Context, s *State) int {
	s.home = s.Dir
	root := newRoot(s)
	root.SetArgs(spread(s.Args))
	err := root.ExecuteContext(ctx)
	var code exit
	var wrong *evals.UsageError
	switch {
	case err == nil:
		return exitPass
	case errors.As(err, &code):
		return code.code
	case errors.As(err, &wrong):
		s.complain(err, exitUsage)
		return exitUsage
	}
	s.complain(err, exitError)
	return exitError
}

// complain says what went wrong: on stderr, and as an object on stdout where
// --json asked for one.
func (s *State) complain(err error, code int) {
	s.complainOnly(err)
	for _, arg := range s.Args {
		if arg == "--" {
			return
		}
		if arg == "--json" {
			writeJSON(s.Stdout, map[string]any{"error": err.Error(), "exit": code})
			return
		}
	}
}

// complainOnly leaves stdout to the command.
func (s *State) complainOnly(err error) { io.WriteString(s.Stderr, "genops: "+plain(err.Error())+"\n") }

// path resolves a name that the user gave against the working directory.
func (s *State) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(s.Dir, name)
}

func (s *State) stat(name string) (os.FileInfo, error) { return os.Stat(s.path(name)) }

// show is path as the user would write it where the command was called.
func (s *State) show(path string) string {
	rel, err := filepath.Rel(s.home, path)
	if err != nil || len(rel) > 2 && rel[:3] == ".."+string(filepath.Separator) {
		return path
	}
	return rel
}
