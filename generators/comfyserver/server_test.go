package comfyserver

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image/png"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

const id1 = "00000000-0000-4000-8000-000000000001"

const graph = `{"3":{"class_type":"KSampler","inputs":{"seed":%d,"steps":2,"cfg":7,"sampler_name":"euler","scheduler":"normal","denoise":1,"model":["4",0],"positive":["6",0],"negative":["6",0],"latent_image":["5",0]}},
"4":{"class_type":"CheckpointLoaderSimple","inputs":{"ckpt_name":"dreamshaper_8.safetensors"}},"5":{"class_type":"EmptyLatentImage","inputs":{"width":64,"height":32,"batch_size":1}},
"6":{"class_type":"CLIPTextEncode","inputs":{"text":"a cat","clip":["4",1]}},"8":{"class_type":"VAEDecode","inputs":{"samples":["3",0],"vae":["4",2]}},
"9":{"class_type":"SaveImage","inputs":{"filename_prefix":"x/y","images":["8",0]}}%s}`

func start(t *testing.T, opts Options) *Server {
	t.Helper()
	s, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func call(t *testing.T, s *Server, method, path, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, s.URL()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
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

func submit(t *testing.T, s *Server, id string, seed int, more string) (int, string) {
	t.Helper()
	return call(t, s, "POST", "/prompt", fmt.Sprintf(`{"client_id":"me","prompt_id":%q,"prompt":`+graph+`}`, id, seed, more))
}

// listen connects as client and returns what its socket says: the type of each
// event, with the node of "executing".
func listen(t *testing.T, s *Server, client string) (events func() string, conn *websocket.Conn) {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), "ws"+s.URL()[4:]+"/ws?clientId="+client, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.CloseNow() })
	return func() string {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		kind, data, err := conn.Read(ctx)
		if err != nil {
			return "end"
		}
		if kind == websocket.MessageBinary {
			return "binary"
		}
		var e struct {
			Type string `json:"type"`
			Data struct {
				Node   *string `json:"node"`
				Status struct {
					Info struct {
						Left int `json:"queue_remaining"`
					} `json:"exec_info"`
				} `json:"status"`
			} `json:"data"`
		}
		if err := json.Unmarshal(data, &e); err != nil {
			t.Fatal(err)
		}
		switch {
		case e.Type == "executing" && e.Data.Node == nil:
			return "executing null"
		case e.Type == "status":
			return fmt.Sprint("status ", e.Data.Status.Info.Left)
		}
		return e.Type
	}, conn
}

// TestEvents checks the order of events, the race with the history, and what a
// cache leaves out.
func TestEvents(t *testing.T) {
	s := start(t, Options{Steps: 2, HistoryDelay: time.Second, Latency: 30 * time.Millisecond})
	next, _ := listen(t, s, "me")
	if e := next(); e != "status 0" {
		t.Errorf("first comes %s", e)
	}
	if code, body := submit(t, s, id1, 1, ""); code != 200 || !strings.Contains(body, `"node_errors":{}`) || !strings.Contains(body, id1) {
		t.Fatalf("%d %s", code, body)
	}
	var events []string
	for {
		e := next()
		if len(events) > 0 && e == events[len(events)-1] && strings.HasPrefix(e, "progress") {
			continue
		}
		events = append(events, e)
		if e == "execution_success" {
			if _, body := call(t, s, "GET", "/history/"+id1, ""); strings.TrimSpace(body) != "{}" {
				t.Errorf("the history knows already: %s", body)
			}
		}
		if e == "executing null" || e == "end" {
			break
		}
	}
	text := strings.Join(events, " ")
	if !strings.HasPrefix(text, "status 1 execution_start execution_cached executing progress_state") ||
		!strings.Contains(text, "progress_state progress binary progress_state progress binary") ||
		!strings.HasSuffix(text, "executed progress_state execution_success status 0 executing null") {
		t.Errorf("the order is %s", text)
	}
	_, body := call(t, s, "GET", "/history/"+id1, "")
	for _, want := range []string{`"status_str":"success"`, `"completed":true`, `"subfolder":"x"`, `"type":"output"`, `["execution_start"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the history has no %s: %s", want, body)
		}
	}
	submit(t, s, id1[:35]+"2", 1, "")
	for e := next(); e != "executing null" && e != "end"; e = next() {
		if e == "executing" || e == "executed" {
			t.Errorf("a cached graph was executed: %s", e)
		}
	}
	if st := s.Tally.Stats(); st.Made != 2 || st.Billed != 1 || st.Submitted != 2 {
		t.Errorf("%+v", st)
	}
}

func TestImagesDependOnTheGraphAlone(t *testing.T) {
	view := func(s *Server, id string, seed int) string {
		if code, body := submit(t, s, id, seed, ""); code != 200 {
			t.Fatal(body)
		}
		for range 12000 {
			_, body := call(t, s, "GET", "/api/history/"+id, "")
			if _, rest, ok := strings.Cut(body, `"filename":"`); ok {
				name, _, _ := strings.Cut(rest, `"`)
				code, data := call(t, s, "GET", "/view?type=output&subfolder=x&filename="+name, "")
				if img, err := png.Decode(bytes.NewReader([]byte(data))); code != 200 || err != nil || img.Bounds().Dx() != 64 {
					t.Fatal(code, err)
				}
				if !strings.Contains(data, "tEXtprompt") {
					t.Error("the workflow is not in it")
				}
				return data
			}
			time.Sleep(5 * time.Millisecond)
		}
		t.Fatal("it was not made")
		return ""
	}
	a, b := start(t, Options{}), start(t, Options{})
	one, two := view(a, id1, 1), view(b, id1, 1)
	if one != two {
		t.Error("two servers made different images")
	}
	if other := view(a, id1[:35]+"2", 2); other == one {
		t.Error("another seed made the same image")
	}
}

