package promptfoo

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// evaluate works out a derived metric: numbers, names, + - * / % ^, comparisons,
// a choice (a ? b : c), and the functions of formulaFunctions. Anything else is
// an error that names it.
func evaluate(text string, names map[string]any) (x float64, err error) {
	f := formula{text: text, names: names}
	f.next()
	x, err = f.choice(0)
	if err == nil && f.token != "" {
		err = fmt.Errorf("%q: unexpected %q", text, f.token)
	}
	return x, err
}

// formulaFunctions is the table of known functions.
var formulaFunctions = map[string]func([]float64) (float64, bool){
	"abs":   one(math.Abs),
	"sqrt":  one(math.Sqrt),
	"exp":   one(math.Exp),
	"log":   one(math.Log),
	"log10": one(math.Log10),
	"log2":  one(math.Log2),
	"floor": one(math.Floor),
	"ceil":  one(math.Ceil),
	"round": round,
	"min":   func(a []float64) (float64, bool) { return fold(a, math.Min) },
	"max":   func(a []float64) (float64, bool) { return fold(a, math.Max) },
	"sum":   func(a []float64) (float64, bool) { return fold(a, func(x, y float64) float64 { return x + y }) },
	"mean": func(a []float64) (float64, bool) {
		x, ok := fold(a, func(x, y float64) float64 { return x + y })
		return x / float64(len(a)), ok
	},
	"pow": func(a []float64) (float64, bool) {
		if len(a) != 2 {
			return 0, false
		}
		return math.Pow(a[0], a[1]), true
	},
}

func one(f func(float64) float64) func([]float64) (float64, bool) {
	return func(a []float64) (float64, bool) {
		if len(a) != 1 {
			return 0, false
		}
		return f(a[0]), true
	}
}

func round(a []float64) (float64, bool) {
	switch len(a) {
	case 1:
		return math.Round(a[0]), true
	case 2:
		p := math.Pow(10, a[1])
		return math.Round(a[0]*p) / p, true
	}
	return 0, false
}

func fold(a []float64, f func(x, y float64) float64) (float64, bool) {
	if len(a) == 0 {
		return 0, false
	}
	x := a[0]
	for _, y := range a[1:] {
		x = f(x, y)
	}
	return x, true
}

// formula reads one expression.
type formula struct {
	text  string
	names map[string]any
	at    int
	token string // the present one; "" at the end
}

const maxFormulaDepth = 200

func (f *formula) next() {
	for f.at < len(f.text) && strings.IndexByte(" \t\r\n", f.text[f.at]) >= 0 {
		f.at++
	}
	from := f.at
	if from == len(f.text) {
		f.token = ""
		return
	}
	switch c := f.text[from]; {
	case isDigit(c) || c == '.':
		for f.at < len(f.text) && (isDigit(f.text[f.at]) || f.text[f.at] == '.' || f.text[f.at]|32 == 'e' ||
			(f.text[f.at] == '-' || f.text[f.at] == '+') && f.text[f.at-1]|32 == 'e') {
			f.at++
		}
	case isNameByte(c):
		for f.at < len(f.text) && (isNameByte(f.text[f.at]) || isDigit(f.text[f.at])) {
			f.at++
		}
	default:
		f.at++
		if f.at < len(f.text) && strings.Contains("<= >= == !=", f.text[from:f.at+1]) && f.text[f.at] == '=' {
			f.at++
		}
	}
	f.token = f.text[from:f.at]
}

func isDigit(c byte) bool    { return c >= '0' && c <= '9' }
func isNameByte(c byte) bool { return c == '_' || c == '$' || c|32 >= 'a' && c|32 <= 'z' || c >= 0x80 }

func (f *formula) choice(depth int) (float64, error) {
	if depth > maxFormulaDepth {
		return 0, fmt.Errorf("the formula is nested too deep")
	}
	x, err := f.compare(depth + 1)
	if err != nil || f.token != "?" {
		return x, err
	}
	f.next()
	yes, err := f.choice(depth + 1)
	if err != nil {
		return 0, err
	}
	if f.token != ":" {
		return 0, fmt.Errorf("%q: a : is missing", f.text)
	}
	f.next()
	no, err := f.choice(depth + 1)
	if x != 0 {
		return yes, err
	}
	return no, err
}

