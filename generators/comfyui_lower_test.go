package generators

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/pipeline"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares what a job is lowered to, and its losses, with a file.
func golden(t *testing.T, name string, lowered json.RawMessage, losses []pipeline.Loss) {
	t.Helper()
	var buf bytes.Buffer
	var top map[string]json.RawMessage
	var nodes map[string]json.RawMessage
	if err := json.Unmarshal(lowered, &top); err != nil {
		t.Fatalf("%v in %s", err, lowered)
	}
	for _, key := range slices.Sorted(maps.Keys(top)) {
		if json.Unmarshal(top[key], &nodes) != nil || key != "prompt" {
			fmt.Fprintf(&buf, "%s: %s\n", key, top[key])
			continue
		}
		for _, id := range slices.Sorted(maps.Keys(nodes)) {
			fmt.Fprintf(&buf, "node %s: %s\n", id, nodes[id])
		}
	}
	for _, l := range losses {
		fmt.Fprintf(&buf, "loss %s fatal=%v: %s\n", l.Field, l.Fatal, l.Say)
	}
	path := filepath.Join("testdata", "lowered", name+".txt")
	if *update {
		if err := os.WriteFile(path, buf.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, buf.Bytes()) {
		t.Errorf("%s is not what it was (run with -update if that is right):\n%s", path, buf.String())
	}
}

// fullJob uses every field of a media prompt.
func fullJob() pipeline.MediaJob {
	digest := "sha256:" + strings.Repeat("ab", 32)
	return pipeline.MediaJob{
		Model: "dreamshaper_8", Seed: 18446744073709551615, Width: 768, Height: 512, Format: "webp",
		Params: map[string]any{"steps": "30", "cfg": 5.5, "sampler": "euler", "8.vae_note": nil},
		Prompt: pipeline.MediaPrompt{
			Subject: "a red (car) <lora:evil:9> at 16:9, embedding:nasty", Style: []string{"product photograph"}, Mood: []string{"calm"},
			Lighting: []string{"softbox"}, Camera: []string{"85 mm"}, Palette: []string{"teal", "#ff8800"}, Stimulus: []string{"sharp focus"},
			Negative: []string{"blurry", "text"}, Text: []string{`SALE "50%"`},
			Weights:    map[string]float64{"red": 1.3, "calm": 0.8, "nowhere": 1.1},
			LoRAs:      []pipeline.LoRA{{Name: "add_detail", Text: 1, Unet: 0.7}, {Name: "styles/ink.safetensors", Text: 0, Unet: -0.5}},
			Hypernets:  []pipeline.Hypernet{{Name: "watercolor", Weight: 0.6}},
			Embeddings: []pipeline.Inversion{{Name: "EasyNegative", Weight: 1.2, Negative: true}, {Name: "charm", Weight: 1}},
			References: []pipeline.Reference{{Path: "in/photo.jpg", Digest: digest, Role: "init"}, {Path: "in/style.png", Digest: digest, Role: "style"}},
		},
	}
}

func lowerer(t *testing.T, cfg ComfyUIConfig) *ComfyUI {
	t.Helper()
	c, err := NewComfyUI(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestComfyUILowered(t *testing.T) {
	plain := pipeline.MediaJob{Model: "m.ckpt", Seed: 7, Prompt: pipeline.MediaPrompt{Subject: "a cat"}}
	full := fullJob()
	delete(full.Params, "8.vae_note")
	masked := plain
	masked.Prompt.References = []pipeline.Reference{
		{Path: "a.png", Digest: "sha256:" + strings.Repeat("cd", 32)}, {Path: "m.png", Digest: "sha256:" + strings.Repeat("ef", 32), Role: "mask"},
	}
	own := ComfyUIConfig{
		Workflow: filepath.Join("testdata", "workflows", "sdxl_batch.json"), Output: "final",
		Slots: map[string]string{"prompt": "positive.text_g, positive.text_l"}, Params: map[string]any{"steps": 20, "refine.denoise": 0.2},
	}
	lora := plain
	lora.Prompt.LoRAs = []pipeline.LoRA{{Name: "pixel-art-xl", Text: 1, Unet: 1}}
	for _, test := range []struct {
		name string
		cfg  ComfyUIConfig
		job  pipeline.MediaJob
	}{
		{"comfyui_plain", ComfyUIConfig{}, plain},
		{"comfyui_full", ComfyUIConfig{Params: map[string]any{"steps": 10, "scheduler": "normal"}}, full},
		{"comfyui_inpaint", ComfyUIConfig{}, masked},
		{"comfyui_own_batch_lora", own, lora},
		{"comfyui_flux", ComfyUIConfig{Workflow: filepath.Join("testdata", "workflows", "flux.json")}, lora},
	} {
		t.Run(test.name, func(t *testing.T) {
			lowered, losses, err := lowerer(t, test.cfg).Lower(test.job)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, test.name, lowered, losses)
		})
	}
}

func TestComfyUILowerErrors(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*pipeline.MediaJob)
		want   []string
	}{
		"unknown parameter":  {func(j *pipeline.MediaJob) { j.Params = map[string]any{"stepz": 3} }, []string{`"stepz"`, `did you mean "steps"`, "scheduler"}},
		"unknown node":       {func(j *pipeline.MediaJob) { j.Params = map[string]any{"77.seed": 3} }, []string{"77", `node 3 "Sampler"`}},
		"unknown input":      {func(j *pipeline.MediaJob) { j.Params = map[string]any{"3.sed": 3} }, []string{`"sed"`, "seed"}},
		"linked input":       {func(j *pipeline.MediaJob) { j.Params = map[string]any{"3.model": 3} }, []string{"comes from node 4"}},
		"no number":          {func(j *pipeline.MediaJob) { j.Params = map[string]any{"steps": "many"} }, []string{`"many" is no number`}},
		"not a number":       {func(j *pipeline.MediaJob) { j.Params = map[string]any{"cfg": "NaN"} }, []string{"no number"}},
		"odd width":          {func(j *pipeline.MediaJob) { j.Width = 513 }, []string{"513", "multiple of 8"}},
		"huge":               {func(j *pipeline.MediaJob) { j.Height = 1 << 20 }, []string{"16384"}},
		"no model":           {func(j *pipeline.MediaJob) { j.Model = "" }, []string{"--model"}},
		"weight":             {func(j *pipeline.MediaJob) { j.Prompt.Weights = map[string]float64{"cat": 0} }, []string{"above 0"}},
		"lora strength":      {func(j *pipeline.MediaJob) { j.Prompt.LoRAs = []pipeline.LoRA{{Name: "x", Unet: 101}} }, []string{"-100..100"}},
		"hypernet weight":    {func(j *pipeline.MediaJob) { j.Prompt.Hypernets = []pipeline.Hypernet{{Name: "x", Weight: 11}} }, []string{"-10..10"}},
		"embedding injected": {func(j *pipeline.MediaJob) { j.Prompt.Embeddings = []pipeline.Inversion{{Name: "a:9) (b", Weight: 1}} }, []string{"no embedding's name"}},
		"role":               {func(j *pipeline.MediaJob) { j.Prompt.References = []pipeline.Reference{{Path: "a", Role: "pose"}} }, []string{`"pose"`, "init, mask, style"}},
	} {
		t.Run(name, func(t *testing.T) {
			job := pipeline.MediaJob{Model: "m", Prompt: pipeline.MediaPrompt{Subject: "a cat"}}
			test.change(&job)
			_, _, err := lowerer(t, ComfyUIConfig{}).Lower(job)
			for _, want := range test.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("the error %v does not say %q", err, want)
				}
			}
		})
	}
}

