package main

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// webAPI is what http providers ask: it tells how a request arrived, gives
// sessions and tokens, and fails on demand.
func (s *stub) webAPI(mux *http.ServeMux) {
	mux.HandleFunc("/tell/", tell)
	mux.HandleFunc("/status/{code}", func(w http.ResponseWriter, r *http.Request) {
		code, _ := strconv.Atoi(r.PathValue("code"))
		reply(w, code, object{"error": "status " + r.PathValue("code"), "detail": object{"blocked": code == 400}})
	})
	mux.HandleFunc("/text", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "plain %s", body)
	})
	mux.HandleFunc("/session", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Session", "s-"+r.Header.Get("X-User"))
		reply(w, 200, object{"session": object{"id": "session-of-" + r.Header.Get("X-User")}})
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		reply(w, 200, object{"access_token": r.Form.Get("grant_type") + "/" + r.Form.Get("client_id") + "/" + r.Form.Get("scope"), "expires_in": 3600})
	})
}

// tell answers with the request: what a client may choose of it.
func tell(w http.ResponseWriter, r *http.Request) {
	headers := object{}
	for name := range r.Header {
		if low := strings.ToLower(name); strings.HasPrefix(low, "x-") && low != "x-promptfoo-version" || low == "authorization" {
			headers[low] = r.Header.Get(name)
		}
	}
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	out := object{"method": r.Method, "path": r.URL.EscapedPath(), "query": r.URL.Query(), "type": kind, "headers": headers}
	if kind == "multipart/form-data" {
		out["form"] = formOf(r)
	} else {
		body, _ := io.ReadAll(r.Body)
		out["body"] = string(body)
	}
	w.Header().Set("X-Told", "yes")
	reply(w, 200, out)
}

func formOf(r *http.Request) object {
	r.ParseMultipartForm(1 << 20)
	form := object{}
	for name, values := range r.MultipartForm.Value {
		form[name] = values
	}
	for name, files := range r.MultipartForm.File {
		f, _ := files[0].Open()
		data, _ := io.ReadAll(f)
		form[name] = object{"file": files[0].Filename, "type": files[0].Header.Get("Content-Type"), "size": len(data)}
	}
	return form
}
