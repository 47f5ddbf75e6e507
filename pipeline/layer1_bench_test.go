package pipeline

import (
	"fmt"
	"runtime"
	"testing"
	"time"
)

// large is a brief of 100,000 pictures, each with a prompt of its own and packs.
func large() *Brief {
	b := matrix(50, 40)
	b.Top.Style = Choose("product", "editorial", "poster", "cinematic", "watercolour")
	b.Top.Mood = Choose("calm", "bold", "warm", "cold", "playful")
	b.Top.Lighting = Choose("window light", "none")
	return b
}

// TestLargeBrief: 100,000 items in less than two seconds and with less than a
// kilobyte and a half each; one at a time they are hardly held at all.
func TestLargeBrief(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a second")
	}
	o := ItemOptions{Packs: packsOf(t)}
	began, n := time.Now(), 0
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	if _, err := large().EachItem(t.Context(), o, func(i *Item) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	streamed := time.Since(began)
	if n != MaxItems || int64(after.HeapAlloc)-int64(before.HeapAlloc) > 4<<20 {
		t.Errorf("%d items, %d bytes held", n, int64(after.HeapAlloc)-int64(before.HeapAlloc))
	}
	began = time.Now()
	items, _ := expanded(t, large(), o)
	took := time.Since(began)
	runtime.GC()
	runtime.ReadMemStats(&after)
	each := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) / int64(len(items))
	t.Logf("%d items: %v one at a time, %v as a list, %d bytes each", len(items), streamed, took, each)
	if each > 1536 {
		t.Errorf("%d bytes an item", each)
	}
	runtime.KeepAlive(items)
}

func BenchmarkItems(b *testing.B) {
	o := ItemOptions{Packs: packsOf(b)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := large().EachItem(b.Context(), o, func(*Item) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*MaxItems/b.Elapsed().Seconds(), "items/s")
}

// BenchmarkManyEntries is a brief that lists each of its pictures.
func BenchmarkManyEntries(b *testing.B) {
	brief := &Brief{Name: "x"}
	for i := range 10_000 {
		brief.Entries = append(brief.Entries, BriefItem{Ask: Ask{Prompt: PromptText{Text: fmt.Sprintf("picture number %d of {{a}}", i)},
			Slots: Slots{{Name: "a", Values: []string{"b"}}}, Style: Choose("product")}})
	}
	o := ItemOptions{Packs: packsOf(b)}
	for b.Loop() {
		if _, err := brief.EachItem(b.Context(), o, func(*Item) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*10_000/b.Elapsed().Seconds(), "items/s")
}