func TestWorkflowFiles(t *testing.T) {
	for name, test := range map[string]struct {
		data, want string
		cfg        ComfyUIConfig
	}{
		"ui format":    {data: `{"last_node_id":9,"nodes":[{"id":3}],"links":[[1,2,3]],"version":0.4}`, want: "Export (API)"},
		"no json":      {data: `nodes: []`, want: "no JSON object"},
		"empty":        {data: `{}`, want: "no nodes"},
		"no class":     {data: `{"1":{"inputs":{}}}`, want: "no class_type"},
		"dead link":    {data: `{"1":{"class_type":"SaveImage","inputs":{"images":["8",0]}}}`, want: "node 8, which does not exist"},
		"no output":    {data: `{"1":{"class_type":"CLIPTextEncode","inputs":{"text":""}}}`, want: "SaveImage"},
		"two outputs":  {data: `{"1":{"class_type":"LoadImage","inputs":{"image":"a"}},"2":{"class_type":"SaveImage","inputs":{"images":["1",0]}},"3":{"class_type":"SaveImage","inputs":{"images":["1",0]}}}`, want: "node 2 (SaveImage), node 3 (SaveImage): name"},
		"no prompt":    {data: `{"1":{"class_type":"LoadImage","inputs":{"image":"a"}},"2":{"class_type":"SaveImage","inputs":{"images":["1",0]}}}`, want: "slots.prompt"},
		"unknown slot": {data: simpleWorkflow, cfg: ComfyUIConfig{Slots: map[string]string{"promt": "6"}}, want: `did you mean "prompt"`},
		"bad slot":     {data: simpleWorkflow, cfg: ComfyUIConfig{Slots: map[string]string{"seed": "6.seed"}}, want: `no input "seed"`},
		"bad output":   {data: simpleWorkflow, cfg: ComfyUIConfig{Output: "Bild"}, want: `title "Bild"`},
		"posted form":  {data: `{"prompt":` + simpleWorkflow + `,"client_id":"x"}`},
		"good":         {data: simpleWorkflow},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "w.json")
			if err := os.WriteFile(path, []byte(test.data), 0o600); err != nil {
				t.Fatal(err)
			}
			test.cfg.Workflow = path
			_, err := NewComfyUI(test.cfg)
			switch {
			case test.want == "" && err != nil:
				t.Error(err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "w.json")):
				t.Errorf("the error %v does not say %q and the file", err, test.want)
			}
		})
	}
}