func TestRefusals(t *testing.T) {
	s := start(t, Options{Release: Newest})
	for name, test := range map[string]struct {
		body string
		want []string
	}{
		"no prompt":  {`{}`, []string{"400", `"no_prompt"`}},
		"no class":   {`{"prompt":{"1":{"inputs":{}}}}`, []string{"400", `"invalid_prompt"`, "#1"}},
		"unknown":    {`{"prompt":{"1":{"class_type":"Magic","inputs":{}}}}`, []string{"400", "Magic does not exist"}},
		"no outputs": {`{"prompt":{"1":{"class_type":"VAELoader","inputs":{"vae_name":"x"}}}}`, []string{"400", `"prompt_no_outputs"`}},
		"value":      {`{"prompt":` + fmt.Sprintf(graph, 1, "")[:10] + strings.Replace(fmt.Sprintf(graph, 1, ""), "dreamshaper_8", "nope", 1)[10:] + `}`, []string{"400", `"value_not_in_list"`, `"prompt_outputs_failed_validation"`, `"dependent_outputs":["9"]`}},
		"id":         {`{"prompt_id":"ABC","prompt":` + fmt.Sprintf(graph, 1, "") + `}`, []string{"400", `"invalid_prompt_id"`}},
		"half": {`{"prompt":` + fmt.Sprintf(graph, 1, `,"10":{"class_type":"SaveImage","inputs":{"filename_prefix":"z"}}`) + `}`,
			[]string{"200", `"required_input_missing"`, `"10"`}},
	} {
		code, body := call(t, s, "POST", "/prompt", test.body)
		for _, want := range test.want {
			if !strings.Contains(fmt.Sprint(code, " ", body), want) {
				t.Errorf("%s: %d %s, want %s", name, code, body, want)
			}
		}
	}
}

func TestRestartForgets(t *testing.T) {
	s := start(t, Options{Latency: time.Minute})
	next, _ := listen(t, s, "me")
	next()
	submit(t, s, id1, 1, "")
	submit(t, s, id1[:35]+"2", 2, "")
	if _, body := call(t, s, "GET", "/queue", ""); !strings.Contains(body, id1) || !strings.Contains(body, id1[:35]+"2") {
		t.Errorf("the queue is %s", body)
	}
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	if _, body := call(t, s, "GET", "/queue", ""); body != `{"queue_pending":[],"queue_running":[]}` {
		t.Errorf("after a restart the queue is %s", body)
	}
	for e := next(); e != "end"; e = next() {
	}
	if st := s.Tally.Stats(); st.Submitted != 2 || st.Made != 0 {
		t.Errorf("%+v", st)
	}
}

func TestInterruptAndSockets(t *testing.T) {
	s := start(t, Options{Latency: time.Minute})
	mine, _ := listen(t, s, "me")
	other, _ := listen(t, s, "other")
	submit(t, s, id1, 1, "")
	call(t, s, "POST", "/interrupt", `{"prompt_id":"00000000-0000-4000-8000-00000000000f"}`)
	time.Sleep(50 * time.Millisecond)
	if s.Queued() != 1 {
		t.Error("somebody else's ID interrupted the job")
	}
	call(t, s, "POST", "/interrupt", `{}`)
	for _, next := range []func() string{mine, other} {
		e := next()
		for ; e != "execution_interrupted" && e != "end"; e = next() {
		}
		if e == "end" {
			t.Error("the interrupt was not told")
		}
	}
	// A new socket with the same ID takes the events, the old one stays silent.
	again, conn := listen(t, s, "me")
	again()
	submit(t, s, id1, 2, "")
	for e := again(); e != "execution_start"; e = again() {
		if e == "end" {
			t.Fatal("the new socket heard nothing")
		}
	}
	conn.CloseNow()
}

func TestGuards(t *testing.T) {
	s := start(t, Options{})
	req, _ := http.NewRequest("GET", s.URL()+"/queue", nil)
	req.Header.Set("Origin", "http://evil.example")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 403 {
		t.Errorf("another origin got %d", resp.StatusCode)
	}
	if code, _ := call(t, s, "GET", "/api/jobs/"+id1, ""); code != 404 {
		t.Errorf("/api/jobs: %d", code)
	}
	for path, want := range map[string]int{"/view?filename=../x": 400, "/view?filename=x": 404, "/view?filename=x&subfolder=../y": 403, "/object_info/KSampler": 200, "/models/loras": 200, "/models/none": 404, "/__stats": 200} {
		if code, _ := call(t, s, "GET", path, ""); code != want {
			t.Errorf("%s: %d, want %d", path, code, want)
		}
	}
}
