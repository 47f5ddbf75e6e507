package semdiff

import "testing"

// pairCase is a pair of texts whose relation is known.
type pairCase struct {
	before, after string
	kind          Kind // of the most severe change; "" = any
}

func kinds(r *Report) []Kind {
	var out []Kind
	for _, c := range r.Changes {
		out = append(out, c.Kind)
	}
	return out
}

func TestChanged(t *testing.T) {
	for _, c := range []pairCase{
		// numbers, units, comparators
		{"Answer in at most 3 sentences.", "Answer in at most 5 sentences.", KindNumber},
		{"Wait 2 seconds before retrying.", "Wait 2 minutes before retrying.", KindNumber},
		{"Use at least three sources.", "Use at most three sources.", KindComparator},
		{"Reject scores below 0.5.", "Reject scores below 0.05.", KindNumber},
		{"Return up to 10 items.", "Return fewer than 10 items.", KindComparator},
		{"Flag amounts over $1,000.", "Flag amounts over $10,000.", KindNumber},
		{"Score from 1 to 5.", "Score from 1 to 10.", KindNumber},
		{"Accept values >= 3.", "Accept values > 3.", KindComparator},
		{"The offset is -5.", "The offset is 5.", KindNumber},
		{"Apply a discount of 15%.", "Apply a discount of 50%.", KindNumber},
		{"The meeting is on 3 May.", "The meeting is on 13 May.", KindNumber},
		// negation
		{"Include links.", "Do not include links.", KindNegation},
		{"Never share prices.", "Always share prices.", KindNegation},
		{"Explain your reasoning.", "Avoid explaining your reasoning.", KindNegation},
		{"Refrain from guessing.", "Feel free to guess.", ""},
		{"Answer with examples.", "Answer without examples.", KindNegation},
		{"The input is trusted.", "The input is untrusted.", KindNegation},
		{"Include deprecated endpoints.", "Exclude deprecated endpoints.", KindNegation},
		{"Sort in ascending order.", "Sort in descending order.", KindNegation},
		{"Use formal language.", "Use informal language.", ""},
		{"You can disclose the discount.", "You cannot disclose the discount.", ""},
		{"Files that are not encrypted should be uploaded.", "Files that are encrypted should not be uploaded.", KindNegation},
		{"Nobody may see the key.", "Everybody may see the key.", ""},
		{"It is safe to run the command.", "It is not safe to run the command.", KindNegation},
		// modality
		{"You must verify the address.", "You should verify the address.", KindModality},
		{"The agent should escalate.", "The agent may escalate.", KindModality},
		{"Users have to log in.", "Users can log in.", KindModality},
		{"Always cite sources.", "Sometimes cite sources.", KindModality},
		{"The field is required.", "The field is optional.", ""},
		{"You don't have to cite sources.", "You must not cite sources.", ""},
		// exclusivity and conditions
		{"Use the given context.", "Use only the given context.", KindExclusivity},
		{"Reply in English unless asked otherwise.", "Reply in English.", ""},
		{"Refund all orders except gift cards.", "Refund all orders including gift cards.", ""},
		{"If the user is angry, apologise.", "Apologise.", ""},
		{"Ask only when the date is missing.", "Ask when the date is missing.", KindExclusivity},
		{"Call the tool if the user asks.", "Call the tool even if the user does not ask.", ""},
		{"If the cart is empty, suggest items and greet the user.", "Suggest items, and if the cart is empty, greet the user.", ""},
		// quantifiers
		{"Check all rows.", "Check some rows.", KindQuantifier},
		{"Each answer needs a source.", "Most answers need a source.", KindQuantifier},
		{"Pick one of the options.", "Pick all of the options.", KindQuantifier},
		{"Both parents have to sign.", "Either parent has to sign.", KindQuantifier},
		// labels, entities, format, role, tools
		{"Classify as spam, ham or other.", "Classify as spam, ham or unknown.", KindLabel},
		{"Choose from: red, green, blue.", "Choose from: red, green, blue, black.", KindLabel},
		{`Answer "yes" or "no".`, `Answer "true" or "false".`, ""},
		{"Return JSON.", "Return YAML.", KindFormat},
		{"Answer as a bullet list.", "Answer as a single paragraph.", KindFormat},
		{"Write in French.", "Write in German.", KindFormat},
		{"You are a nurse.", "You are a lawyer.", KindRole},
		{"Call `get_weather` first.", "Call `get_forecast` first.", KindTool},
		{"Use search_web(query).", "Use search_web(query, limit).", ""},
		{"Write to /var/log/app.log.", "Write to /tmp/log/app.log.", ""},
		{"Ask about invoices.", "Ask about refunds.", ""},
		{`Return {"name": "x", "age": 1}.`, `Return {"name": "x", "years": 1}.`, KindSchema},
		{`Return {"Name": "x"}.`, `Return {"name": "x"}.`, KindSchema},
		{"Match ^[a-z]+$ only.", "Match [a-z]+$ only.", ""},
		// order
		{"Translate from English to French.", "Translate from French to English.", KindOrder},
		{"Verify the user before you open the file.", "Verify the user after you open the file.", KindOrder},
		{"The manager informs the customer.", "The customer informs the manager.", KindOrder},
		{"1. Read the text.\n2. Write a summary.\n3. Check it.", "1. Write a summary.\n2. Read the text.\n3. Check it.", KindOrder},
		// units
		{"- Be polite.\n- Never promise refunds.\n- Keep it short.", "- Be polite.\n- Keep it short.", KindRemoved},
		{"- Be polite.\n- Keep it short.", "- Be polite.\n- Keep it short.\n- Mention the newsletter.", KindAdded},
		{"Q: 2+2\nA: 4\n\nQ: 3+3\nA: 6", "Q: 2+2\nA: 4\n\nQ: 3+3\nA: 7", KindExample},
		{"- Rules:\n  - no links\n  - no images\n- Style: short", "- Rules:\n  - no links\n- no images\n- Style: short", ""},
		{"```python\nif x:\n    y()\nz()\n```", "```python\nif x:\n    y()\n    z()\n```", ""},
		// templates
		{"Hello {{name}}, {{city}}!", "Hello {{name}}!", KindVariable},
		{"{{#if vip}}Offer a discount.{{/if}}", "{{#unless vip}}Offer a discount.{{/unless}}", ""},
		{"Sum: {first} {last}", "Sum: {first}", KindVariable},
		{"{% for x in items %}\n- {{ x.name }}\n{% endfor %}", "{% for x in orders_late %}\n- {{ x.name }}\n{% endfor %}", ""},
		// other languages
		{"Antworte immer auf Deutsch und nenne die Quelle.", "Antworte immer auf Deutsch und verschweige die Quelle.", ""},
		{"用三句话回答。", "用五句话回答。", ""},
		{"Réponds poliment au client.", "Réponds sèchement au client.", ""},
	} {
		r := Text(c.before, c.after)
		if r.Verdict < Changed {
			t.Errorf("%q → %q: %v (%.2f) %v", c.before, c.after, r.Verdict, r.Score, r.Changes)
		} else if c.kind != "" {
			found := false
			for _, ch := range r.Changes {
				found = found || ch.Kind == c.kind && ch.Verdict >= Changed
			}
			if !found {
				t.Errorf("%q → %q: kinds %v, want %s", c.before, c.after, kinds(r), c.kind)
			}
		}
	}
}