const simpleWorkflow = `{"6":{"class_type":"CLIPTextEncode","inputs":{"text":"x","clip":["4",1]}},"4":{"class_type":"CheckpointLoaderSimple","inputs":{"ckpt_name":"m"}},
"3":{"class_type":"KSampler","inputs":{"seed":1,"model":["4",0],"positive":["6",0]}},"9":{"class_type":"SaveImage","inputs":{"images":["3",0]}}}`

// weighted is a piece of text with its emphasis.
type weighted struct {
	text   string
	weight float64
}

// readWeights takes a text apart as ComfyUI does: (…) multiplies by 1.1, (…:w) by
// w, \( and \) are letters.
func readWeights(text string) []weighted {
	text = strings.NewReplacer(`\)`, "\x01", `\(`, "\x02").Replace(text)
	return readGroup(text, 1)
}

func readGroup(text string, weight float64) (out []weighted) {
	depth, begin := 0, 0
	flush := func(end int) {
		if end > begin {
			out = append(out, weighted{strings.NewReplacer("\x01", ")", "\x02", "(").Replace(text[begin:end]), weight})
		}
	}
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '(':
			if depth == 0 {
				flush(i)
				begin = i + 1
			}
			depth++
		case ')':
			if depth--; depth == 0 {
				inner, w := text[begin:i], weight*1.1
				if at := strings.LastIndex(inner, ":"); at > 0 {
					if f, err := strconv.ParseFloat(inner[at+1:], 64); err == nil {
						inner, w = inner[:at], f
					}
				}
				out = append(out, readGroup(inner, w)...)
				begin = i + 1
			}
		}
	}
	flush(len(text))
	return out
}

func checkEscaped(t *testing.T, text string) {
	t.Helper()
	escaped := escapeWeights(text)
	for _, w := range readWeights("x " + escaped + " y") {
		if w.weight != 1 {
			t.Errorf("%q became %q, where %q weighs %v", text, escaped, w.text, w.weight)
		}
	}
	if regexp.MustCompile(`(?i)embedding:|<lora:|<hypernet:`).MatchString(escaped) {
		t.Errorf("%q became %q, which has a meaning", text, escaped)
	}
	if strings.ContainsAny(escaped, "\n\r\x00") {
		t.Errorf("%q became %q, with control characters", text, escaped)
	}
}

func TestEscapeWeights(t *testing.T) {
	for text, want := range map[string]string{
		"plain, words":              "plain, words",
		"a (big:1.5) cat":           `a \(big :1.5\) cat`,
		"[x|y] <lora:a:1>":          `\[x\|y\] \<lora :a :1\>`,
		"16:9 at 12:30, note: blue": "16:9 at 12:30, note: blue",
		"embedding:x Embedding: y":  "embedding :x Embedding : y",
		`c:\dir`:                    `c :\\dir`,
		"two\nlines":                "two lines",
	} {
		if got := escapeWeights(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
		checkEscaped(t, text)
	}
}

func FuzzEscapeWeights(f *testing.F) {
	for _, s := range []string{"a (b:2) c", `\(x\) \\((y:3)`, "((((", "))))(", "<lora:x:1>embedding:y", "[a:b:0.5] {c|d}", "é:ü \u2028:x", `\`} {
		f.Add(s, "b")
	}
	f.Fuzz(func(t *testing.T, text, term string) {
		checkEscaped(t, text)
		if term = strings.TrimSpace(term); term == "" || strings.ContainsAny(term, "()") {
			return
		}
		w := newWeigher(map[string]float64{term: 2})
		for _, piece := range readWeights("x " + w.write(text) + " y") {
			if piece.weight == 2 && !strings.EqualFold(strings.Join(strings.Fields(piece.text), " "), strings.Join(strings.Fields(escapeWeights(term)), " ")) {
				t.Errorf("%q with the weight on %q weighs %q", text, term, piece.text)
			} else if piece.weight != 1 && piece.weight != 2 {
				t.Errorf("%q with the weight on %q weighs %q %v", text, term, piece.text, piece.weight)
			}
		}
	})
}

func TestWeigher(t *testing.T) {
	for _, test := range []struct {
		text    string
		weights map[string]float64
		want    string
	}{
		{"a red car, a RED card", map[string]float64{"red": 1.3}, "a (red:1.3) car, a (RED:1.3) card"},
		{"a red car", map[string]float64{"red": 1.3, "red car": 0.5}, "a (red car:0.5)"},
		{"cargo", map[string]float64{"car": 2}, "cargo"},
		{"back\\red", map[string]float64{"red": 2}, `back\\ (red:2)`},
		{"日本 の car", map[string]float64{"car": 2}, "日本 の (car:2)"},
		{"C++ code", map[string]float64{"c++": 1.2}, "(C++:1.2) code"},
	} {
		if got := newWeigher(test.weights).write(test.text); got != test.want {
			t.Errorf("%q became %q, want %q", test.text, got, test.want)
		}
	}
	w := newWeigher(map[string]float64{"a": 1.1, "zebra": 2})
	w.write("a b")
	if u := w.unused(); len(u) != 1 || u[0] != "zebra" {
		t.Errorf("unused are %v", u)
	}
}
