package export

import "github.com/GaboBase/arch-genops/semdiff"

// sampleDiff is a believable change of a support prompt.
func sampleDiff() Diff {
	at := func(line int) semdiff.Span {
		return semdiff.Span{File: "prompts/support.prompt", Line: line, End: line}
	}
	unit := func(what, section string, v semdiff.Verdict, before, after string, line int) semdiff.Unit {
		u := semdiff.Unit{What: what, Section: section, Verdict: v, Before: before, After: after}
		if before != "" {
			u.BeforeSpan = at(line)
		}
		if after != "" {
			u.AfterSpan = at(line)
		}
		return u
	}
	place := func(i, line int) []semdiff.Place {
		return []semdiff.Place{{Unit: i, Before: at(line), After: at(line)}}
	}
	return Diff{Status: "modified", Path: "prompts/support.prompt", Gate: "full", Report: semdiff.Report{Kind: "prompt", Name: "support", From: "1.2.0", To: "working tree", Verdict: semdiff.Changed, Score: .98,
		Changes: []semdiff.Change{
			{Kind: semdiff.KindNumber, Verdict: semdiff.Changed, Say: "limit 3 → 5", Before: "3", After: "5", Places: append(place(4, 12), place(9, 19)...)},
			{Kind: semdiff.KindModality, Verdict: semdiff.Changed, Say: "must became should", Before: "must", After: "should", Places: place(5, 13)},
			{Kind: semdiff.KindExclusivity, Verdict: semdiff.Changed, Say: "exception for gift cards removed", Before: "except for gift cards", Places: place(6, 14)},
			{Kind: semdiff.KindParameter, Verdict: semdiff.Changed, Say: "temperature 0 → 0.7", Before: "0", After: "0.7", Places: place(1, 4)},
			{Kind: semdiff.KindWording, Verdict: semdiff.Reworded, Say: "other words, same meaning", Places: place(3, 9)},
			{Kind: semdiff.KindCosmetic, Verdict: semdiff.Formatting, Say: "list markers", Places: place(8, 18)},
		},
		Units: []semdiff.Unit{
			unit("parameter", "model", semdiff.Identical, "openai/gpt-5-mini", "openai/gpt-5-mini", 2),
			unit("parameter", "config.temperature", semdiff.Changed, "temperature: 0", "temperature: 0.7", 4),
			unit("sentence", "", semdiff.Identical, "You are the support agent of a shop for {{product}}.", "You are the support agent of a shop for {{product}}.", 7),
			unit("sentence", "", semdiff.Reworded, "Begin by greeting the customer.", "Start with a greeting to the customer.", 9),
			unit("bullet", "Refunds", semdiff.Changed, "- Grant at most 3 refunds to a customer in a year, and tell them how many are left before you promise another one.", "- Grant at most 5 refunds to a customer in a year, and tell them how many are left before you promise another one.", 12),
			unit("bullet", "Refunds", semdiff.Changed, "- You must ask for the order number.", "- You should ask for the order number.", 13),
			unit("bullet", "Refunds", semdiff.Changed, "- Refunds go to the original payment method, except for gift cards.", "- Refunds go to the original payment method.", 14),
			unit("bullet", "Refunds", semdiff.Identical, "- Never mention internal tools.", "- Never mention internal tools.", 15),
			unit("bullet", "Tone", semdiff.Formatting, "* Be brief.", "- Be brief.", 18),
			unit("bullet", "Tone", semdiff.Changed, "- Use 3 sentences.", "- Use 5 sentences.", 19),
			unit("bullet", "Tone", semdiff.Identical, "- No exclamation marks.", "- No exclamation marks.", 20),
			unit("bullet", "Tone", semdiff.Identical, "- No emoji.", "- No emoji.", 21),
			unit("bullet", "Tone", semdiff.Identical, "- Write in the customer's language.", "- Write in the customer's language.", 22),
			unit("bullet", "Tone", semdiff.Identical, "- Quote prices with their currency.", "- Quote prices with their currency.", 23),
			unit("bullet", "Tone", semdiff.Changed, "", "- Offer a voucher when the customer is angry.", 24),
			unit("code", "Output", semdiff.Changed, "{\n  \"answer\": string,\n  \"escalate\": boolean\n}", "{\n  \"answer\": string,\n  \"escalate\": boolean,\n  \"reason\": string\n}", 28),
		},
		Behaviour: &semdiff.Behaviour{TestSet: "testsets/refunds.jsonl", Model: "openai:gpt-5-mini", Cases: 40, Samples: 3, Alpha: .05, Differs: true, P: .001, Measure: "text", Judged: 38, Better: 1, Worse: 9, E: 31.4, Rate: -0.21, RateP: 0.001,
			Flips: []semdiff.Flip{{ID: "c0007", Input: "I want my money back for the fourth time this year", Before: "I am sorry, you have used all 3 refunds of this year.", After: "Of course! I have refunded you.", PassedBy: [2]int{3, 0}, Verdict: "worse"},
				{ID: "c0021", Input: "refund my gift card", Before: "Gift cards are paid back as credit.", After: "It goes to your card.", PassedBy: [2]int{3, 1}, Verdict: "worse"}}},
	}}
}

func sampleDiffs() Diffs {
	a := sampleDiff()
	b := Diff{Status: "modified", Path: "agents/ASM-001.yaml", Gate: "block", Report: semdiff.Report{Kind: "agent", Name: "ASM-001", From: "main", To: "working tree", Verdict: semdiff.Breaking,
		Changes: []semdiff.Change{{Kind: semdiff.KindVariable, Verdict: semdiff.Breaking, Say: "variable {{customer}} removed", Places: []semdiff.Place{{Before: semdiff.Span{File: "agents/ASM-001.yaml", Line: 3}}}}},
		Units:   []semdiff.Unit{{What: "variable", Section: "input.schema", Verdict: semdiff.Breaking, Before: "customer: string", BeforeSpan: semdiff.Span{Line: 3}}}}}
	c := Diff{Status: "modified", Path: "prompts/billing/refund.prompt", Gate: "skip", Report: semdiff.Report{Kind: "prompt", Name: "billing/refund", From: "main", To: "working tree", Verdict: semdiff.Formatting,
		Changes: []semdiff.Change{{Kind: semdiff.KindCosmetic, Verdict: semdiff.Formatting, Say: "white space", Places: []semdiff.Place{{After: semdiff.Span{Line: 1}}}}},
		Units:   []semdiff.Unit{{What: "sentence", Verdict: semdiff.Formatting, Before: "Answer  briefly.", After: "Answer briefly.", AfterSpan: semdiff.Span{Line: 1}, BeforeSpan: semdiff.Span{Line: 1}}}}}
	d := Diff{Status: "added", Path: "prompts/new.prompt", Gate: "full", Report: semdiff.Report{Kind: "prompt", Name: "new", To: "working tree", Verdict: semdiff.Changed}}
	return Diffs{Title: "branch tighter-refunds", Base: "main", Head: "working tree", Verdict: semdiff.Breaking, Gate: "block", Diffs: []Diff{b, a, d, c}}
}

func oneDiff() Diffs {
	a := sampleDiff()
	return Diffs{Base: a.From, Head: a.To, Verdict: a.Verdict, Gate: a.Gate, Diffs: []Diff{a}}
}
