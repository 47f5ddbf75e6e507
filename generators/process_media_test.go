package generators

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	ground "github.com/GaboBase/arch-genops/generators/loopback"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/pipeline/pipelinetest"
)

// mediaTask is what the media programs of these tests are told.
type mediaTask struct {
	ID     string `json:"id"`
	JobID  string `json:"job_id"`
	Prompt string `json:"prompt"`
	Seed   uint64 `json:"seed"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Output string `json:"output"`
}

func (j *mediaTask) picture() []byte {
	return ground.Picture(fmt.Sprint(j.Prompt, j.Seed), j.Width, j.Height)
}

// makeMediaOnce is a media program; fault may end in "/3": then only every third
// job has it.
func makeMediaOnce(fault string) {
	var j mediaTask
	if err := json.NewDecoder(os.Stdin).Decode(&j); err != nil {
		fmt.Fprintln(os.Stderr, "bad job:", err)
		os.Exit(9)
	}
	var n int
	fmt.Sscanf(j.Prompt[strings.LastIndex(j.Prompt, "number ")+len("number "):], "%d", &n)
	fault, third := strings.CutSuffix(fault, "/3")
	if third && n%3 != 0 {
		fault = ""
	}
	data := j.picture()
	damage := map[string]ground.Damage{"truncated image": ground.Truncated, "wrong type": ground.HTMLPage, "empty image": ground.Emptiness, "bomb": ground.Bomb}[fault]
	write := func(data []byte) {
		if err := os.WriteFile(j.Output, data, 0o600); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(8)
		}
	}
	switch fault {
	case "fails":
		write(data) // a file that must not be taken
		fmt.Fprintln(os.Stderr, "Traceback\nout of memory")
		os.Exit(3)
	case "says error":
		write(data)
		fmt.Println(`{"error":"the model is not there"}`)
		return
	case "busy":
		fmt.Fprintln(os.Stderr, "come back later")
		os.Exit(75)
	case "silent": // ends well, and has made nothing
		return
	case "hang":
		// A child of its own, that must be killed, too.
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), "GENOPS_TEST_CHILD=media-sleeper:"+os.Getenv("GENOPS_TEST_ALIVE"))
		child.Start()
		write(data[:len(data)/2])
		time.Sleep(time.Hour)
	case "elsewhere":
		other := j.Output + ".other"
		os.WriteFile(other, data, 0o600)
		fmt.Printf("loading the model…\n{\"file\":%q,\"seed\":99,\"cost_usd\":0.25,\"model\":\"m1\",\"recipe\":{\"sampler\":\"euler\"}}\n", other)
		return
	}
	write(damage.Apply(data))
	fmt.Printf("50 %%\n{\"seed\":%d}\n", j.Seed)
}

// makeMediaLines is a media program that stays.
func makeMediaLines(fault string) {
	var mu sync.Mutex
	eachLine(func(a asked) {
		go func() {
			var j mediaTask
			b, _ := json.Marshal(a.Vars)
			json.Unmarshal(b, &j)
			// Seeds beyond 2^53 lose digits in a map; these tests have none there.
			output := map[string]any{"seed": j.Seed}
			switch {
			case fault == "fails":
				mu.Lock()
				defer mu.Unlock()
				fmt.Printf("{\"id\":%q,\"error\":\"out of memory\"}\n", a.ID)
				return
			case fault == "hang":
				return
			case fault == "truncated image":
				os.WriteFile(j.Output, ground.Truncated.Apply(j.picture()), 0o600)
			default:
				os.WriteFile(j.Output, j.picture(), 0o600)
			}
			line, _ := json.Marshal(map[string]any{"id": a.ID, "output": output, "cost_usd": 0.5})
			mu.Lock()
			defer mu.Unlock()
			fmt.Println(string(line))
		}()
	})
}

func mediaProgram(t testing.TB, lines bool, fault string) *ProcessMedia {
	t.Helper()
	mode := "media:"
	if lines {
		mode = "media-lines:"
	}
	p, err := NewProcessMedia(ProcessMediaConfig{
		Command: []string{os.Args[0]}, Lines: lines, TempDir: t.TempDir(),
		Env: map[string]string{"GENOPS_TEST_CHILD": mode + fault},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func programJob(n int) pipeline.MediaJob {
	job := comfyJob(n)
	job.Seed, job.Prompt.Style = uint64(1000+n), nil
	return job
}

func programRequest(n int) pipeline.Request {
	job := programJob(n)
	return pipeline.Request{ID: fmt.Sprintf("p%d#1", n), Media: &job, JobID: fmt.Sprintf("6f1c0de0-0000-5000-8000-%012d", n)}
}

func TestProcessMedia(t *testing.T) {
	for name, can := range map[string]pipelinetest.MediaAbilities{
		"Once": {Seeds: true, Sizes: true, Faults: []pipelinetest.MediaFault{
			pipelinetest.MediaFails, pipelinetest.MediaTruncated, pipelinetest.MediaWrongType, pipelinetest.MediaEmpty, pipelinetest.MediaBomb, pipelinetest.MediaHang}},
		"Lines": {Seeds: true, Sizes: true, Faults: []pipelinetest.MediaFault{pipelinetest.MediaTruncated, pipelinetest.MediaHang}},
	} {
		t.Run(name, func(t *testing.T) {
			pipelinetest.Media(t, can, func(tb testing.TB, b pipelinetest.MediaBehaviour) pipelinetest.MediaBackend {
				fault := string(b.Fault)
				if b.Every > 1 {
					fault += fmt.Sprint("/", b.Every)
				}
				return pipelinetest.MediaBackend{Generator: mediaProgram(tb, name == "Lines", fault), Job: programJob}
			})
		})
	}
}

func TestProcessMediaReplies(t *testing.T) {
	for fault, want := range map[string]string{
		"fails":      "out of memory",
		"says error": "the model is not there",
		"busy":       "come back later",
		"silent":     "ended well, but its file can't be used",
	} {
		a, err := mediaProgram(t, false, fault).Generate(t.Context(), programRequest(1))
		if err == nil || !strings.Contains(err.Error(), want) || a.Blob != nil || a.Sends != 1 {
			t.Errorf("%s: %v, %+v", fault, err, a)
		}
		if kind := kindOfError(err); (kind == "transient") != (fault == "busy") {
			t.Errorf("%s is %s", fault, kind)
		}
	}
	a, err := mediaProgram(t, false, "elsewhere").Generate(t.Context(), programRequest(1))
	if err != nil || a.Blob == nil || *a.Seed != 99 || a.CostUSD != 0.25 || a.Model != "m1" || a.Recipe["sampler"] != "euler" {
		t.Errorf("%+v, %v", a, err)
	}
	a, err = mediaProgram(t, true, "").Generate(t.Context(), programRequest(1))
	if err != nil || a.CostUSD != 0.5 {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err = mediaProgram(t, true, "fails").Generate(t.Context(), programRequest(1)); err == nil || !strings.Contains(err.Error(), "out of memory") {
		t.Error(err)
	}
}

// TestProcessMediaLeavesNothing kills a program together with what it started,
// and looks for its files.
func TestProcessMediaLeavesNothing(t *testing.T) {
	temp, alive := t.TempDir(), filepath.Join(t.TempDir(), "alive")
	p, err := NewProcessMedia(ProcessMediaConfig{
		Command: []string{os.Args[0]}, TempDir: temp,
		Env: map[string]string{"GENOPS_TEST_CHILD": "media:hang", "GENOPS_TEST_ALIVE": alive},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := p.Generate(ctx, programRequest(1))
		done <- err
	}()
	size := func() int64 {
		info, err := os.Stat(alive)
		if err != nil {
			return 0
		}
		return info.Size()
	}
	waitFor(t, func() bool { return size() > 0 })
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	still := func() bool { // what it was doing when it was killed it may end
		before := size()
		time.Sleep(200 * time.Millisecond)
		return size() == before
	}
	for tries := 3; !still(); tries-- {
		if tries == 1 {
			t.Fatal("a child of the program lives on")
		}
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) != 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}

// runMediaSleeper writes into a file as long as it lives.
func runMediaSleeper(path string) {
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return
		}
		f.WriteString(".")
		f.Close()
	}
}

func TestProcessMediaConfig(t *testing.T) {
	if _, err := NewProcessMedia(ProcessMediaConfig{}); err == nil {
		t.Error("a configuration without a command is none")
	}
	p, err := NewProcessMedia(ProcessMediaConfig{Command: []string{"./no-such-program"}, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Generate(t.Context(), programRequest(1))
	if kindOfError(err) != "unusable" || !strings.Contains(err.Error(), "media program") || !strings.Contains(err.Error(), "correct command") {
		t.Error(err)
	}
	if err := p.Check(t.Context()); kindOfError(err) != "unusable" {
		t.Error(err)
	}
	for _, job := range []pipeline.MediaJob{{Format: "../x"}, {Width: -1}} {
		if _, _, err := p.Lower(job); err == nil {
			t.Errorf("%+v was lowered", job)
		}
	}
}

func TestProcessMediaLowered(t *testing.T) {
	p, err := NewProcessMedia(ProcessMediaConfig{Command: []string{"x"}, Params: map[string]any{"steps": 3, "device": "cuda"}})
	if err != nil {
		t.Fatal(err)
	}
	lowered, losses, err := p.Lower(fullJob())
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "process_media_full", lowered, losses)
}

func TestParseMediaReply(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "",
		"loading\n":                          "",
		`{"file":"a"}`:                       "a",
		"x\n{\"file\":\"a\"}\nbye\n":         "a",
		"{\"file\":\"a\"}\n{\"file\":\"b\"}": "b",
		"{\n \"file\": \"c\"\n}\n":           "c",
		`{"file":7}`:                         "",
	} {
		r, ok := parseMediaReply([]byte(text))
		if r.File != want || ok != (want != "") {
			t.Errorf("%q: %+v, %v", text, r, ok)
		}
	}
	b := &bounded{most: 4}
	b.Write([]byte("abc"))
	b.Write([]byte("defg"))
	e := &bounded{most: 4, end: true}
	for range 5 {
		e.Write([]byte("abc"))
	}
	if string(b.data) != "abcd" || !bytes.HasSuffix(e.data, []byte("cabc")) || len(e.data) > 8 {
		t.Errorf("%s, %s", b.data, e.data)
	}
}
