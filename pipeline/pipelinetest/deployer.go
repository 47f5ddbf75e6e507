package pipelinetest

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/pipeline"
)

// Delivery is an asset on its way out, under a name.
func Delivery(name string, data []byte) pipeline.Delivery {
	seed := uint64(7)
	return pipeline.Delivery{
		Planned: pipeline.Planned{Item: pipeline.Item{ID: name + "#1", Alias: name, Draw: 1}, Key: "key-" + name,
			Request: pipeline.Request{ID: name + "#1@maker", Media: &pipeline.MediaJob{Provider: "maker", Prompt: pipeline.MediaPrompt{Subject: name}}}},
		Record: pipeline.Record{Provider: "maker", Digest: assets.Digest(data), Type: "image/png", Bytes: int64(len(data)), Seed: &seed},
		Data:   data,
	}
}

// Deployer checks the contract of pipeline.Deployer. newDeployer returns one
// with an empty target, and what reads a path below it.
func Deployer(t *testing.T, newDeployer func(*testing.T) (d pipeline.Deployer, read func(path string) ([]byte, error))) {
	t.Run("Delivers", func(t *testing.T) {
		d, read := newDeployer(t)
		deliver(t, d, read, Delivery("hero", []byte("picture")))
	})
	t.Run("Idempotent", func(t *testing.T) {
		d, read := newDeployer(t)
		first := deliver(t, d, read, Delivery("hero", []byte("picture")))
		second := deliver(t, d, read, Delivery("hero", []byte("picture")))
		first.At, second.At = 0, 0
		if first != second {
			t.Errorf("the same asset again: %+v, then %+v", first, second)
		}
	})
	t.Run("Concurrent", func(t *testing.T) {
		d, read := newDeployer(t)
		var wait sync.WaitGroup
		for i := range 40 {
			wait.Go(func() { deliver(t, d, read, Delivery(fmt.Sprint("item-", i), bytes.Repeat([]byte{byte(i)}, 1000+i))) })
		}
		wait.Wait()
	})
	t.Run("SameBytesUnderTwoNames", func(t *testing.T) {
		d, read := newDeployer(t)
		a := deliver(t, d, read, Delivery("one", []byte("picture")))
		b := deliver(t, d, read, Delivery("two", []byte("picture")))
		if a.Path != b.Path || a.Alias == b.Alias {
			t.Errorf("%q and %q, %q and %q", a.Path, b.Path, a.Alias, b.Alias)
		}
	})
	t.Run("OtherTypes", func(t *testing.T) {
		d, read := newDeployer(t)
		for kind, ending := range map[string]string{"text/plain": ".txt", "audio/mpeg": ".mp3", "video/mp4": ".mp4", "image/webp": ".webp"} {
			a := Delivery("as-"+ending[1:], []byte(kind))
			a.Record.Type = kind
			if r := deliver(t, d, read, a); !strings.HasSuffix(r.Path, ending) || !strings.HasSuffix(r.Alias, ending) {
				t.Errorf("%s: %+v", kind, r)
			}
		}
	})
	t.Run("HostileNames", func(t *testing.T) {
		d, read := newDeployer(t)
		for _, name := range []string{"../../etc/passwd", `..\..\x`, "a/b", "", "ünï cöde", strings.Repeat("x", 40)} {
			r := deliver(t, d, read, Delivery(name, []byte("picture "+name)))
			if strings.Contains(r.Alias, "..") && strings.Contains(r.Alias, "/") {
				t.Errorf("%q leads to %q", name, r.Alias)
			}
		}
	})
	t.Run("Cancelled", func(t *testing.T) {
		d, _ := newDeployer(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := d.Deploy(ctx, Delivery("hero", []byte("picture"))); err == nil {
			t.Error("a delivery with a cancelled context succeeded")
		}
	})
}

// deliver delivers an asset that must arrive.
func deliver(t *testing.T, d pipeline.Deployer, read func(string) ([]byte, error), a pipeline.Delivery) pipeline.Receipt {
	t.Helper()
	r, err := d.Deploy(t.Context(), a)
	if err != nil {
		t.Errorf("%s: %v", a.Planned.Item.Alias, err)
		return r
	}
	for _, path := range []string{r.Path, r.Alias} {
		if data, err := read(path); err != nil || !bytes.Equal(data, a.Data) {
			t.Errorf("%s: %d bytes at %q, %v", a.Planned.Item.Alias, len(data), path, err)
		}
	}
	if r.Digest != assets.Digest(a.Data) || r.Bytes != int64(len(a.Data)) || r.At == 0 {
		t.Errorf("the receipt is %+v", r)
	}
	return r
}
