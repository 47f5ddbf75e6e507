package generators

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

// vertexWire is the Gemini API of Vertex AI. The address names project and location:
// https://LOCATION-aiplatform.googleapis.com/v1/projects/PROJECT/locations/LOCATION;
// without them a key is enough (express mode).
type vertexWire struct{ googleWire }

func (vertexWire) path(model string, stream bool) string {
	p := "/publishers/google/models/" + url.PathEscape(model)
	if stream {
		return p + ":streamGenerateContent?alt=sse"
	}
	return p + ":generateContent"
}

// googleScope is what a login is asked for.
const googleScope = "https://www.googleapis.com/auth/cloud-platform"

// googleLogin are application default credentials: the file of a service account, or
// that of gcloud auth application-default login. It is safe for concurrent use.
type googleLogin struct {
	Type         string `json:"type"` // service_account | authorized_user
	ClientEmail  string `json:"client_email"`
	KeyID        string `json:"private_key_id"`
	PrivateKey   string `json:"private_key"`
	TokenURI     string `json:"token_uri"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	RefreshToken string `json:"refresh_token"`

	key    *rsa.PrivateKey
	client http.Client
	mu     sync.Mutex
	token  string
	ends   time.Time
}

// findGoogleLogin reads the file that the environment names, else gcloud's; a file
// that is not there is fs.ErrNotExist.
func findGoogleLogin(getenv func(string) string) (*googleLogin, error) {
	file := getenv("GOOGLE_APPLICATION_CREDENTIALS")
	if file == "" {
		folder := getenv("CLOUDSDK_CONFIG")
		if folder == "" {
			folder = filepath.Join(getenv("HOME"), ".config", "gcloud")
		}
		file = filepath.Join(folder, "application_default_credentials.json")
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	g := &googleLogin{TokenURI: "https://oauth2.googleapis.com/token"}
	if err := json.Unmarshal(data, g); err != nil {
		return nil, fmt.Errorf("the credentials in %s are no JSON", file)
	}
	switch g.Type {
	case "authorized_user":
	case "service_account":
		block, _ := pem.Decode([]byte(g.PrivateKey))
		if block == nil {
			return nil, fmt.Errorf("the service account in %s has no private key", file)
		}
		key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		var ok bool
		if g.key, ok = key.(*rsa.PrivateKey); err != nil || !ok {
			return nil, fmt.Errorf("the private key of the service account in %s can't be read", file)
		}
	default:
		return nil, fmt.Errorf("the credentials in %s are of the type %q; known: service_account, authorized_user", file, g.Type)
	}
	g.client.Timeout = 30 * time.Second
	return g, nil
}

// assertion is the JWT by which a service account asks for a token (RFC 7523).
func (g *googleLogin) assertion(now time.Time) (string, error) {
	part := func(v any) string {
		data, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(data)
	}
	text := part(map[string]any{"alg": "RS256", "typ": "JWT", "kid": g.KeyID}) + "." +
		part(map[string]any{"iss": g.ClientEmail, "scope": googleScope, "aud": g.TokenURI, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()})
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, g.key, crypto.SHA256, sum[:])
	return text + "." + base64.RawURLEncoding.EncodeToString(signature), err
}

// bearer is a token that is good for another minute at least.
func (g *googleLogin) bearer(ctx context.Context) (string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	if g.token != "" && now.Add(time.Minute).Before(g.ends) {
		return g.token, nil
	}
	form := url.Values{"grant_type": {"refresh_token"}, "client_id": {g.ClientID}, "client_secret": {g.ClientSecret}, "refresh_token": {g.RefreshToken}}
	if g.key != nil {
		signed, err := g.assertion(now)
		if err != nil {
			return "", err
		}
		form = url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {signed}}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, g.TokenURI, strings.NewReader(form.Encode()))
	if err != nil {
		return "", errors.New("the token_uri of the Google credentials is no address")
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := g.client.Do(req)
	if err != nil {
		return "", &pipeline.Transient{Err: fmt.Errorf("logging in at %s: it can't be reached", req.URL.Host)}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	var reply struct {
		Token   string `json:"access_token"`
		Expires int    `json:"expires_in"`
	}
	json.Unmarshal(body, &reply)
	switch {
	case err != nil || resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests:
		return "", &pipeline.Transient{Err: fmt.Errorf("logging in at %s: status %d", req.URL.Host, resp.StatusCode)}
	case resp.StatusCode != http.StatusOK || reply.Token == "":
		return "", &pipeline.Unusable{Reason: fmt.Sprintf("logging in at %s: status %d; check the Google credentials", req.URL.Host, resp.StatusCode)}
	}
	g.token, g.ends = reply.Token, now.Add(time.Duration(reply.Expires)*time.Second)
	return g.token, nil
}

// loginGoogle has each call carry a token of the environment's credentials.
func (m *Model) loginGoogle(getenv func(string) string) error {
	login, err := findGoogleLogin(getenv)
	if err != nil {
		return err
	}
	m.hide(login.ClientSecret, login.RefreshToken)
	m.sign = func(r *http.Request, _ []byte) error {
		token, err := login.bearer(r.Context())
		r.Header.Set("Authorization", "Bearer "+token)
		return err
	}
	return nil
}

// vertexAddress is the address of the project and location that the environment names.
func vertexAddress(getenv func(string) string) string {
	pick := func(names ...string) string {
		for _, name := range names {
			if v := strings.TrimSpace(getenv(name)); v != "" {
				return v
			}
		}
		return ""
	}
	return addressInVertex(pick("VERTEX_PROJECT_ID", "GOOGLE_CLOUD_PROJECT", "GOOGLE_PROJECT_ID"), pick("VERTEX_REGION", "GOOGLE_CLOUD_LOCATION"))
}

// addressInVertex is where Vertex AI serves a project's models; a region of "" is
// us-central1, and without a project only a key gets through.
func addressInVertex(project, region string) string {
	if project == "" {
		return "https://aiplatform.googleapis.com/v1"
	}
	host := "aiplatform.googleapis.com"
	if region == "" {
		region = "us-central1"
	}
	if region != "global" {
		host = region + "-" + host
	}
	return "https://" + host + "/v1/projects/" + project + "/locations/" + region
}
