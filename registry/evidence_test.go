package registry

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/internal/config"
)

// judge records a verdict on a version of the prompt refund.
func judge(t testing.TB, root, version, run, set, verdict string, at time.Time) error {
	t.Helper()
	g := Registry{Root: root}
	o, err := g.Object(context.Background(), KindPrompt, "refund@"+version)
	if err != nil {
		t.Fatal(err)
	}
	unsigned, err := g.RecordEvidence(context.Background(), []Evidence{{Time: at, Run: run, Kind: KindPrompt, Name: "refund", Version: o.Version, Digest: o.Digest,
		Agent: "A", Release: "sha256:0", TestSet: set, Verdict: verdict, N: 10, Report: "sha256:1"}})
	if err != nil {
		t.Fatal(err)
	}
	return unsigned
}

func evidenceOf(t testing.TB, root string) []Recorded {
	t.Helper()
	all, err := Registry{Root: root}.Evidence(context.Background(), KindPrompt, "refund")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestEvidence(t *testing.T) {
	top := prompts(t)
	now := time.Now()
	judge(t, top, "1.0.0", "r1", "refunds", "pass", now.Add(-time.Hour))
	judge(t, top, "1.1.0", "r2", "refunds", "fail", now)
	judge(t, top, "1.1.0", "r2", "refunds", "fail", now) // again, after a kill
	all := evidenceOf(t, top)
	if len(all) != 2 || all[0].Run != "r2" || all[1].Version != "1.0.0" || all[1].Signature.Status != SignatureNone || all[0].Who != "t <t@example.invalid>" {
		t.Errorf("%+v", all)
	}
	intact(t, top)
}

// With a key of ssh the commit of the evidence is signed, and git verifies it.
func TestEvidenceSigned(t *testing.T) {
	if _, err := exec.LookPath("ssh-keygen"); err != nil {
		t.Skip("ssh-keygen is not installed")
	}
	top := prompts(t)
	key := filepath.Join(t.TempDir(), "key")
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	git(t, top, "config", "gpg.format", "ssh")
	git(t, top, "config", "user.signingkey", key)
	if err := judge(t, top, "1.0.0", "r1", "refunds", "pass", time.Now()); err != nil {
		t.Errorf("unsigned: %v", err)
	}
	if s := evidenceOf(t, top)[0].Signature; s.Status != SignatureUnknown {
		t.Errorf("git knows no key, and the signature is %+v", s)
	}
	public, err := os.ReadFile(key + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	write(t, top, ".git/allowed", "t@example.invalid "+string(public))
	git(t, top, "config", "gpg.ssh.allowedSignersFile", filepath.Join(top, ".git", "allowed"))
	if s := evidenceOf(t, top)[0].Signature; s.Status != SignatureGood || s.Signer != "t@example.invalid" {
		t.Errorf("%+v", s)
	}
	git(t, top, "config", "user.signingkey", key+".none")
	if err := judge(t, top, "1.1.0", "r2", "refunds", "pass", time.Now()); err == nil || !errors.Is(err, errSigning) {
		t.Errorf("a key that is not there: %v", err)
	}
	all := evidenceOf(t, top)
	if len(all) != 2 || all[0].Signature.Status != SignatureNone || all[1].Signature.Status != SignatureGood {
		t.Errorf("%+v", all)
	}
	rules := Protection{"production": config.LabelRule{Signed: true}}
	label := func(v string) error {
		_, err := Registry{Root: top}.MoveLabel(context.Background(), Move{Kind: KindPrompt, Ref: "refund@" + v, Label: "production", Rules: rules})
		return err
	}
	if err := label("1.1.0"); err == nil || !strings.Contains(err.Error(), "the signature of run r2 on refunds is unsigned") {
		t.Error(err)
	}
	if err := label("1.0.0"); err != nil {
		t.Error(err)
	}
	git(t, top, "config", "commit.gpgsign", "true")
	if err := label("1.1.0"); err == nil {
		t.Error("no error")
	}
	if _, err := (Registry{Root: top}).MoveLabel(context.Background(), Move{Kind: KindPrompt, Ref: "refund@1.1.0", Label: "canary"}); !errors.Is(err, errSigning) {
		t.Errorf("commit.gpgsign without a key: %v", err)
	}
	if out := git(t, top, "for-each-ref", "refs/genops/prompt"); strings.Contains(out, "canary") {
		t.Error(out)
	}
	intact(t, top)
}

func TestProtection(t *testing.T) {
	top := prompts(t)
	now := time.Now()
	rules := Protection{
		"production":        {Evidence: []config.EvidenceRule{{TestSet: "testsets/refunds.json", MaxAge: 720 * time.Hour}}},
		"prompt/canary":     {Who: []string{"*@OPS.example", "boss@example"}},
		"prompt/other/free": {Who: []string{"nobody@example"}},
	}
	try := func(v, label string, want ...string) {
		t.Helper()
		_, err := Registry{Root: top}.MoveLabel(context.Background(), Move{Kind: KindPrompt, Ref: "refund@" + v, Label: label, Rules: rules})
		var refused *ProtectedError
		if (err == nil) != (want == nil) || err != nil && !errors.As(err, &refused) {
			t.Fatalf("%s %s: %v", v, label, err)
		}
		for _, w := range want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s %s: %v lacks %q", v, label, err, w)
			}
		}
	}
	try("1.0.0", "free")
	try("1.0.0", "canary", "t <t@example.invalid> may not move it: the rule names *@OPS.example, boss@example")
	try("1.0.0", "production", "it needs a passing run on testsets/refunds.json within 720h0m0s: there is none", "try: genops run-eval --agent AGENT --test-set testsets/refunds.json")
	judge(t, top, "1.0.0", "r0", "refunds", "pass", now.Add(-1000*time.Hour))
	try("1.0.0", "production", "run r0 on refunds is 1000h0m0s old")
	judge(t, top, "1.0.0", "r1", "refunds", "pass", now.Add(-2*time.Hour))
	judge(t, top, "1.0.0", "r2", "other", "fail", now)
	try("1.0.0", "production")
	judge(t, top, "1.0.0", "r3", "refunds", "fail", now.Add(-time.Hour))
	move(t, top, "refund@1.1.0", "production")
	try("1.0.0", "production", "run r3 on refunds: fail")
	// A rollback may go where the label was before.
	if _, err := (Registry{Root: top}).Rollback(context.Background(), Rollback{Kind: KindPrompt, Name: "refund", Label: "production", To: "1.2.0", Why: "x", Rules: rules}); err == nil {
		t.Error("a rollback to a version that never held the label")
	}
	b, err := Registry{Root: top}.Rollback(context.Background(), Rollback{Kind: KindPrompt, Name: "refund", Label: "production", To: "1.0.0", Why: "x", Rules: rules})
	if err != nil || b.To != "1.0.0" || b.From != "1.1.0" {
		t.Errorf("%+v, %v", b, err)
	}
}