func TestPreserved(t *testing.T) {
	for _, c := range []struct {
		before, after string
		most          Verdict
	}{
		{"Answer  in\tEnglish.", "Answer in English.", Formatting},
		{"answer in english", "Answer in English.", Formatting},
		{"# Rules\n\n* Be kind.\n* Be brief.", "Rules\n=====\n- Be kind.\n- Be brief.", Formatting},
		{"**Important:** never guess.", "Important: never guess.", Formatting},
		{"Don't guess; it's harmful.", "Do not guess; it is harmful.", Formatting},
		{"List three reasons.", "List 3 reasons.", Formatting},
		{"Wait 60 minutes.", "Wait 1 hour.", Formatting},
		{"Time out after 2 s.", "Time out after 2000 ms.", Formatting},
		{"Use 1,000 tokens.", "Use 1000 tokens.", Formatting},
		{"Summarise the colour scheme.", "Summarize the color scheme.", Formatting},
		{"Recieve the file and sumarize it.", "Receive the file and summarize it.", Formatting},
		{"“Yes” or “no”", "\"Yes\" or \"no\"", Formatting},
		{"Use at most 5 words.", "Use no more than 5 words.", Reworded},
		{"Use at most 5 words.", "Use 5 words or fewer.", Reworded},
		{"Use at least 5 words.", "Use a minimum of 5 words.", Reworded},
		{"Make sure to cite the source.", "Ensure that you cite the source.", Reworded},
		{"Please answer politely.", "Answer politely.", Reworded},
		{"Do not reveal the key.", "Never reveal the key.", Reworded},
		{"Do not reveal the key.", "Avoid revealing the key.", Reworded},
		{"You must not reveal the key.", "Revealing the key is forbidden.", Reworded},
		{"In order to help, ask questions.", "To help, ask questions.", Reworded},
		{"If the text is empty, return null.", "Return null if the text is empty.", Reworded},
		{"When the text is empty, return null.", "In case the text is empty, return null.", Reworded},
		{"Use tools such as grep.", "Use tools, for example grep.", Reworded},
		{"Utilize the search results.", "Use the search results.", Reworded},
		{"Respond to the customer.", "Reply to the customer.", Reworded},
		{"It is not uncommon for users to ask.", "It is common for users to ask.", Reworded},
		{"The report is reviewed by the editor.", "The editor reviews the report.", Reworded},
		{"Delete the personal data.", "The personal data must be deleted.", Reworded},
		{"Never answer unless the user is verified.", "Only answer if the user is verified.", Reworded},
		{"- apples\n- pears\n- plums", "- plums\n- apples\n- pears", Reworded},
		{"Mention apples, pears and plums.", "Mention pears, apples and plums.", Reworded},
		{"Read the text. Find the dates.", "Read the text and find the dates.", Reworded},
		{"Hello {{name}}", "Hello {name}", Formatting},
		{"Hello {{ name }}", "Hello ${name}", Formatting},
		{"Question: {question}", "Question: {user_question}", Reworded},
		{"{{#if vip}}\nBe nice.\n{{/if}}", "{% if vip %}\nBe nice.\n{% endif %}", Formatting},
		{"Rules:\n- Be kind.\n- Be brief.", "Rules:\n1. Be kind.\n2. Be brief.", Formatting},
		{"{\"a\": 1, \"b\": [1, 2]}", "{ \"a\": 1,\n  \"b\": [1,2] }", Formatting},
		{"Answer in English.", "Answer in English. Thanks!", Reworded},
		{"Antworte auf Deutsch.", "Antworte  auf Deutsch", Formatting},
	} {
		r := Text(c.before, c.after)
		if r.Verdict > c.most {
			t.Errorf("%q → %q: %v (%.2f) %+v", c.before, c.after, r.Verdict, r.Score, r.Changes)
		}
	}
}

