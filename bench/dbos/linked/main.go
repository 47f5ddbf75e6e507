// Command linked is genops with DBOS Transact linked in and never used: what
// that costs each start is what `go run ./bench/weight --binary` then tells.
package main

import (
	"context"
	"os"

	"github.com/dbos-inc/dbos-transact-golang/dbos"

	"github.com/GaboBase/arch-genops/internal/cli"
)

func main() {
	if os.Getenv("GENOPS_BENCH_DBOS") != "" { // never: but the linker can't know
		c, err := dbos.NewContext(context.Background(), dbos.Config{AppName: "bench", DatabaseURL: os.Getenv("GENOPS_BENCH_DBOS")})
		if err == nil {
			dbos.RegisterWorkflow(c, func(dbos.Context, string) (int, error) { return 0, nil })
			err = dbos.Launch(c)
		}
		if err != nil {
			os.Exit(1)
		}
	}
	os.Exit(cli.Main(os.Args[0], os.Args[1:]))
}