func TestRollback(t *testing.T) {
	top := prompts(t)
	commit(t, top, map[string]string{"prompts/refund.prompt": "four"}, "prompts/refund/v1.3.0")
	g := Registry{Root: top}
	back := func(want string, words ...string) *RolledBack {
		t.Helper()
		b, err := g.Rollback(context.Background(), Rollback{Kind: KindPrompt, Name: "refund", Label: "production", Why: "hallucinates prices"})
		if want == "" {
			var none *NoWayBackError
			if !errors.As(err, &none) {
				t.Fatalf("%+v, %v", b, err)
			}
			for _, w := range words {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%v lacks %q", err, w)
				}
			}
			return nil
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range words {
			if !strings.Contains(b.Because, w) {
				t.Errorf("because %q lacks %q", b.Because, w)
			}
		}
		if b.To != want || b.Action != ActionRollback {
			t.Errorf("%+v", b)
		}
		return b
	}
	if _, err := g.Rollback(context.Background(), Rollback{Kind: KindPrompt, Name: "refund", Label: "production", Why: "x"}); err == nil || !strings.Contains(err.Error(), "no label production") {
		t.Error(err)
	}
	for _, v := range []string{"1.0.0", "1.1.0", "1.2.0", "1.3.0"} {
		move(t, top, "refund@"+v, "production")
	}
	// Without any evidence: back, and further back, never forth.
	back("1.2.0", "the last version that held the label; no version that did has evidence")
	back("1.1.0")
	back("1.0.0")
	back("", "no earlier version held it", "1.3.0: it was rolled back from")
	// Labelled again, a version counts again.
	move(t, top, "refund@1.2.0", "production")
	move(t, top, "refund@1.3.0", "production")
	judge(t, top, "1.2.0", "r1", "refunds", "fail", time.Now())
	judge(t, top, "1.0.0", "r2", "refunds", "pass", time.Now())
	b := back("1.0.0", "has passing evidence")
	if len(b.Candidates) != 2 || b.Candidates[0].Verdict != "failed on refunds (run r1)" || b.Evidence[0] != "passed on refunds (run r2)" {
		t.Errorf("%+v", b)
	}
	back("", "no version that held it has passing evidence", "1.2.0: failed on refunds (run r1)")
	if _, err := g.Rollback(context.Background(), Rollback{Kind: KindPrompt, Name: "refund", Label: "production", Why: " "}); err == nil {
		t.Error("no reason, no error")
	}
	git(t, top, "tag", "-d", "prompts/refund/v1.2.0")
	back("", "1.2.0: its tag is gone")
	intact(t, top)
}

// What a run waits for at its end: two processes of git.
func BenchmarkRecord(b *testing.B) {
	top := prompts(b)
	write(b, top, "agents/A.yaml", "id: A\nruntime: {model: {prompt: refund, model: 'openai:m'}}\n")
	commit(b, top, nil, "agents/A/v1.0.0")
	g := Registry{Root: top}
	ctx := context.Background()
	r, err := g.Resolve(ctx, "A@1.0.0")
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		w := g.Witness(ctx, r, "testsets/x.json")
		<-w.done
		b.StartTimer()
		to, err := w.Record(ctx, Evidence{Run: fmt.Sprint(i), Verdict: "pass", Time: time.Now()})
		if err != nil || len(to.To) != 2 {
			b.Fatal(to, err)
		}
	}
}
