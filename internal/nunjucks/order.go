package nunjucks

// The language is compiled to JavaScript by writing operators down one after
// another, without parentheses: what binds tighter is therefore JavaScript's
// matter, whatever the grammar of templates says. `not n == 4` is `(!n) == 4`,
// and `1 ~ 2 + 3` is "123".

// piece is an operand or an operator of such a line.
type piece struct {
	x      expr   // operand
	op     string // operator, when x is nil
	prefix bool
	pos
}

// strength of JavaScript's operators; & and | stand for and, or.
var strength = map[string]int{
	"or": 1, "and": 2, "==": 3, "!=": 3, "===": 3, "!==": 3, "<": 4, ">": 4, "<=": 4, ">=": 4, "+": 5, "~": 5, "-": 5, "*": 6, "/": 6, "%": 6,
}

// ordered regroups an expression as JavaScript would.
func ordered(x expr) expr {
	switch x.(type) {
	case *binary, *logic, *unary:
	default:
		return x
	}
	l := &line{}
	l.flatten(x)
	return l.read(0)
}

type line struct{ pieces []piece }

func (l *line) flatten(x expr) {
	switch e := x.(type) {
	case *logic:
		op := "and"
		if e.or {
			op = "or"
		}
		l.flatten(e.left)
		l.pieces = append(l.pieces, piece{op: op})
		l.flatten(e.right)
	case *unary:
		l.pieces = append(l.pieces, piece{op: e.op, prefix: true})
		l.flatten(e.x)
	case *binary:
		if strength[e.op] == 0 { // written as a function's call
			l.pieces = append(l.pieces, piece{x: &binary{e.pos, e.op, ordered(e.left), ordered(e.right)}})
			return
		}
		l.flatten(e.left)
		if e.op == "~" { // a + "" + b
			l.pieces = append(l.pieces, piece{op: "+", pos: e.pos}, piece{x: literal{""}})
		}
		l.pieces = append(l.pieces, piece{op: plus(e.op), pos: e.pos})
		l.flatten(e.right)
	default:
		l.pieces = append(l.pieces, piece{x: x})
	}
}

func plus(op string) string {
	if op == "~" {
		return "+"
	}
	return op
}

// read takes an operand and all operators that bind tighter than weakest.
func (l *line) read(weakest int) expr {
	first := l.pieces[0]
	l.pieces = l.pieces[1:]
	left := first.x
	if first.prefix {
		left = &unary{first.op, l.read(7)}
	}
	for len(l.pieces) > 0 {
		op := l.pieces[0]
		s := strength[op.op]
		if s <= weakest {
			return left
		}
		l.pieces = l.pieces[1:]
		right := l.read(s)
		if op.op == "and" || op.op == "or" {
			left = &logic{op.op == "or", left, right}
		} else {
			left = &binary{op.pos, op.op, left, right}
		}
	}
	return left
}
