package pipeline

import (
	"cmp"
	"slices"
)

// sampler draws a balanced sample of a product: each alternative stands in
// about equally many combinations. It begins with one column a dimension in
// which every alternative stands ⌊n/k⌋ or ⌈n/k⌉ times, shuffled (a Latin
// hypercube sample: McKay, Beckman, Conover, 1979), and exchanges entries of a
// column until no combination stands there twice or is left out, which keeps
// the balance.
type sampler struct {
	s        *spec
	r        shuffler
	columns  [][]int // by dimension: the alternative of each row
	digits   []int
	rows     map[int64]int // how often a combination stands there
	unwanted func([]int) bool
	budget   int // exchanges that may still be tried
}

// pick returns n combinations by their numbers, ascending; fewer when there are
// no more, or when none more were found. total is how many there are, -1 when
// they are too many to be counted.
func (s *spec) pick(n int, seed uint64) (numbers []int64, total int64) {
	if s.product > MaxProduct {
		return s.draw(n, seed, nil), -1
	}
	all := s.valid()
	total = int64(len(all))
	switch {
	case int64(n) >= total:
		return all, total
	case int64(n) <= total/2:
		return s.draw(n, seed, all), total
	}
	// A large sample is what a small one leaves: exchanges are easier there.
	left := s.draw(int(total)-n, seed, all)
	return slices.DeleteFunc(all, func(number int64) bool {
		_, found := slices.BinarySearch(left, number)
		return found
	}), total
}

// valid lists the combinations that are not left out.
func (s *spec) valid() []int64 {
	all := make([]int64, 0, s.product)
	digits := make([]int, len(s.dims))
	for number := range s.product {
		if len(s.rules) > 0 {
			if s.digits(number, digits); s.excluded(digits) {
				continue
			}
		}
		all = append(all, number)
	}
	return all
}

func (s *spec) draw(n int, seed uint64, valid []int64) []int64 {
	m := &sampler{s: s, r: shuffler{seed}, digits: make([]int, len(s.dims)), rows: make(map[int64]int, n), unwanted: s.excluded, budget: repairBudget*n + 20_000}
	for _, d := range s.dims {
		column := make([]int, n)
		from := m.r.below(len(d.open))
		for i := range column {
			column[i] = d.open[(i+from)%len(d.open)]
		}
		m.r.shuffle(n, func(i, j int) { column[i], column[j] = column[j], column[i] })
		m.columns = append(m.columns, column)
	}
	for row := range n {
		m.rows[m.number(row)]++
	}
	m.repair(n)
	return m.result(n, valid)
}

func (m *sampler) number(row int) int64 {
	for d, column := range m.columns {
		m.digits[d] = column[row]
	}
	return m.s.number(m.digits)
}

// bad says whether a row's combination is left out or stands there twice.
func (m *sampler) bad(row int) bool {
	number := m.number(row)
	return m.rows[number] > 1 || m.unwanted(m.digits)
}

const (
	repairBudget = 50 // exchanges tried for each row, on average
	repairTries  = 40 // for one bad row in one pass
)

// repair exchanges entries of bad rows with other rows.
func (m *sampler) repair(n int) {
	for m.budget > 0 {
		clean := true
		for row := range n {
			if m.bad(row) {
				clean = false
				m.exchange(row, n)
			}
		}
		if clean {
			return
		}
	}
}

func (m *sampler) exchange(row, n int) {
	for range repairTries {
		m.budget--
		other, column := m.r.below(n), m.columns[m.r.below(len(m.columns))]
		if column[row] == column[other] {
			continue
		}
		otherBad := m.bad(other)
		m.swap(column, row, other)
		if better := !m.bad(row); better && (otherBad || !m.bad(other)) {
			return
		}
		m.swap(column, row, other)
	}
}

func (m *sampler) swap(column []int, a, b int) {
	m.rows[m.number(a)]--
	m.rows[m.number(b)]--
	column[a], column[b] = column[b], column[a]
	m.rows[m.number(a)]++
	m.rows[m.number(b)]++
}

// result takes the good rows, and fills up with any others where exclusions
// leave no balance.
func (m *sampler) result(n int, valid []int64) []int64 {
	taken := make(map[int64]bool, n)
	for row := range n {
		number := m.number(row)
		if !m.unwanted(m.digits) {
			taken[number] = true
		}
	}
	for tries := 0; len(taken) < n && tries < 100*n; tries++ {
		var number int64
		if valid != nil {
			number = valid[m.r.below(len(valid))]
		} else {
			for d, dim := range m.s.dims {
				m.digits[d] = dim.open[m.r.below(len(dim.open))]
			}
			if m.unwanted(m.digits) {
				continue
			}
			number = m.s.number(m.digits)
		}
		taken[number] = true
	}
	out := make([]int64, 0, n)
	for number := range taken {
		out = append(out, number)
	}
	slices.SortFunc(out, cmp.Compare)
	return out
}
