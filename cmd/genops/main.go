// Genops evaluates, gates and ships generative AI.
package main

import (
	"os"

	"github.com/GaboBase/arch-genops/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[0], os.Args[1:])) }
