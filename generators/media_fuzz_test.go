package generators

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	ground "github.com/GaboBase/arch-genops/generators/loopback"
	"github.com/GaboBase/arch-genops/pipeline"
)

const fuzzJob = "6f1c0de0-0000-5000-8000-000000000001"

func FuzzComfyHistory(f *testing.F) {
	f.Add([]byte(`{"` + fuzzJob + `":{"prompt":[1,"x",` + simpleWorkflow + `,{},["9"]],"outputs":{"9":{"images":[{"filename":"a_1_.png","subfolder":"x","type":"output"}]}},"status":{"status_str":"success","completed":true,"messages":[["execution_start",{}]]}}}`))
	f.Add([]byte(`{"` + fuzzJob + `":{"status":{"status_str":"error","messages":[["execution_error",{"node_id":"3","node_type":"K","exception_type":"E","exception_message":"m"}]]}}}`))
	f.Add([]byte(`{"` + fuzzJob + `":{"status":{"messages":[["execution_interrupted",{}],[],[1,2],null]}}}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := parseHistory(body, fuzzJob)
		if e == nil || err != nil {
			return
		}
		e.failure()
		if w, target, err := e.graph(); err == nil {
			if w[target] == nil {
				t.Errorf("the output %q is no node", target)
			}
			w.recipe(target)
		}
	})
}

func FuzzComfyEvent(f *testing.F) {
	for _, s := range []string{
		`{"type":"executing","data":{"node":null,"prompt_id":"a"}}`, `{"type":"execution_success","data":{"prompt_id":"a","timestamp":1}}`,
		`{"type":"status","data":{"status":{"exec_info":{"queue_remaining":0}},"sid":"x"}}`, `{"type":"executing","data":{"node":"3","prompt_id":"a"}}`,
		`{"type":"executing","data":[]}`, "\x00\x00\x00\x01",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		if id, final := parseEvent(frame); final && id == "" {
			t.Error("nobody's job is over")
		}
	})
}

func FuzzComfyReplies(f *testing.F) {
	f.Add([]byte(`{"prompt_id":"a","number":1,"node_errors":{}}`))
	f.Add([]byte(`{"error":{"type":"prompt_outputs_failed_validation","message":"m","details":"d","extra_info":{}},"node_errors":{"3":{"errors":[{"type":"t","message":"m","details":"d","extra_info":{}}],"dependent_outputs":["9"],"class_type":"KSampler"}}}`))
	f.Add([]byte(`{"error":{"type":"no_prompt"},"node_errors":[]}`))
	f.Add([]byte(`{"queue_running":[[1,"a",{},{},["9"]]],"queue_pending":[[2,"b"],[3],[]]}`))
	f.Add([]byte(`{"KSampler":{"input":{"required":{"seed":["INT",{"min":0,"max":18446744073709551615}],"sampler_name":[["euler","heun"],{}],"lora":["COMBO",{"options":["a",1,null]}],"odd":[],"odder":7}}}}`))
	f.Add([]byte(`{"system":{"comfyui_version":"0.3.64"},"devices":[{"name":"cuda:0"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if s, ok := parseSubmitted(body); ok {
			s.text()
		}
		parseQueue(body)
		version, _ := parseSystemStats(body)
		k := comfyCatalog{version: version}
		k.since(0, 3, 60)
		var err error
		if k.classes, err = parseObjectInfo(body); err == nil {
			w, err := parseWorkflow("x", []byte(simpleWorkflow))
			if err != nil {
				t.Fatal(err)
			}
			k.problems(w, []pipeline.Inversion{{Name: "a"}})
		}
	})
}

func FuzzWorkflow(f *testing.F) {
	f.Add([]byte(simpleWorkflow))
	f.Add([]byte(`{"prompt":` + simpleWorkflow + `}`))
	f.Add([]byte(`{"nodes":[],"links":[],"version":0.4}`))
	f.Add([]byte(`{"1":{"class_type":"A","inputs":{"model":["1",0],"latent_image":["2",0],"images":["2",1],"text":"x","seed":1}},"2":{"class_type":"SaveImage","inputs":{"images":["1",0],"batch_size":4,"latent_image":["1",0]}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := newGraph("x.json", data, "", nil)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without a text")
			}
			return
		}
		before, _ := json.Marshal(g.nodes)
		c := &ComfyUI{graphs: map[string]*graph{"": g}}
		job := fullJob()
		job.Params = nil
		one, _, errOne := c.Lower(job)
		two, _, errTwo := c.Lower(job)
		if !bytes.Equal(one, two) || (errOne == nil) != (errTwo == nil) {
			t.Errorf("lowered twice, it gives\n%s and\n%s", one, two)
		}
		if after, _ := json.Marshal(g.nodes); !bytes.Equal(before, after) {
			t.Error("lowering a job changed the workflow")
		}
		if errOne != nil {
			return
		}
		p, err := parseLowered(one)
		if err != nil {
			t.Fatalf("%v in %s", err, one)
		}
		if seeds := g.slots["seed"]; len(seeds) > 0 && string(p.Prompt[seeds[0].node].Inputs[seeds[0].input].(json.Number)) != "18446744073709551615" {
			t.Errorf("the seed is %v", p.Prompt[seeds[0].node].Inputs[seeds[0].input])
		}
	})
}

func FuzzImagesReply(f *testing.F) {
	f.Add([]byte(`{"created":1,"data":[{"b64_json":"iVBORw0KGgo="}],"size":"1024x1024","usage":{"input_tokens":8,"output_tokens":196,"input_tokens_details":{"text_tokens":8,"image_tokens":0}}}`))
	f.Add([]byte(`{"data":[{"url":"https://x/y.png"}]}`))
	f.Add([]byte(`{"error":{"message":"m","type":"image_generation_user_error","param":null,"code":"moderation_blocked","moderation_details":{"moderation_stage":"output","categories":["sexual"]}}}`))
	f.Add([]byte(`{"data":[],"usage":{"output_tokens":-5,"input_tokens_details":{"image_tokens":9}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		a, images, err := decodeImages(body, "application/json")
		if err == nil && (a.Blob == nil || len(a.Blob.Data) == 0) || images < 0 || images > a.Usage.InputTokens || a.Usage.OutputTokens < 0 {
			t.Errorf("%+v, %d, %v", a, images, err)
		}
		o := &OpenAIImages{endpoint: &endpoint{name: "x"}}
		for _, status := range []int{400, 404, 429, 500, 502} {
			a, err := o.refused(&http.Response{StatusCode: status, Header: http.Header{}}, body, "gpt-image-2")
			if err == nil || a.Blob != nil {
				t.Errorf("a refusal with status %d gave %+v, %v", status, a, err)
			}
			if a.Moderated != "" && !strings.HasPrefix(a.Moderated, "input: ") && !strings.HasPrefix(a.Moderated, "output: ") {
				t.Errorf("moderated %q", a.Moderated)
			}
		}
	})
}

func FuzzMediaBlob(f *testing.F) {
	picture := ground.Picture("x", 16, 8)
	f.Add(picture)
	for _, d := range ground.Damages {
		f.Add(d.Apply(picture))
	}
	f.Add([]byte("RIFF\x24\x00\x00\x00WEBPVP8L\x18\x00\x00\x00\x2f\x00\x00\x00\x00"))
	f.Add([]byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00\xff\xd9"))
	f.Add([]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := mediaBlob(data)
		if err == nil && (b.Type == "" || strings.HasPrefix(b.Type, "image/") && (b.Width <= 0 || b.Height <= 0)) {
			t.Errorf("%+v", b)
		}
	})
}

func FuzzMediaReply(f *testing.F) {
	f.Add([]byte("loading\n{\"file\":\"a.png\",\"seed\":18446744073709551615,\"cost_usd\":0.1}\n"))
	f.Add([]byte("{\n\"error\":\"x\"\n}"))
	f.Add([]byte("{\"cost_usd\":-1}\n\n\n{]"))
	f.Fuzz(func(t *testing.T, out []byte) {
		if r, ok := parseMediaReply(out); r.CostUSD < 0 || !ok && (r.File != "" || r.Error != "") {
			t.Errorf("%+v", r)
		}
	})
}
