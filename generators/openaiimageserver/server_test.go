package openaiimageserver

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image/png"
	"io"
	"net/http"
	"strings"
	"testing"
)

func start(t *testing.T, opts Options) *Server {
	t.Helper()
	s, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func post(t *testing.T, s *Server, job, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequest("POST", s.URL()+"/v1/images/generations", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Client-Request-Id", job)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error()
	}
	return resp.StatusCode, string(b)
}

func TestImagesAndCharges(t *testing.T) {
	s := start(t, Options{Fault: First(1, CutAfter)})
	const body = `{"model":"gpt-image-2","prompt":"a cat","size":"1024x1024","quality":"high"}`
	if code, _ := post(t, s, "a", body); code != 0 {
		t.Errorf("the first reply was to be cut, and is %d", code)
	}
	var replies [2]struct {
		Data []struct {
			B64 string `json:"b64_json"`
		} `json:"data"`
		Usage struct {
			Output int `json:"output_tokens"`
		} `json:"usage"`
	}
	for i := range replies {
		code, text := post(t, s, "a", body)
		if err := json.Unmarshal([]byte(text), &replies[i]); code != 200 || err != nil {
			t.Fatal(code, text, err)
		}
	}
	data, err := base64.StdEncoding.DecodeString(replies[0].Data[0].B64)
	if img, bad := png.Decode(bytes.NewReader(data)); err != nil || bad != nil || img.Bounds().Dx() != 1024 {
		t.Error(err, bad)
	}
	if replies[0].Data[0].B64 != replies[1].Data[0].B64 || replies[0].Usage.Output != 7024 {
		t.Errorf("two equal requests differ, or have %d tokens", replies[0].Usage.Output)
	}
	st := s.Tally.Stats()
	if st.Billed != 3 || st.Repeated != 2 || st.USD < 0.63 || st.USD > 0.64 || st.Jobs["a"].Made != 3 {
		t.Errorf("%+v", st)
	}
}

func TestRefusals(t *testing.T) {
	s := start(t, Options{Banned: "knife"})
	long := strings.Repeat("x", 32001)
	for body, want := range map[string]string{
		`{"model":"dall-e-3","prompt":"a"}`:                                                        "404 model_not_found",
		`{"model":"gpt-image-1","prompt":"a"}`:                                                     "404 model_not_found",
		`{"model":"gpt-image-2","prompt":"a","response_format":"url"}`:                             "400 unknown_parameter",
		`{"model":"gpt-image-2","prompt":"a","quality":"hd"}`:                                      "400 invalid_value",
		`{"model":"gpt-image-1.5","prompt":"a","size":"1040x1024"}`:                                "400 invalid_value",
		`{"model":"gpt-image-2","prompt":"a","size":"1000x1024"}`:                                  "400 invalid_value",
		`{"model":"gpt-image-2","prompt":"a","n":11}`:                                              "400 integer_out_of_range",
		`{"model":"gpt-image-2","prompt":"` + long + `"}`:                                          "400 string_above_max_length",
		`{"model":"gpt-image-1.5","prompt":"a","background":"transparent","output_format":"jpeg"}`: "400 invalid_value",
		`{"model":"gpt-image-2","prompt":"a knife"}`:                                               "400 moderation_blocked",
		`{"prompt":"a"}`: "400 missing_required_parameter",
	} {
		code, text := post(t, s, "b", body)
		status, kind, _ := strings.Cut(want, " ")
		if fmt.Sprint(code) != status || !strings.Contains(text, `"code":"`+kind+`"`) {
			t.Errorf("%.90s: %d %s, want %s", body, code, text, want)
		}
	}
	if st := s.Tally.Stats(); st.Billed != 0 {
		t.Errorf("refused requests were charged: %+v", st)
	}
}

func TestStream(t *testing.T) {
	s := start(t, Options{})
	code, text := post(t, s, "c", `{"model":"gpt-image-2.6-flare","prompt":"a cat","size":"1024x640","stream":true,"partial_images":2}`)
	if code != 200 || strings.Count(text, "event: image_generation.partial_image\n") != 2 || strings.Count(text, "event: image_generation.completed\n") != 1 || !strings.Contains(text, `"output_tokens"`) {
		t.Errorf("%d %.300s", code, text)
	}
}
