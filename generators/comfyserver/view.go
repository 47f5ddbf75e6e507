package comfyserver

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/generators/loopback"
)

// picture is a file of the output or temp folder, remembered by what it is made
// of: its bytes are made when they are fetched.
type picture struct {
	recipe string
	w, h   int
	prompt json.RawMessage
	fault  Fault
}

// upload is a file of the input folder.
type upload struct {
	data []byte
	w, h int
}

const maxPictures = 20000

// save makes the files of an output node: one for each image of the batch.
func (s *Server) save(r *run, id string, n node) []file {
	prefix, kind := "ComfyUI_temp_local", "temp"
	if n.Class == "SaveImage" {
		prefix, kind = fmt.Sprint(n.Inputs["filename_prefix"]), "output"
	}
	w, h, count := r.geometry(id)
	from, _, _ := asLink(n.Inputs["images"])
	recipe := r.signature(from)
	s.mu.Lock()
	defer s.mu.Unlock()
	files := []file{}
	folder, base := path.Split(prefix)
	for i := range count {
		f := file{fmt.Sprintf("%s_%05d_.png", base, len(s.made)+1), strings.TrimSuffix(folder, "/"), kind}
		files = append(files, f)
		p := picture{recipe, w, h, r.job.raw, r.job.fault}
		if i > 0 {
			p.recipe += "+" + strconv.Itoa(i)
		}
		if s.opts.NoText {
			p.prompt = nil
		}
		s.made[f.key()] = p
	}
	return files
}

func (f file) key() string { return f.Type + "/" + f.Subfolder + "/" + f.Name }

// geometry finds the size and number of the images that reach a node.
func (r *run) geometry(id string) (w, h, count int) {
	w, h, count = 512, 512, 1
	seen := map[string]bool{}
	found := false
	var visit func(id string)
	visit = func(id string) {
		if seen[id] {
			return
		}
		seen[id] = true
		n := r.job.flow[id]
		size := func(key string) int {
			x, err := strconv.Atoi(fmt.Sprint(n.Inputs[key]))
			if err != nil {
				return 0
			}
			return x
		}
		switch n.Class {
		case "EmptyLatentImage":
			if !found {
				w, h, found = max(size("width")/8*8, 8), max(size("height")/8*8, 8), true
			}
			count *= max(size("batch_size"), 1)
		case "ImageScale":
			if !found {
				w, h, found = max(size("width"), 1), max(size("height"), 1), true
			}
		case "RepeatLatentBatch":
			count *= max(size("amount"), 1)
		case "LoadImage":
			if u := r.s.inputFile(fmt.Sprint(n.Inputs["image"])); u != nil && !found {
				w, h, found = u.w, u.h, true
			}
		}
		for _, v := range sortedInputs(n) {
			if from, _, ok := asLink(v); ok {
				visit(from)
			}
		}
	}
	visit(id)
	return w, h, min(count, 64)
}

func (s *Server) inputFile(name string) *upload {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inputs[name]
}

func (s *Server) inputDigest(name string) string {
	if u := s.inputFile(name); u != nil {
		sum := sha256.Sum256(u.data)
		return hex.EncodeToString(sum[:])
	}
	return name
}

// remember keeps the files of a cached output; s.mu is held.
func (s *Server) remember(sig string, files []file) {
	if s.outputs == nil || len(s.outputs) > maxPictures {
		s.outputs = map[string][]file{}
	}
	s.outputs[sig] = files
}

func (s *Server) isCached(sig string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cached[sig]
}

func (s *Server) cachedOutput(sig string) ([]file, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	files, ok := s.outputs[sig]
	return files, ok
}

// view sends the bytes of an image.
func (s *Server) view(c *loopback.Call) {
	q := c.Request.URL.Query()
	f := file{q.Get("filename"), q.Get("subfolder"), q.Get("type")}
	if f.Type == "" {
		f.Type = "output"
	}
	switch {
	case f.Name == "":
		c.WriteHeader(404)
		return
	case strings.Contains(f.Name, "..") || strings.HasPrefix(f.Name, "/"):
		c.WriteHeader(400)
		return
	case strings.Contains(f.Subfolder, ".."):
		c.WriteHeader(403)
		return
	}
	s.mu.Lock()
	p, ok := s.made[f.key()]
	s.views[f.key()]++
	faulty := s.opts.ViewFaults == 0 || s.views[f.key()] <= s.opts.ViewFaults
	s.mu.Unlock()
	if !ok || faulty && p.fault == Gone {
		c.WriteHeader(404)
		return
	}
	data := loopback.Picture(p.recipe, p.w, p.h)
	if p.prompt != nil {
		data = loopback.WithText(data, "prompt", string(p.prompt))
	}
	kind := "image/png"
	if faulty {
		data = p.fault.damage().Apply(data)
		if p.fault == WrongType {
			kind = "text/html"
			if s.opts.Leak {
				data = append([]byte("<html>"+c.Request.Header.Get("Authorization")+"</html>"), data...)
			}
		}
	}
	h := c.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", fmt.Sprintf("filename=%q", f.Name))
	h.Set("Content-Length", strconv.Itoa(len(data)))
	switch {
	case faulty && p.fault == Drip:
		c.Drip(data, 5, 10*time.Millisecond)
	case faulty && p.fault == CutImage:
		c.Send(data[:len(data)/2])
		c.Cut()
	default:
		c.Write(data)
	}
}

// upload takes an image into the input folder. A name that is taken by other
// bytes gives a new one, unless it may be overwritten.
func (s *Server) upload(c *loopback.Call, what string) {
	if what != "image" && what != "mask" {
		notFound(c)
		return
	}
	_, params, err := mime.ParseMediaType(c.Request.Header.Get("Content-Type"))
	if err != nil {
		c.WriteHeader(400)
		return
	}
	form, err := multipart.NewReader(bytes.NewReader(c.Body), params["boundary"]).ReadForm(64 << 20)
	if err != nil || len(form.File["image"]) != 1 {
		c.WriteHeader(400)
		return
	}
	head := form.File["image"][0]
	part, err := head.Open()
	if err != nil {
		c.WriteHeader(http.StatusInternalServerError)
		return
	}
	defer part.Close()
	var buf bytes.Buffer
	buf.ReadFrom(part)
	value := func(key string) string {
		if v := form.Value[key]; len(v) > 0 {
			return v[0]
		}
		return ""
	}
	u := &upload{data: buf.Bytes(), w: 512, h: 512}
	if cfg, _, err := image.DecodeConfig(bytes.NewReader(u.data)); err == nil {
		u.w, u.h = cfg.Width, cfg.Height
	}
	name := path.Base(head.Filename)
	overwrite := value("overwrite") == "true" || value("overwrite") == "1"
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := 1; !overwrite && s.inputs[name] != nil && !bytes.Equal(s.inputs[name].data, u.data); n++ {
		ext := path.Ext(head.Filename)
		name = fmt.Sprintf("%s (%d)%s", strings.TrimSuffix(path.Base(head.Filename), ext), n, ext)
	}
	s.inputs[name] = u
	reply(c, 200, map[string]any{"name": name, "subfolder": value("subfolder"), "type": "input"})
}
