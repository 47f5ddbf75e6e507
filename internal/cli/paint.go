package cli

import (
	"os"

	"golang.org/x/term"
)

// Colours and weights of a terminal (ECMA-48).
const (
	bold   = "1"
	red    = "31"
	green  = "32"
	yellow = "33"
)

// painter returns what puts text into a colour: as it is when stdout is no
// terminal, or NO_COLOR or a dumb terminal asks for none.
func (s *State) painter() func(code, text string) string {
	file, ok := s.Stdout.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) || s.Getenv("NO_COLOR") != "" || s.Getenv("TERM") == "dumb" {
		return func(_, text string) string { return text }
	}
	return func(code, text string) string { return "\x1b[" + code + "m" + text + "\x1b[0m" }
}

// terminal says whether stdout takes colours, and how many columns it has; 0 =
// it is no terminal.
func (s *State) terminal() (color bool, columns int) {
	file, ok := s.Stdout.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return false, 0
	}
	columns, _, _ = term.GetSize(int(file.Fd()))
	return s.Getenv("NO_COLOR") == "" && s.Getenv("TERM") != "dumb", columns
}
