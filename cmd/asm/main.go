// Asm holds genops as a subcommand: `asm genops …` is `genops …`.
package main

import (
	"fmt"
	"os"

	"github.com/GaboBase/arch-genops/internal/cli"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "genops" {
		os.Exit(cli.Main(os.Args[0]+" genops", os.Args[2:]))
	}
	if len(os.Args) > 1 && (os.Args[1] == "--help" || os.Args[1] == "-h" || os.Args[1] == "help") {
		fmt.Println("asm genops COMMAND is genops COMMAND; see: asm genops --help")
		return
	}
	fmt.Fprintln(os.Stderr, "asm: the one command here is genops; see: asm genops --help")
	os.Exit(2)
}
