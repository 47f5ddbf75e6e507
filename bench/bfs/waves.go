package main

// waves are the barriers: all items go through layer 1; then wave after wave
// goes through each of the other layers, and waits for its last item in each.
// A wave is all items, or a pilot and the others.
type waves struct {
	sim      *sim
	left     int     // items of the present layer that are not through
	waiting  []int   // items that are through it
	todo     [][]int // waves that come
	followed map[int][]int
}

func newWaves(s *sim) waves {
	return waves{sim: s, left: len(s.items)}
}

// optimized takes in that layer 1 is through with an item. After the last one
// every request is known, and those that ask for the same are one.
func (w *waves) optimized() {
	if w.left--; w.left > 0 {
		return
	}
	n := len(w.sim.items)
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	w.todo = [][]int{all}
	if p := w.sim.arm.pilot; p > 0 && n > 2*p {
		w.todo = [][]int{all[:p], all[p:]}
	}
	w.synthesize()
}

// synthesize begins the next wave.
func (w *waves) synthesize() {
	if len(w.todo) == 0 || w.sim.stopped {
		return
	}
	wave := w.todo[0]
	w.todo = w.todo[1:]
	w.left, w.waiting, w.followed = 0, nil, map[int][]int{}
	var send []int
	for _, i := range wave {
		t := w.sim.items[i].twin
		switch {
		case t < 0:
			send = append(send, i)
		case t < wave[0]: // made by the pilot
			w.follow(i, w.sim.items[t].state != failed)
		default:
			w.followed[t] = append(w.followed[t], i)
		}
	}
	w.left = len(send)
	for _, i := range send {
		w.sim.synthesize(i)
	}
	if len(send) == 0 {
		w.left = 1
		w.through(w.sim.assure)
	}
}

// follow gives an item what its twin has.
func (w *waves) follow(i int, ok bool) {
	w.sim.items[i].state = failed
	if ok {
		w.sim.items[i].state = made
		w.sim.result.reused++
		w.waiting = append(w.waiting, i)
	}
}

// made takes in that layer 2 is through with an item.
func (w *waves) made(i int) {
	ok := w.sim.items[i].state == made
	if ok {
		w.waiting = append(w.waiting, i)
	}
	for _, f := range w.followed[i] {
		w.follow(f, ok)
	}
	w.through(w.sim.assure)
}

// judged takes in that layer 3 is through with an asset.
func (w *waves) judged(i int) {
	w.waiting = append(w.waiting, i)
	w.through(w.sim.deliver)
}

// through lets the next layer begin after the last item.
func (w *waves) through(next func(int)) {
	if w.left--; w.left > 0 {
		return
	}
	on := w.waiting
	w.waiting, w.left = nil, len(on)
	for _, i := range on {
		next(i)
	}
	if len(on) == 0 {
		w.synthesize()
	}
}

// delivered takes in that an asset of the wave is delivered.
func (w *waves) delivered() {
	if w.left--; w.left > 0 {
		return
	}
	if f := w.sim.scenario.fault; f.layer == 2 && len(w.todo) > 0 {
		w.sim.after(f.read, w.synthesize) // somebody looks at the pilot first
		return
	}
	w.synthesize()
}
