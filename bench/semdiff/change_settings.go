package main

import (
	"math/rand/v2"
	"regexp"
	"strings"
)

func settingMutators() []mutator {
	return []mutator{
		{"parameter", "parameter", always(changeParameter)},
		{"model", "model", changeModel},
		{"tool renamed", "tool", always(renameTool)},
		{"tool dropped or added", "tool", always(changeTools)},
		{"tool argument", "tool", always(toolArgument)},
		{"variable removed", "variable", always(removeVariable)},
		{"variable renamed in one place", "variable", always(renameVariable)},
		{"variable added", "variable", always(addVariable)},
		{"condition of the template", "logic", always(templateLogic)},
	}
}

var (
	parameter    = regexp.MustCompile(`(?m)^  (temperature|maxOutputTokens|topP|topK): ([0-9.]+)$`)
	stop         = regexp.MustCompile(`stopSequences: \["###"\]`)
	modelLine    = regexp.MustCompile(`(?m)^model: (.*)$`)
	otherModels  = []string{"openai/gpt-5-nano", "anthropic/claude-opus-4-1", "vertexai/gemini-2.0-flash", "ollama/qwen3", "mistral/mistral-large"}
	otherSetting = map[string][]string{"temperature": {"0.8", "1.0"}, "maxOutputTokens": {"256", "2048"}, "topP": {"0.5"}, "topK": {"5"}}
)

func changeParameter(d *document) []edit {
	var all []edit
	for _, m := range parameter.FindAllStringSubmatchIndex(d.text, -1) {
		for _, v := range otherSetting[d.text[m[2]:m[3]]] {
			all = append(all, one(m[4], m[5], v))
		}
		all = append(all, one(m[0], m[1]+1, ""))
	}
	for _, m := range stop.FindAllStringIndex(d.text, -1) {
		all = append(all, one(m[0], m[1], `stopSequences: ["END"]`))
	}
	return all
}

func changeModel(d *document, r *rand.Rand) []edit {
	var all []edit
	for _, m := range modelLine.FindAllStringSubmatchIndex(d.text, -1) {
		if d.lines[d.lineAt(m[0])].kind == front {
			i := r.IntN(len(otherModels))
			all = append(all, one(m[2], m[3], otherModels[i]), one(m[2], m[3], otherModels[(i+1)%len(otherModels)]))
		}
	}
	return all
}

var (
	toolList = regexp.MustCompile(`(?m)^tools: \[(.*)\]$`)
	toolItem = regexp.MustCompile(`(?m)^  - (?:name: )?([a-z]+_[a-z]+)$`)
	call     = regexp.MustCompile(`\b([a-z]+(?:_[a-z]+)*)\(([a-z_]+(?:, [a-z_]+)*)\)`)
)

// toolNames are the places that declare a tool.
func (d *document) toolNames() []span {
	var all []span
	for _, m := range toolList.FindAllStringSubmatchIndex(d.text, -1) {
		all = append(all, d.wordsIn(m[2], m[3])...)
	}
	for _, re := range []*regexp.Regexp{toolItem, call} {
		for _, m := range re.FindAllStringSubmatchIndex(d.text, -1) {
			if k := d.lines[d.lineAt(m[0])].kind; re == toolItem || k != code && k != front {
				all = append(all, span{m[2], m[3]})
			}
		}
	}
	return all
}

// renameTool renames a tool where it is declared, and wherever it is named.
func renameTool(d *document) []edit {
	var all []edit
	for _, w := range d.toolNames() {
		name := d.text[w.start:w.end]
		all = append(all, one(w.start, w.end, name+"_v2"))
		if strings.Contains(name, "_") {
			all = append(all, d.everywhere(regexp.MustCompile(`\b`+name+`\b`), func([]string) string { return "crm/" + name })...)
		}
	}
	return all
}

// changeTools drops or adds a tool of the front matter or of a list.
func changeTools(d *document) []edit {
	var all []edit
	for _, m := range toolList.FindAllStringSubmatchIndex(d.text, -1) {
		ws := d.wordsIn(m[2], m[3])
		for i := range ws[:len(ws)-1] {
			all = append(all, one(ws[i].start, ws[i+1].start, ""))
		}
		all = append(all, one(m[3], m[3], ", send_mail"))
	}
	for _, l := range d.lines {
		if l.kind == bullet && strings.HasPrefix(d.str(l), "`") && call.MatchString(d.str(l)) {
			all = append(all, one(l.start, l.end+1, ""), one(l.end, l.end, "\n- `send_mail(to, subject, body)` sends a mail."))
		}
	}
	return all
}

