package stubserver

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// moderationCategories are those of OpenAI's moderation API.
var moderationCategories = [...]string{"harassment", "harassment/threatening", "hate", "hate/threatening", "illicit", "illicit/violent",
	"self-harm", "self-harm/instructions", "self-harm/intent", "sexual", "sexual/minors", "violence", "violence/graphic"}

// moderate answers OpenAI's moderation API: a text, a list of texts, or parts.
func (s *Server) moderate(w http.ResponseWriter, r *http.Request) {
	s.serve(w, r, func(key string, body []byte, f Fault) {
		var in struct {
			Model string          `json:"model"`
			Input json.RawMessage `json:"input"`
		}
		texts, ok := []string(nil), json.Unmarshal(body, &in) == nil
		if ok {
			texts, ok = moderated(in.Input)
		}
		if !ok {
			s.refuse(w, 400, "invalid_request_error", "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.", key)
			return
		}
		if in.Model == "" {
			in.Model = "omni-moderation-latest"
		}
		if s.opts.Latency > 0 && !sleep(r.Context(), s.opts.Latency) {
			return
		}
		results := []map[string]any{}
		for _, text := range texts {
			if f != NullContent {
				results = append(results, s.moderation(text))
			}
		}
		s.billed.Add(1)
		s.reply(w, r, f, append(appendValue(nil, map[string]any{"id": "modr-stub", "model": in.Model, "results": results}), '\n'))
	})
}

// moderated are the texts that are to be judged one by one: parts are one text.
func moderated(input json.RawMessage) (texts []string, ok bool) {
	var text string
	if json.Unmarshal(input, &text) == nil && string(input) != "null" {
		return []string{text}, true
	}
	if json.Unmarshal(input, &texts) == nil && len(texts) > 0 {
		return texts, true
	}
	var parts []struct {
		Type string  `json:"type"`
		Text *string `json:"text"`
	}
	if json.Unmarshal(input, &parts) != nil || len(parts) == 0 {
		return nil, false
	}
	var all []string
	for _, p := range parts {
		switch {
		case p.Type == "text" && p.Text != nil:
			all = append(all, *p.Text)
		case p.Type != "image_url":
			return nil, false
		}
	}
	return []string{strings.Join(all, "\n")}, true
}

func (s *Server) moderation(text string) map[string]any {
	var scores map[string]float64
	if s.opts.Scores != nil {
		scores = s.opts.Scores(text)
	}
	flagged, categories, all, types := false, map[string]bool{}, map[string]float64{}, map[string][]string{}
	for _, c := range moderationCategories {
		all[c] = scores[c]
		categories[c] = scores[c] > 0.5
		flagged = flagged || categories[c]
		types[c] = []string{"text"}
	}
	return map[string]any{"flagged": flagged, "categories": categories, "category_scores": all, "category_applied_input_types": types}
}

// textClasses answers a text classification of Hugging Face's inference API, the
// likeliest class first.
func (s *Server) textClasses(w http.ResponseWriter, r *http.Request) {
	s.serve(w, r, func(key string, body []byte, f Fault) {
		var in struct {
			Inputs *string `json:"inputs"`
		}
		if json.Unmarshal(body, &in) != nil || in.Inputs == nil {
			s.refuse(w, 400, "invalid_request_error", "Missing `inputs`", key)
			return
		}
		if s.opts.Latency > 0 && !sleep(r.Context(), s.opts.Latency) {
			return
		}
		scores := map[string]float64{"LABEL_0": 1}
		if s.opts.Scores != nil {
			scores = s.opts.Scores(*in.Inputs)
		}
		type class struct {
			Label string  `json:"label"`
			Score float64 `json:"score"`
		}
		list := []class{}
		for _, name := range slices.Sorted(maps.Keys(scores)) {
			if f != NullContent {
				list = append(list, class{name, scores[name]})
			}
		}
		slices.SortStableFunc(list, func(a, b class) int {
			switch {
			case a.Score > b.Score:
				return -1
			case a.Score < b.Score:
				return 1
			}
			return 0
		})
		s.billed.Add(1)
		s.reply(w, r, f, append(appendValue(nil, [][]class{list}), '\n'))
	})
}
