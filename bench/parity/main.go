// Command parity scores recorded behaviour of other tools against GenOps.
//
//	go run ./bench/parity [--as exact|4.1.10|schema|…|default] [--emit] [FILE…]
//
// Without files it takes those of ../shared/parity; where that folder is absent
// it says so and ends well. A file's format is recognised by what it holds. Per
// file it prints the share of records with an equal outcome and an equal score,
// and each difference with a reason. --emit adds a JSON line a record:
// {"id","pass","score","error"}. record.py adds to records what an installed
// DeepEval makes of them.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/script"
)

// row is what became of one record.
type row struct {
	id    string
	pass  *bool // nil = neither passed nor failed
	score any   // nil = none
	err   error
	skip  string // why the record is not held against us; "" = it is
	// sameOutcome and sameScore say whether it is as recorded; difference says
	// how not.
	sameOutcome, sameScore bool
	difference             string
	listed                 string // the listed deviation that explains a difference; "" = none
}

// format is one kind of file.
type format struct {
	name string
	is   func(data []byte) bool
	// score judges every record in the mode that --as names; "" = exact.
	score func(ctx context.Context, file string, data []byte, as string) ([]row, error)
}

// formats is the table of what can be scored.
var formats = []format{deepevalFormat, promptfooFormat}

func main() {
	if rest, ok := script.Child(os.Args[1:]); ok {
		os.Exit(script.Serve(rest, os.Stdin, os.Stdout, os.Stderr))
	}
	as := flag.String("as", "", "other behaviour to score: 4.1.10, schema, 4.1.10-schema or default (default: exact)")
	emit := flag.Bool("emit", false, "print a JSON line a record")
	flag.Parse()
	if err := run(context.Background(), *as, *emit, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "parity:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, as string, emit bool, files []string) error {
	modes, own := []string{as}, len(files) == 0
	if own {
		var err error
		if files, err = filepath.Glob(filepath.Join("..", "shared", "parity", "*.json")); err != nil {
			return err
		}
		if len(files) == 0 {
			fmt.Println("parity: skipped: there is no ../shared/parity; name a FILE")
			return nil
		}
	}
	if own && as == "" && !emit {
		modes = []string{"exact", "default"}
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for _, file := range files {
		for _, mode := range modes {
			err := scoreFile(ctx, out, file, mode, emit)
			if own && errors.Is(err, errFormat) {
				fmt.Fprintf(out, "%s: skipped: %v\n", file, err)
				break
			}
			if err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
		}
	}
	return nil
}

func scoreFile(ctx context.Context, out *bufio.Writer, file, as string, emit bool) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(formats, func(f format) bool { return f.is(data) })
	if i < 0 {
		var names []string
		for _, f := range formats {
			names = append(names, f.name)
		}
		return fmt.Errorf("%w; known: %s", errFormat, strings.Join(names, ", "))
	}
	rows, err := formats[i].score(ctx, file, data, as)
	if err != nil {
		return err
	}
	if emit {
		for _, r := range rows {
			if err := r.emit(out); err != nil {
				return err
			}
		}
	}
	report(out, file, formats[i].name, as, rows)
	return nil
}

func (r row) emit(out *bufio.Writer) error {
	line := struct {
		ID    string  `json:"id"`
		Pass  *bool   `json:"pass"`
		Score any     `json:"score"`
		Error *string `json:"error"`
	}{ID: r.id, Pass: r.pass, Score: r.score}
	if r.err != nil {
		text := r.err.Error()
		line.Error = &text
	}
	data, err := json.Marshal(line)
	if err != nil {
		return err
	}
	_, err = out.Write(append(data, '\n'))
	return err
}

func report(out *bufio.Writer, file, name, as string, rows []row) {
	if as == "" {
		as = "exact"
	}
	name += ", " + as
	n, pass, score := 0, 0, 0
	listed := map[string]int{}
	for _, r := range rows {
		if r.skip != "" {
			fmt.Fprintf(out, "  left out %s: %s\n", r.id, r.skip)
			continue
		}
		n++
		if r.listed != "" {
			listed[r.listed]++
		}
		if r.sameOutcome {
			pass++
		}
		if r.sameScore {
			score++
		}
		if !r.sameOutcome || !r.sameScore {
			fmt.Fprintf(out, "  differs %s: %s\n", r.id, r.difference)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(listed)) {
		fmt.Fprintf(out, "  listed deviation %q: %d\n", name, listed[name])
	}
	if n == 0 {
		fmt.Fprintf(out, "%s (%s): no record says what to expect here\n", file, name)
		return
	}
	fmt.Fprintf(out, "%s (%s): records=%d passfail=%.4f score=%.4f\n", file, name, n, float64(pass)/float64(n), float64(score)/float64(n))
}

var (
	errMode   = errors.New("unknown --as")
	errFormat = errors.New("the format is not recognised")
)
