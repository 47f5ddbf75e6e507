// Genops evaluates, gates and ships generative AI.
package main

import (
	"os"

	"github.com/GaboBase/arch-genops/internal/cli"
	"github.com/GaboBase/arch-genops/internal/resident"
)

func main() {
	resident.Trim()
	os.Exit(cli.Main(os.Args[0], os.Args[1:]))
}
