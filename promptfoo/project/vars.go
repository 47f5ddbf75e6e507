package project

import (
	"encoding/base64"
	"path/filepath"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// loadVars reads the variables of a test that are paths, into Loaded: text as it is without
// blanks at its ends, YAML as JSON, pictures as data: addresses, sound and film as
// base64. Scripts are run for each row, by Render.
func (l *loader) loadVars(t *Test, d *draft) {
	loaded := map[string]string{}
	for _, k := range t.Vars.Keys() {
		v, _ := t.Vars.Get(k)
		s, ok := v.(string)
		if !ok {
			continue
		}
		if c, isPackage := l.packageCode(d.Place, d.path+".vars."+k, s, "vars"); isPackage {
			t.addVarCode(k, c)
			continue
		}
		name, isFile := strings.CutPrefix(s, "file://")
		if !isFile {
			continue
		}
		path := l.path(l.dir, name)
		if lang := language(path); lang == "javascript" || lang == "python" {
			l.varScript(t, d, k, path, lang)
			continue
		}
		text, err := l.varText(path)
		if err != nil {
			l.failErr(d.Place, d.path+".vars."+k, err)
			continue
		}
		loaded[k] = text
	}
	if len(loaded) > 0 {
		t.Loaded = loaded
	}
}

func (l *loader) varScript(t *Test, d *draft, name, path, lang string) {
	if _, err := l.read(path); err != nil {
		l.failErr(d.Place, d.path+".vars."+name, err)
		return
	}
	c := Code{Place: d.Place, Language: lang, Kind: "file", Path: path}
	if lang == "python" {
		c.Function = "get_var"
	}
	l.starts(c, "vars")
	t.addVarCode(name, c)
}

// addVarCode notes the script of a variable; tests share the map.
func (t *Test) addVarCode(name string, c Code) {
	if c.Language == "javascript" {
		c.Live = []string{"provider"}
	}
	codes := map[string]Code{name: c}
	for k, x := range t.VarCode {
		codes[k] = x
	}
	t.VarCode = codes
}

// pictures and media are the endings that are read as bytes.
var (
	pictures = map[string]string{".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".gif": "image/gif", ".bmp": "image/bmp", ".webp": "image/webp", ".svg": "image/svg+xml"}
	media    = []string{".mp4", ".webm", ".ogg", ".mov", ".avi", ".wmv", ".mkv", ".m4v", ".wav", ".mp3", ".aac", ".m4a", ".flac", ".opus"}
)

// magic are the first bytes of pictures, in base64.
var magic = []struct{ start, kind string }{
	{"/9j/", "image/jpeg"}, {"iVBORw0KGgo", "image/png"}, {"R0lGODlh", "image/gif"}, {"R0lGODdh", "image/gif"},
	{"UklGR", "image/webp"}, {"Qk0", "image/bmp"}, {"Qk1", "image/bmp"}, {"SUkq", "image/tiff"}, {"TU0A", "image/tiff"}, {"AAABAA", "image/x-icon"},
}

func (l *loader) varText(path string) (string, error) {
	ext := strings.ToLower(filepath.Ext(path))
	switch ext {
	case ".pdf":
		return "", errPDF
	case ".yaml", ".yml":
		t, err := l.parse(path)
		if err != nil {
			return "", err
		}
		text, _ := jsvalue.Stringify(t.value(), "")
		return text, nil
	}
	text, err := l.read(path)
	if err != nil {
		return "", err
	}
	kind, isPicture := pictures[ext]
	if !isPicture && !slices.Contains(media, ext) || TruthyEnv(l.env["PROMPTFOO_DISABLE_MULTIMEDIA_AS_BASE64"]) {
		return jsvalue.Trim(strings.TrimPrefix(text, "\ufeff")), nil
	}
	data := base64.StdEncoding.EncodeToString([]byte(text))
	if !isPicture {
		return data, nil
	}
	for _, m := range magic {
		if strings.HasPrefix(data, m.start) {
			kind = m.kind
			break
		}
	}
	return "data:" + kind + ";base64," + data, nil
}

type fixed string

func (e fixed) Error() string { return string(e) }

const errPDF = fixed("PDF files are not read; save the text as .txt, or use a variable made by a script")
