package project

import (
	"cmp"
	"strings"
)

// vertexAddress is where Vertex AI serves the models of a config's project and region,
// or of those that the environment names.
func (l *loader) vertexAddress(cfg *tree) string {
	project := cmp.Or(cfg.word("projectId"), l.env["VERTEX_PROJECT_ID"], l.env["GOOGLE_CLOUD_PROJECT"], l.env["GOOGLE_PROJECT_ID"])
	region := cmp.Or(cfg.word("region"), l.env["VERTEX_REGION"], l.env["GOOGLE_CLOUD_LOCATION"], "us-central1")
	host := "aiplatform.googleapis.com"
	if region != "global" && project != "" {
		host = region + "-" + host
	}
	address := hostAddress(cmp.Or(cfg.word("apiHost"), l.env["VERTEX_API_HOST"], host), false) + "/v1"
	if project == "" { // only a key gets through
		return address
	}
	return address + "/projects/" + project + "/locations/" + region
}

// vertex takes what says where a model of Vertex AI is, and who logs in.
func (r *modelReader) vertex(k string, x *tree) bool {
	if !strings.HasPrefix(r.m.Ref, "vertex:") {
		return false
	}
	s, _ := x.text()
	switch k {
	case "publisher":
		if s != "google" {
			r.l.fail(x.Place, r.path+"."+k, "of Vertex AI's models those of Google are asked, not those of %q", s)
		}
	case "credentials":
		name, isFile := cutFile(s)
		if !isFile {
			r.l.fail(x.Place, r.path+"."+k, "name the file of a service account: file://PATH, or put its path into GOOGLE_APPLICATION_CREDENTIALS")
			return true
		}
		r.m.Signing = map[string]Secret{"GOOGLE_APPLICATION_CREDENTIALS": Secret(r.l.path(r.l.dir, name))}
	default:
		r.m.BaseURL = r.l.vertexAddress(r.cfg)
	}
	return true
}
