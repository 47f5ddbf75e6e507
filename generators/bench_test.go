package generators

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/generators/stubserver"
	"github.com/GaboBase/arch-genops/pipeline"
)

func BenchmarkProcess(b *testing.B) {
	p := agent(b, "echo")
	ctx := context.Background()
	b.SetParallelism(25) // × GOMAXPROCS requests in flight
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			if _, err := p.Generate(ctx, pipeline.Request{Input: "where is my parcel"}); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}

// The benchmarks are to be compared: this client, the chat model, and the
// shortest loop that does the same with net/http.
func BenchmarkHTTPClient(b *testing.B) {
	for _, of := range []struct {
		name string
		new  func(testing.TB, *stubserver.Server) *HTTP
	}{{"chat", chatOf}, {"classify", classifyOf}} {
		b.Run(of.name, func(b *testing.B) {
			h := of.new(b, stub(b, stubserver.Options{}))
			b.SetParallelism(25)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if a, err := h.Generate(context.Background(), pipeline.Request{ID: "c", Input: "where is my parcel"}); err != nil || a.Text == "" {
						b.Error(err)
					}
				}
			})
		})
	}
}

func BenchmarkModel(b *testing.B) {
	for name, stream := range map[string]bool{"whole": false, "stream": true} {
		b.Run(name, func(b *testing.B) {
			s := stub(b, stubserver.Options{})
			m := newModel(b, ModelConfig{Ref: "vllm:m", BaseURL: s.URL() + "/v1", Stream: stream, Getenv: environment()})
			chat := &pipeline.Chat{Messages: []pipeline.Message{{Role: "user", Content: "where is my parcel"}}}
			b.SetParallelism(25)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if a, err := m.Generate(context.Background(), pipeline.Request{ID: "c", Chat: chat}); err != nil || a.Text == "" {
						b.Error(err)
					}
				}
			})
		})
	}
}

func BenchmarkHTTPBare(b *testing.B) {
	for _, path := range []string{"/v1/chat/completions", "/classify"} {
		b.Run(path[strings.LastIndex(path, "/")+1:], func(b *testing.B) {
			url := stub(b, stubserver.Options{}).URL() + path
			t := http.DefaultTransport.(*http.Transport).Clone()
			t.MaxIdleConnsPerHost = 64
			client := &http.Client{Transport: t}
			b.SetParallelism(25)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					body := `{"text":"where is my parcel","messages":[{"role":"user","content":"where is my parcel"}]}`
					resp, err := client.Post(url, "application/json", strings.NewReader(body))
					if err != nil {
						b.Error(err)
						continue
					}
					var reply struct {
						Choices []struct{ Message struct{ Content string } }
						Result  struct{ Label string }
					}
					if err := json.NewDecoder(resp.Body).Decode(&reply); err != nil {
						b.Error(err)
					}
					io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
				}
			})
		})
	}
}
