package generators

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/pipeline"
)

// vertexServer gives tokens to those who log in, and answers those who show one.
func vertexServer(t *testing.T, public *rsa.PublicKey) (server *httptest.Server, logins *int) {
	logins = new(int)
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			*logins++
			r.ParseForm()
			parts := strings.Split(r.Form.Get("assertion"), ".")
			known := r.Form.Get("refresh_token") == "r1" && r.Form.Get("client_secret") == "hush"
			if len(parts) == 3 {
				sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
				signature, _ := base64.RawURLEncoding.DecodeString(parts[2])
				claims, _ := base64.RawURLEncoding.DecodeString(parts[1])
				var c struct{ Iss, Aud, Scope string }
				json.Unmarshal(claims, &c)
				known = rsa.VerifyPKCS1v15(public, crypto.SHA256, sum[:], signature) == nil && c.Iss == "me@p" && c.Aud == server.URL+"/token" && c.Scope != ""
			}
			if !known {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
			io.WriteString(w, `{"access_token":"t1","expires_in":3600}`)
			return
		}
		if r.URL.Path != "/v1/projects/p/locations/l/publishers/google/models/gemini-2.5-pro:generateContent" || r.Header.Get("Authorization") != "Bearer t1" && r.Header.Get("X-Goog-Api-Key") != "k" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"candidates":[{"content":{"role":"model","parts":[{"text":"Hi"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":1,"totalTokenCount":4}}`)
	}))
	t.Cleanup(server.Close)
	return server, logins
}

func TestVertexLogins(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, _ := x509.MarshalPKCS8PrivateKey(key)
	server, logins := vertexServer(t, &key.PublicKey)
	write := func(name string, o map[string]string) string {
		o["token_uri"] = server.URL + "/token"
		data, _ := json.Marshal(o)
		file := filepath.Join(t.TempDir(), name)
		os.WriteFile(file, data, 0o600)
		return file
	}
	account := write("account.json", map[string]string{"type": "service_account", "client_email": "me@p", "private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))})
	user := write("application_default_credentials.json", map[string]string{"type": "authorized_user", "client_id": "c", "client_secret": "hush", "refresh_token": "r1"})
	stranger := write("x.json", map[string]string{"type": "authorized_user", "refresh_token": "no"})
	for name, c := range map[string]struct {
		env    []string
		logins int
		fails  bool
	}{
		"service account": {[]string{"GOOGLE_APPLICATION_CREDENTIALS", account}, 1, false},
		"gcloud":          {[]string{"CLOUDSDK_CONFIG", filepath.Dir(user)}, 1, false},
		"key":             {[]string{"VERTEX_API_KEY", "k", "GOOGLE_APPLICATION_CREDENTIALS", account}, 0, false},
		"stranger":        {[]string{"GOOGLE_APPLICATION_CREDENTIALS", stranger}, 2, true},
	} {
		*logins = 0
		m := newModel(t, ModelConfig{Ref: "vertex:gemini-2.5-pro", BaseURL: server.URL + "/v1/projects/p/locations/l", Getenv: environment(c.env...)})
		for range 2 {
			a, err := m.Generate(t.Context(), pipeline.Request{Input: "x"})
			var unusable *pipeline.Unusable
			if c.fails != errors.As(err, &unusable) || !c.fails && (err != nil || a.Text != "Hi" || a.Usage.InputTokens != 3) {
				t.Errorf("%s: %+v, %v", name, a, err)
			}
		}
		if *logins != c.logins {
			t.Errorf("%s: %d logins, want %d", name, *logins, c.logins)
		}
	}
}

// A login that is missing or unreadable is told before any call.
func TestVertexWithoutLogin(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.json")
	os.WriteFile(bad, []byte(`{"type":"external_account"}`), 0o600)
	for want, env := range map[string][]string{
		"gcloud auth application-default login": {"CLOUDSDK_CONFIG", t.TempDir()},
		`of the type "external_account"`:        {"GOOGLE_APPLICATION_CREDENTIALS", bad},
	} {
		_, err := NewModel(ModelConfig{Ref: "vertex:m", Getenv: environment(env...)})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestVertexAddresses(t *testing.T) {
	for want, env := range map[string][]string{
		"https://aiplatform.googleapis.com/v1/publishers/google/models/m:generateContent":                                              {},
		"https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1/publishers/google/models/m:generateContent": {"GOOGLE_CLOUD_PROJECT", "p"},
		"https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/google/models/m:generateContent":                  {"VERTEX_PROJECT_ID", "p", "VERTEX_REGION", "global"},
	} {
		m := newModel(t, ModelConfig{Ref: "vertex:m", Getenv: environment(append(env, "VERTEX_API_KEY", "k")...)})
		if got := m.template.URL.String(); got != want {
			t.Error(got, want)
		}
	}
}
