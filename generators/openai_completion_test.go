package generators

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	"github.com/GaboBase/arch-genops/pipeline"
)

// completions are replies of servers, and what no server should send.
var completions = []string{
	`{"id":"x","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"yes","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}`,
	" \n{ \"model\" : \"m\\u00e9\" , \"choices\" : [ { \"message\" : { \"content\" : \"a\\nb\" } } , { \"message\" : { \"content\" : \"second\" } } ] }\n",
	`{"choices":[{"message":{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}],"reasoning_content":"hm","reasoning_details":[{"x":1}]}}]}`,
	`{"choices":[{"message":{"content":null,"tool_calls":[{"id":"1","function":{"name":"f","arguments":"{}"},"extra_content":{"s":"t"}}]},"finish_reason":"tool_calls"}]}`,
	`{"choices":[{"message":{"content":"x"},"logprobs":{"content":[{"token":"x","logprob":-0.1,"top_logprobs":[{"token":"y","logprob":-2}]}]}}]}`,
	`{"ch\u006fices":[{"message":{"refusal":"no"}}],"model":"a","model":"b"}`,
	`{"choices":[],"error":{"message":"m"}}`, `{"choices":null,"model":null,"usage":null}`, `{"choices":[null]}`, `{"choices":[{"message":null}]}`, `null`, `{}`,
	`[]`, `"x"`, `7`, ``, `{"choices":{}}`, `{"choices":[7]}`, `{"choices":["x"]}`, `{"choices":[{"message":[]}]}`, `{"model":7}`, `{"choices":[{"finish_reason":{}}]}`,
	`{"choices":[{"message":{"tool_calls":"x"}}]}`, `{"model":"m"`, `{"model":"m"} x`, "{\"model\":\"\xff\"}", "{\"model\":\"\xff\\n\"}",
}

// What encoding/json reads of the first choice is read, and what it refuses is refused.
func TestReadCompletion(t *testing.T) {
	for _, body := range completions {
		var want completion
		wantErr := json.Unmarshal([]byte(body), &want)
		got, err := readCompletion([]byte(body))
		if (err == nil) != (wantErr == nil) {
			t.Errorf("%s: %v, want %v", body, err, wantErr)
		}
		if wantErr != nil {
			continue
		}
		if want.Choices = want.Choices[:min(len(want.Choices), 1)]; len(want.Choices) == 0 {
			want.Choices = nil
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n%+v\nwant\n%+v", body, got, want)
		}
	}
}

func TestReadCompletionUsage(t *testing.T) {
	for raw, want := range map[string]string{
		`{"prompt_tokens":10,"completion_tokens":4,"total_tokens":14,"prompt_tokens_details":{"cached_tokens":6,"cache_write_tokens":2},"completion_tokens_details":{"reasoning_tokens":3},"cost":0.25}`: `{10 4 6 2 3} 0.25`,
		`{"prompt_tokens":10,"completion_tokens":4,"total_tokens":17,"completion_tokens_details":{"reasoning_tokens":3}}`:                                                                                `{10 7 0 0 3} 0`,
		`{"prompt_tokens":10,"prompt_cache_hit_tokens":8,"prompt_tokens_details":{"cached_tokens":6},"completion_tokens_details":null}`:                                                                  `{10 0 8 0 0} 0`,
		`{"prompt_tokens":-1,"completion_tokens":null,"cost":-2}`:                                                                                                                                        `{0 0 0 0 0} 0`,
		`{"prompt_tokens":10,"completion_tokens":"many"}`:                                                                                                                                                `{0 0 0 0 0} 0`,
		`{"prompt_tokens":1.5}`:                               `{0 0 0 0 0} 0`,
		`{"prompt_tokens":10,"prompt_tokens_details":"none"}`: `{0 0 0 0 0} 0`,
		`"none"`: `{0 0 0 0 0} 0`,
		`null`:   `{0 0 0 0 0} 0`,
		``:       `{0 0 0 0 0} 0`,
	} {
		var a pipeline.Asset
		readCompletionUsage(&a, json.RawMessage(raw))
		if got := fmt.Sprint(a.Usage, a.CostUSD); got != want {
			t.Errorf("%s: %s, want %s", raw, got, want)
		}
	}
}