func (f *formula) compare(depth int) (float64, error) {
	x, err := f.sum(depth)
	for err == nil {
		op := f.token
		switch op {
		case "<", ">", "<=", ">=", "==", "!=":
		default:
			return x, nil
		}
		f.next()
		var y float64
		if y, err = f.sum(depth); err == nil {
			holds := map[string]bool{"<": x < y, ">": x > y, "<=": x <= y, ">=": x >= y, "==": x == y, "!=": x != y}[op]
			x = 0
			if holds {
				x = 1
			}
		}
	}
	return x, err
}

func (f *formula) sum(depth int) (float64, error) {
	x, err := f.product(depth)
	for err == nil && (f.token == "+" || f.token == "-") {
		op := f.token
		f.next()
		var y float64
		y, err = f.product(depth)
		if op == "-" {
			y = -y
		}
		x += y
	}
	return x, err
}

func (f *formula) product(depth int) (float64, error) {
	x, err := f.unary(depth)
	for err == nil && (f.token == "*" || f.token == "/" || f.token == "%") {
		op := f.token
		f.next()
		var y float64
		y, err = f.unary(depth)
		switch op {
		case "*":
			x *= y
		case "/":
			x /= y
		default:
			x = math.Mod(x, y)
		}
	}
	return x, err
}

func (f *formula) unary(depth int) (float64, error) {
	if depth > maxFormulaDepth {
		return 0, fmt.Errorf("the formula is nested too deep")
	}
	if f.token == "-" || f.token == "+" {
		sign := 1.0
		if f.token == "-" {
			sign = -1
		}
		f.next()
		x, err := f.unary(depth + 1)
		return sign * x, err
	}
	x, err := f.primary(depth + 1)
	if err == nil && f.token == "^" {
		f.next()
		var y float64
		y, err = f.unary(depth + 1)
		x = math.Pow(x, y)
	}
	return x, err
}

func (f *formula) primary(depth int) (float64, error) {
	token := f.token
	f.next()
	switch {
	case token == "(":
		x, err := f.choice(depth)
		if err == nil && f.token != ")" {
			err = fmt.Errorf("%q: a ) is missing", f.text)
		}
		f.next()
		return x, err
	case token == "":
		return 0, fmt.Errorf("%q: it ends too early", f.text)
	case isDigit(token[0]) || token[0] == '.':
		x, err := strconv.ParseFloat(token, 64)
		if err != nil {
			return 0, fmt.Errorf("%q: %q is no number", f.text, token)
		}
		return x, nil
	case !isNameByte(token[0]):
		return 0, fmt.Errorf("%q: unexpected %q", f.text, token)
	case f.token == "(":
		return f.call(token, depth)
	}
	v, ok := f.names[token]
	if !ok {
		return 0, fmt.Errorf("%q: there is no score named %q", f.text, token)
	}
	x, ok := jsvalue.Number(v)
	if !ok {
		return 0, fmt.Errorf("%q: %q is no number", f.text, token)
	}
	return x, nil
}

func (f *formula) call(name string, depth int) (float64, error) {
	fn, ok := formulaFunctions[name]
	if !ok {
		return 0, fmt.Errorf("%q: the function %s is not known", f.text, name)
	}
	var args []float64
	for f.token != ")" {
		f.next() // "(" or ","
		x, err := f.choice(depth)
		if err != nil {
			return 0, err
		}
		args = append(args, x)
		if f.token != "," && f.token != ")" {
			return 0, fmt.Errorf("%q: a ) is missing", f.text)
		}
	}
	f.next()
	x, ok := fn(args)
	if !ok {
		return 0, fmt.Errorf("%q: %s does not take %d values", f.text, name, len(args))
	}
	return x, nil
}
