package export

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// findBrowser names the browser of this machine; without one the test is
// skipped, or fails where CI should have installed one.
func findBrowser(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: the report is not opened in a browser")
	}
	for _, name := range []string{"chromium", "google-chrome", "chromium-browser"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("no chromium, google-chrome or chromium-browser here: scripts/browser should have installed one")
	}
	t.Skip("no chromium, google-chrome or chromium-browser here: the report is not opened in a browser")
	return ""
}

// tab is one page in a real browser, driven over the DevTools protocol through
// a pair of pipes. It is used by one goroutine.
type tab struct {
	t       *testing.T
	in      *os.File
	out     *bufio.Reader
	id      int
	session string
	console []string // messages and uncaught errors, in their order
}

// openTab writes page to a file and opens it.
func openTab(t *testing.T, page []byte, hash string, width, height int, scheme string) *tab {
	t.Helper()
	path := findBrowser(t)
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, page, 0o600); err != nil {
		t.Fatal(err)
	}
	fromUs, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, toUs, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	profile := profileDir(t)
	cmd := exec.Command(path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--user-data-dir="+profile, "--remote-debugging-pipe", "about:blank")
	cmd.ExtraFiles = []*os.File{fromUs, toUs} // 3 and 4, as the protocol wants them
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	fromUs.Close()
	toUs.Close()
	stop := time.AfterFunc(5*time.Minute, func() { cmd.Process.Kill() }) // the read below ends then
	b := &tab{t: t, in: in, out: bufio.NewReaderSize(out, 1<<20)}
	t.Cleanup(func() {
		stop.Stop()
		b.session = ""
		b.send("Browser.close", nil)
		ended := make(chan struct{})
		go func() { cmd.Wait(); close(ended) }()
		select {
		case <-ended:
		case <-time.After(time.Minute):
			cmd.Process.Kill()
			<-ended
		}
		in.Close()
		out.Close()
	})
	target := b.call("Target.createTarget", map[string]any{"url": "about:blank"})
	attached := b.call("Target.attachToTarget", map[string]any{"targetId": target["targetId"], "flatten": true})
	b.session = attached["sessionId"].(string)
	for _, domain := range []string{"Page", "Runtime", "Log"} {
		b.call(domain+".enable", nil)
	}
	b.size(width, height)
	b.scheme(scheme)
	b.call("Page.navigate", map[string]any{"url": "file://" + filepath.ToSlash(file) + hash})
	b.wait(`document.readyState === "complete"`)
	return b
}

func (b *tab) send(method string, params map[string]any) {
	b.t.Helper()
	b.id++
	m := map[string]any{"id": b.id, "method": method}
	if params != nil {
		m["params"] = params
	}
	if b.session != "" {
		m["sessionId"] = b.session
	}
	data, err := json.Marshal(m)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.in.Write(append(data, 0)); err != nil {
		b.t.Logf("the browser is gone: %v", err)
	}
}

// call sends a command and returns its result.
func (b *tab) call(method string, params map[string]any) map[string]any {
	b.t.Helper()
	b.send(method, params)
	for {
		data, err := b.out.ReadBytes(0)
		if err != nil {
			b.t.Fatalf("%s: the browser is gone: %v", method, err)
		}
		var m struct {
			ID     int             `json:"id"`
			Method string          `json:"method"`
			Params json.RawMessage `json:"params"`
			Result map[string]any  `json:"result"`
			Error  any             `json:"error"`
		}
		if err := json.Unmarshal(bytes.TrimRight(data, "\x00"), &m); err != nil {
			b.t.Fatal(err)
		}
		switch m.Method {
		case "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded":
			b.console = append(b.console, fmt.Sprintf("%s %.600s", m.Method, m.Params))
		case "Page.javascriptDialogOpening":
			b.console = append(b.console, fmt.Sprintf("a dialog opened: %.300s", m.Params))
			b.send("Page.handleJavaScriptDialog", map[string]any{"accept": true})
		}
		if m.ID == b.id || m.ID > 0 && m.Error != nil {
			if m.Error != nil {
				b.t.Fatalf("%s: %v", method, m.Error)
			}
			return m.Result
		}
	}
}

// eval runs an expression, awaits it, and returns its value.
func (b *tab) eval(expression string) any {
	b.t.Helper()
	r := b.call("Runtime.evaluate", map[string]any{"expression": expression, "awaitPromise": true, "returnByValue": true})
	if e, ok := r["exceptionDetails"]; ok {
		b.t.Fatalf("%s: %v", expression, e)
	}
	return r["result"].(map[string]any)["value"]
}

// want fails unless the expression gets to the value soon.
func (b *tab) want(expression string, value any) {
	b.t.Helper()
	var got any
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if got = b.eval(expression); got == value {
			return
		}
	}
	b.t.Errorf("%s is %v, want %v", expression, got, value)
}

func (b *tab) wait(expression string) { b.t.Helper(); b.want(expression, true) }

// press presses keys, each named as in KeyboardEvent.key.
func (b *tab) press(keys ...string) {
	b.t.Helper()
	for _, key := range keys {
		down := map[string]any{"type": "keyDown", "key": key}
		if len(key) == 1 {
			down["text"] = key
		}
		if key == "Enter" {
			down["text"] = "\r"
		}
		b.call("Input.dispatchKeyEvent", down)
		b.call("Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": key})
	}
}

func (b *tab) size(width, height int) {
	b.t.Helper()
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500})
}

func (b *tab) scheme(name string) {
	b.t.Helper()
	b.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": name}}})
}

// shot writes a picture of the page below the folder of GENOPS_SHOTS, for
// people to look at; without the variable it does nothing.
func (b *tab) shot(name string, whole bool) {
	b.t.Helper()
	dir := os.Getenv("GENOPS_SHOTS")
	if dir == "" {
		return
	}
	r := b.call("Page.captureScreenshot", map[string]any{"format": "png", "captureBeyondViewport": whole})
	data, err := base64.StdEncoding.DecodeString(r["data"].(string))
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), data, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// quiet fails if the page said anything on its console.
func (b *tab) quiet() {
	b.t.Helper()
	b.eval("1") // takes in what is still under way
	for _, line := range b.console {
		b.t.Errorf("console: %s", line)
	}
}
