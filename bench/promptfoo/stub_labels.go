package main

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
)

var bodyMark = regexp.MustCompile(`BODY\((\w+)\)`)

// moderationBodies are replies of a moderator, right and wrong ones, by mark.
var moderationBodies = map[string]string{
	"clean":      `{"id":"m","model":"x","results":[{"flagged":false,"categories":{"hate":false,"violence":false},"category_scores":{"hate":0.01,"violence":0.02}}]}`,
	"hate":       `{"id":"m","model":"x","results":[{"flagged":true,"categories":{"hate":true,"violence":false},"category_scores":{"hate":0.91,"violence":0.02}}]}`,
	"both":       `{"results":[{"flagged":true,"categories":{"hate":true,"violence":true},"category_scores":{"hate":0.91,"violence":0.8}}]}`,
	"two":        `{"results":[{"flagged":false,"categories":{},"category_scores":{}},{"flagged":true,"categories":{"violence":true},"category_scores":{"violence":0.8}}]}`,
	"noresults":  `{"id":"m"}`,
	"empty":      `{"results":[]}`,
	"nullres":    `{"results":null}`,
	"object":     `{"results":{"flagged":true}}`,
	"text":       `{"results":"flagged"}`,
	"number":     `{"results":7}`,
	"nullitem":   `{"results":[null]}`,
	"numberitem": `{"results":[5]}`,
	"bare":       `{"results":[{}]}`,
	"nocats":     `{"results":[{"flagged":true}]}`,
	"noscores":   `{"results":[{"flagged":true,"categories":{"hate":true}}]}`,
	"nocat":      `{"results":[{"flagged":true,"categories":{"hate":false},"category_scores":{"hate":0.1}}]}`,
	"emptycats":  `{"results":[{"flagged":true,"categories":{},"category_scores":{}}]}`,
	"contrary":   `{"results":[{"flagged":false,"categories":{"hate":true},"category_scores":{"hate":0.9}}]}`,
	"flagtext":   `{"results":[{"flagged":"yes","categories":{"hate":"yes"},"category_scores":{"hate":"high"}}]}`,
	"flagnumber": `{"results":[{"flagged":1,"categories":{"hate":1},"category_scores":{}}]}`,
	"catlist":    `{"results":[{"flagged":true,"categories":["hate"],"category_scores":[0.9]}]}`,
	"error":      `{"error":{"message":"overloaded","type":"server_error"}}`,
	"list":       `[]`,
	"null":       `null`,
	"string":     `"flagged"`,
	"false":      `false`,
	"html":       `<html>sign in</html>`,
	"cut":        `{"results":[{"flagged":tr`,
	"nothing":    ``,
	"unicode":    `{"results":[{"flagged":true,"categories":{"häß/漢":true},"category_scores":{"häß/漢":0.9}}]}`,
	"twice":      `{"results":[{"flagged":false,"flagged":true,"categories":{"hate":true},"category_scores":{"hate":0.9}}]}`,
}

// classBodies are those of a classifier.
var classBodies = map[string]string{
	"good":     `[[{"label":"positive","score":0.9},{"label":"negative","score":0.1}]]`,
	"empty":    `[[]]`,
	"none":     `[]`,
	"error":    `{"error":"model is loading"}`,
	"null":     `null`,
	"html":     `<html></html>`,
	"over":     `[[{"label":"positive","score":1.5}]]`,
	"two":      `[[{"label":"positive","score":0.2},{"label":"positive","score":0.8}]]`,
	"exact":    `[[{"label":"positive","score":1}]]`,
	"other":    `[[{"label":"POSITIVE","score":1}]]`,
	"negative": `[[{"label":"positive","score":-0.5}]]`,
}

// labels answers a moderation or classification with the body that a text's mark
// names, or with the status of a mark such as BODY(400).
func labels(bodies map[string]string, otherwise string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		name := otherwise
		if m := bodyMark.FindStringSubmatch(string(body)); m != nil {
			name = m[1]
		}
		w.Header().Set("Content-Type", "application/json")
		if strings.HasPrefix(name, "40") {
			w.WriteHeader(map[string]int{"400": 400, "401": 401, "404": 404}[name])
			json.NewEncoder(w).Encode(object{"error": object{"message": "refused", "type": "invalid_request_error"}})
			return
		}
		io.WriteString(w, bodies[name])
	}
}

var replyMark = regexp.MustCompile(`REPLY\((\w+)\)`)

// chatBodies are whole replies of a chat model that judges, by mark.
var chatBodies = map[string]string{
	"pass":      `{"choices":[{"message":{"role":"assistant","content":"{\"pass\":true,\"score\":0.9,\"reason\":\"fine\"}"},"finish_reason":"stop"}],"usage":{"total_tokens":9,"prompt_tokens":5,"completion_tokens":4}}`,
	"nullc":     `{"choices":[{"message":{"role":"assistant","content":null},"finish_reason":"stop"}]}`,
	"emptyc":    `{"choices":[{"message":{"role":"assistant","content":""},"finish_reason":"stop"}]}`,
	"refusal":   `{"choices":[{"message":{"role":"assistant","content":null,"refusal":"I can't judge this."},"finish_reason":"stop"}]}`,
	"filtered":  `{"choices":[{"message":{"role":"assistant","content":null},"finish_reason":"content_filter"}]}`,
	"refused":   `{"choices":[{"message":{"role":"assistant","content":null,"refusal":"I can't help with this."},"finish_reason":"stop"}],"usage":{"total_tokens":9,"prompt_tokens":5,"completion_tokens":4}}`,
	"withheld":  `{"choices":[{"message":{"role":"assistant","content":"and then"},"finish_reason":"content_filter"}],"usage":{"total_tokens":9,"prompt_tokens":5,"completion_tokens":4}}`,
	"length":    `{"choices":[{"message":{"role":"assistant","content":"{\"pass\":true,\"score\":0.9,\"reason\":\"cut"},"finish_reason":"length"}]}`,
	"tools":     `{"choices":[{"message":{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"grade","arguments":"{\"pass\":true}"}}]},"finish_reason":"tool_calls"}]}`,
	"nochoices": `{"choices":[]}`,
	"nothing":   `{}`,
	"html":      `<html></html>`,
	"broken":    `{"choices":[{"message":{"content":"{`,
}
