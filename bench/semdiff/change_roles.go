package main

import (
	"math/rand/v2"
	"regexp"
	"strings"
)

func roleMutators() []mutator {
	return []mutator{
		{"persona", "role", persona},
		{"roles swapped", "role", always(swapRoles)},
	}
}

var (
	youAre   = regexp.MustCompile(`\b(?:You are|You're|you are|Act as|You play) ((?:a|an|the) [^,.\n]*?)( who | in | of | for | reviewing |[,.])`)
	personas = []string{"a strict auditor", "a stand-up comedian", "a sales representative", "a retired judge", "a primary school teacher", "an opera critic", "a private detective", "a tax inspector"}
	pairs    = [][2]string{{"customer", "supervisor"}, {"traveller", "employer"}, {"player", "keeper"}, {"supporter", "opponent"}, {"patient", "doctor"},
		{"pupil", "teacher"}, {"author", "editor"}, {"sender", "customer"}, {"clerk", "customer"}, {"tenant", "caretaker"}, {"guest", "host"}, {"user", "agent"},
		{"applicants", "recruiters"}, {"caller", "driver"}}
	roleMark = regexp.MustCompile(`\{\{role "(system|user|model)"\}\}`)
)

// persona lets the model play somebody else.
func persona(d *document, r *rand.Rand) []edit {
	var all []edit
	for _, l := range d.lines {
		if !l.rule() {
			continue
		}
		for _, m := range youAre.FindAllStringSubmatchIndex(d.str(l), -1) {
			i := r.IntN(len(personas))
			all = append(all, one(l.body+m[2], l.body+m[3], personas[i]), one(l.body+m[2], l.body+m[3], personas[(i+1)%len(personas)]))
		}
	}
	return all
}

// swapRoles exchanges two parties within a sentence, or puts another party or
// another message role in the place of one.
func swapRoles(d *document) []edit {
	var all []edit
	for _, s := range d.sentences() {
		text := d.text[s.start:s.end]
		for _, p := range pairs {
			a, b := regexp.MustCompile(`\bthe `+p[0]+`\b`).FindStringIndex(text), regexp.MustCompile(`\b[Tt]he `+p[1]+`\b`).FindStringIndex(text)
			if a == nil {
				continue
			}
			first := splice{s.start + a[0] + 4, s.start + a[1], p[1]}
			switch {
			case b == nil:
				all = append(all, edit{splices: []splice{first}})
			case b[0] > a[0]:
				all = append(all, edit{splices: []splice{first, {s.start + b[0] + 4, s.start + b[1], p[0]}}})
			default:
				all = append(all, edit{splices: []splice{{s.start + b[0] + 4, s.start + b[1], p[0]}, first}})
			}
		}
	}
	for _, m := range roleMark.FindAllStringSubmatchIndex(d.text, -1) {
		to := strings.NewReplacer("system", "user", "user", "model", "model", "system").Replace(d.text[m[2]:m[3]])
		all = append(all, one(m[2], m[3], to))
	}
	return all
}
