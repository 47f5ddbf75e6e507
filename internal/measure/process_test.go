package measure

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"
)

// TestMain is also the program that is run.
func TestMain(m *testing.M) {
	switch os.Getenv("MEASURED") {
	case "fails":
		os.Stdout.WriteString("out")
		os.Stderr.WriteString("err")
		os.Exit(7)
	case "hangs":
		time.Sleep(time.Minute)
	}
	os.Exit(m.Run())
}

func TestRun(t *testing.T) {
	u, err := Run(t.Context(), t.TempDir(), []string{"MEASURED=fails"}, os.Args[0])
	if err != nil || u.Code != 7 || string(u.Stdout) != "out" || string(u.Stderr) != "err" || u.Wall <= 0 {
		t.Errorf("%+v %v", u, err)
	}
	if _, err := Run(t.Context(), "", nil, "no-such-program-here"); err == nil || !strings.Contains(err.Error(), "running no-such-program-here") {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := Run(ctx, "", []string{"MEASURED=hangs"}, os.Args[0]); err == nil || !strings.Contains(err.Error(), "was ended after") {
		t.Errorf("%v", err)
	}
}
