package stubserver

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

func newServer(t *testing.T, opts Options) *Server {
	t.Helper()
	s, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func post(t *testing.T, url, body string) (*http.Response, string, error) {
	t.Helper()
	resp, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp, string(b), err
}

const hello = `{"text":"hello \"you\""}`

func TestAnswers(t *testing.T) {
	s := newServer(t, Options{})
	_, body, err := post(t, s.URL()+"/classify", hello)
	if err != nil || body != `{"result":{"label":"hello \"you\""}}`+"\n" {
		t.Errorf("%s, %v", body, err)
	}
	resp, body, err := post(t, s.URL()+"/v1/chat/completions", `{"model":"m","messages":[{"role":"user","content":"a b c"}]}`)
	if err != nil || resp.Header.Get("Content-Type") != "application/json" ||
		!strings.Contains(body, `"content":"a b c"`) || !strings.Contains(body, `"prompt_tokens":3`) {
		t.Errorf("%s, %v", body, err)
	}
	if resp, _, _ := post(t, s.URL()+"/classify", `{}`); resp.StatusCode != 400 {
		t.Errorf("a request without text got %d", resp.StatusCode)
	}
	if s.Received() != 3 || s.Answered() != 2 {
		t.Errorf("received %d, answered %d", s.Received(), s.Answered())
	}
}

func TestMaxInFlightAndLatency(t *testing.T) {
	s := newServer(t, Options{Latency: 100 * time.Millisecond})
	at := time.Now()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { post(t, s.URL()+"/classify", hello) })
	}
	wg.Wait()
	if took := time.Since(at); took < 100*time.Millisecond {
		t.Errorf("8 calls took %v", took)
	}
	if s.MaxInFlight() < 2 || s.MaxInFlight() > 8 {
		t.Errorf("most in flight: %d", s.MaxInFlight())
	}
}

func TestFaultsAndCounts(t *testing.T) {
	s := newServer(t, Options{Fault: Every(3, TooMany), RetryAfter: 1500 * time.Millisecond})
	limited := 0
	for range 9 {
		resp, _, err := post(t, s.URL()+"/classify", hello)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode == 429 {
			limited++
			if resp.Header.Get("Retry-After") != "2" {
				t.Errorf("Retry-After %q", resp.Header.Get("Retry-After"))
			}
		}
	}
	if limited != 3 || s.Received() != 9 || s.Answered() != 6 {
		t.Errorf("%d limited, %d received, %d answered", limited, s.Received(), s.Answered())
	}
}

func TestCuts(t *testing.T) {
	for _, f := range []Fault{Cut, CutBody} {
		s := newServer(t, Options{Fault: First(1, f)})
		if _, _, err := post(t, s.URL()+"/classify", hello); err == nil {
			t.Errorf("fault %d: no error", f)
		}
		if _, _, err := post(t, s.URL()+"/classify", hello); err != nil {
			t.Errorf("fault %d, next call: %v", f, err)
		}
	}
	s := newServer(t, Options{CutAccept: func(n int64) bool { return n == 1 }})
	if _, _, err := post(t, s.URL()+"/classify", hello); err == nil || s.Received() != 0 {
		t.Errorf("cut at accept: %v, received %d", err, s.Received())
	}
}

func TestRateIsAnnounced(t *testing.T) {
	s := newServer(t, Options{Rate: 2})
	refused := 0
	for n := 0; refused < 2 && n < 100; n++ { // the rate is for every second anew
		resp, _, err := post(t, s.URL()+"/classify", hello)
		if err != nil || resp.Header.Get("X-Ratelimit-Limit-Requests") != "2" {
			t.Fatalf("%v", err)
		}
		if resp.StatusCode == 429 {
			refused++
		}
	}
	if refused < 2 {
		t.Errorf("%d were refused", refused)
	}
}

func TestRestartOnTheSamePort(t *testing.T) {
	s := newServer(t, Options{})
	url := s.URL()
	s.Stop()
	if _, _, err := post(t, url+"/classify", hello); err == nil {
		t.Error("a stopped server answered")
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := post(t, url+"/classify", hello); err != nil || s.URL() != url {
		t.Errorf("%s: %v", s.URL(), err)
	}
}
