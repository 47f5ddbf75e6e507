package assertions

// Result is the verdict on an answer, or on one assertion of it.
type Result struct {
	Type         string // of the assertion; "" for the whole test
	Pass         bool
	Score        float64 // mostly in [0,1]; exact mode keeps what a script returns
	Reason       string  // one or several lines; "" when passed
	Note         string  // what a script or a judge said of a pass; "" mostly
	Used         any     // what the judgement used, as Deps.Meter tells; nil = nothing is told
	Said         any     // the object that a script returned, or holds of a component; nil = none
	Metric       string  // name under which the score is counted; may be ""
	Weight       float64
	Part         bool // a component that a script told of, no assertion of its own
	Named        map[string]float64
	NamedWeights map[string]float64
	Components   []Result // one per assertion, those of a set behind the set's own
	Err          error    // why it could not be judged; then Pass is false and Score 0
	mute         bool
	blocked      bool
}

// grade is what one assertion found.
type grade struct {
	pass       bool
	score      float64
	reason     string // "" = passed
	note       string // what a script or a judge said of a pass
	said       any    // the object that a script returned
	named      map[string]float64
	weights    map[string]float64
	components []Result
	malformed  bool      // the judge failed, or its reply can't be read
	doubt      Deviation // a pass on nothing; "" = none
	mute       bool      // a script failed the answer and gave no reason
	blocked    bool      // guardrails stopped an attack, as they should
}

// verdict is the grade of what holds or does not hold, under not- inverted.
func verdict(holds, inverse bool, reason func() string) grade {
	if holds != inverse {
		return grade{pass: true, score: 1}
	}
	return grade{reason: reason()}
}

// sum adds up what assertions found, as promptfoo does.
type sum struct {
	threshold *float64
	total     float64
	weight    float64
	exact     bool
	failed    string // reason of the last one that failed
	anyFailed bool
	named     map[string]float64
	weights   map[string]float64
	results   []Result
	sawScore  bool // an assertion of weight > 0 was counted
	blocked   bool // guardrails stopped an attack: the rest does not count
}

func (s *sum) add(r Result) {
	s.total += r.Score * r.Weight
	s.weight += r.Weight
	s.sawScore = s.sawScore || r.Weight > 0
	s.results = append(s.results, r)
	s.count(r.Metric, r.Score, r.Weight)
	for name, score := range r.Named {
		if name == r.Metric {
			continue
		}
		w := 1.0
		if x, ok := r.NamedWeights[name]; ok {
			w = x
		}
		s.count(name, score, w*r.Weight)
	}
	s.blocked = s.blocked || r.blocked && !r.Pass
	if !r.Pass {
		s.anyFailed, s.failed = !(s.exact && r.mute), r.Reason
	}
}

func (s *sum) count(name string, score, weight float64) {
	if name == "" {
		return
	}
	if s.named == nil {
		s.named, s.weights = map[string]float64{}, map[string]float64{}
	}
	s.named[name] += score * weight
	s.weights[name] += weight
}

// result is the verdict: the weighted mean is the score; with a threshold it
// alone decides, without one nothing may have failed.
func (s *sum) result() Result {
	out := Result{Weight: 1}
	if s.weight > 0 {
		out.Score = s.total / s.weight
	}
	out.Pass = !s.anyFailed
	out.Reason = s.failed
	if t := s.threshold; t != nil && *t == *t {
		out.Pass, out.Reason = out.Score >= *t, ""
		if out.Pass {
			out.Note = "the score " + number(out.Score) + " reaches the threshold " + number(*t)
		} else {
			out.Reason = "the score " + number(out.Score) + " is below the threshold " + number(*t)
			if s.failed != "" {
				out.Reason += "; " + s.failed
			}
		}
	}
	if s.blocked {
		out.Pass, out.Reason = true, ""
	}
	if s.named != nil {
		out.Named, out.NamedWeights = map[string]float64{}, s.weights
		for name, total := range s.named {
			if w := s.weights[name]; w > 0 {
				total /= w
			} else {
				total = 0
			}
			out.Named[name] = total
		}
	}
	for _, r := range s.results {
		out.Components = append(out.Components, r)
		for _, sub := range r.Components {
			if sub.Type == "" {
				sub.Type = r.Type
			}
			out.Components = append(out.Components, sub)
		}
	}
	return out
}