// What stands between backticks is compared to the letter, also where it is JSON
// or holds a variable.
func TestInlineJSON(t *testing.T) {
	for _, p := range [][2]string{
		{"Return JSON: `{\"action\": \"keep\", \"rule\": \"string\"}` The note is short.", "Return JSON: `{\"action\": \"keep\", \"revision\": \"string\"}` The note is short."},
		{"Return `{\"rule\": \"x\"}`.", "Return `{\"Rule\": \"x\"}`."},
		{"Say \"Hello {{name}}\" to {{name}} and {{other}}.", "Say \"Hello {{other}}\" to {{name}} and {{other}}."},
	} {
		if r := Text(p[0], p[1]); r.Verdict < Changed {
			t.Errorf("%q → %q: %v (%.2f)", p[0], p[1], r.Verdict, r.Score)
		}
	}
}

// "Only" before the subject is not "only" behind the modal verb; a wish is no order.
func TestFocus(t *testing.T) {
	for _, p := range []struct {
		before, after string
		changed       bool
	}{
		{"Only managers may read the log.", "Managers may only read the log.", true},
		{"Under no circumstances may the seal be broken.", "Ideally, the seal is not broken.", true},
		{"Only output Markdown.", "Output only Markdown.", false},
		{"Ideally, answer in French.", "Preferably answer in French.", false},
	} {
		if r := Text(p.before, p.after); r.Verdict >= Changed != p.changed {
			t.Errorf("%q → %q: %v (%.2f)", p.before, p.after, r.Verdict, r.Score)
		}
	}
}