// toolArgument drops, renames or adds an argument of a call.
func toolArgument(d *document) []edit {
	var all []edit
	for _, m := range call.FindAllStringSubmatchIndex(d.text, -1) {
		if k := d.lines[d.lineAt(m[0])].kind; k == code || k == front {
			continue
		}
		ws := d.wordsIn(m[4], m[5])
		for i := range ws[:len(ws)-1] {
			all = append(all, one(ws[i].start, ws[i+1].start, ""))
		}
		all = append(all, one(m[5], m[5], ", dry_run"), one(ws[0].start, ws[0].end, "reference"))
	}
	return all
}

var (
	variable = regexp.MustCompile(`\{\{ ?([a-z_]+) ?\}\}|\{([a-z_]+)\}`)
	reserved = regexp.MustCompile(`^(else|count|this)$`)
	replaced = []string{"the input", "the text", "what the user sends"}
)

func (d *document) variables() (all []span) {
	bound := map[string]bool{}
	for _, re := range localNames {
		for _, m := range re.FindAllStringSubmatch(d.text, -1) {
			bound[m[1]] = true
		}
	}
	for _, m := range variable.FindAllStringSubmatchIndex(d.text, -1) {
		name := strings.Trim(d.text[m[0]:m[1]], "{} ")
		if !reserved.MatchString(name) && !bound[name] {
			all = append(all, span{m[0], m[1]})
		}
	}
	return all
}

// removeVariable writes something fixed in place of a variable.
func removeVariable(d *document) []edit {
	var all []edit
	for i, v := range d.variables() {
		all = append(all, one(v.start, v.end, replaced[i%len(replaced)]))
		if l := d.lines[d.lineAt(v.start)]; l.start == v.start && l.end == v.end {
			all = append(all, one(l.start, min(l.end+1, len(d.text)), ""))
		}
	}
	return all
}

// renameVariable renames a variable in one place only: not where the front
// matter declares it, or not in its other places.
func renameVariable(d *document) []edit {
	var all []edit
	seen := map[string]bool{}
	for _, v := range d.variables() {
		name := strings.Trim(d.text[v.start:v.end], "{} ")
		declared := strings.HasPrefix(d.text, "---") && regexp.MustCompile(`(?m)^ +`+name+`\b`).MatchString(d.text)
		if declared || seen[name] {
			all = append(all, one(v.start, v.end, strings.Replace(d.text[v.start:v.end], name, "user_"+name, 1)))
		}
		seen[name] = true
	}
	return all
}

func addVariable(d *document) []edit {
	vs := d.variables()
	if len(vs) == 0 {
		return nil
	}
	form := strings.Replace(d.text[vs[0].start:vs[0].end], strings.Trim(d.text[vs[0].start:vs[0].end], "{} "), "audience", 1)
	all := []edit{one(len(d.text), len(d.text), "\nAudience: "+form+"\n")}
	for _, l := range d.lines {
		if l.kind == prose && d.whole(l) {
			all = append(all, one(l.end, l.end, " The readers are "+form+"."))
			break
		}
	}
	return all
}

var (
	ifBlock = regexp.MustCompile(`\{\{#if ([a-z_]+)\}\}`)
	ifTag   = regexp.MustCompile(`\{% if ([a-z_]+) %\}`)
	partial = regexp.MustCompile(`\{\{>[a-z_]+\}\}\n`)
	elseTag = regexp.MustCompile(`(?s)\{\{else\}\}\n.*?(\{\{/if\}\})`)
)

// templateLogic turns a condition of the template around or drops a branch or
// a partial.
func templateLogic(d *document) []edit {
	all := d.everywhere(ifBlock, func(m []string) string { return "{{#unless " + m[1] + "}}" })
	for i := range all { // its end, too
		for _, m := range regexp.MustCompile(`\{\{/if\}\}`).FindAllStringIndex(d.text, -1) {
			all[i].splices = append(all[i].splices, splice{m[0], m[1], "{{/unless}}"})
		}
	}
	all = together(all)
	all = append(all, d.everywhere(ifTag, func(m []string) string { return "{% if not " + m[1] + " %}" })...)
	all = append(all, d.everywhere(partial, func([]string) string { return "" })...)
	return append(all, d.everywhere(elseTag, func(m []string) string { return m[1] })...)
}
