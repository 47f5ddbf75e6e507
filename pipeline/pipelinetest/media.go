package pipelinetest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

// MediaBackend is one media generator together with what it calls.
type MediaBackend struct {
	Generator pipeline.Generator // closed by TB.Cleanup
	KeyEnv    string             // environment variable that it reads its key from; "" = none
	// Job is a small job that can be made, without Lowered. Another n gives
	// another prompt and seed, the same n the same job.
	Job func(n int) pipeline.MediaJob
	// Made is how often each job was made, by JobID; nil = that can't be told.
	Made func() map[string]int
	// Restart loses what a restart of the provider loses; nil = nothing is lost.
	Restart func()
}

// MediaBehaviour is what a MediaBackend is made for.
type MediaBehaviour struct {
	Fault   MediaFault
	Every   int           // only each nth job has the fault, the first one too; 0 = all
	Key     string        // that the generator sends; the provider shows it in every error
	Wait    time.Duration // announced with MediaRateLimited
	Latency time.Duration // of each job
}

// MediaAbilities say what a media generator can do.
type MediaAbilities struct {
	Seeds  bool         // equal jobs give equal bytes, another seed other bytes, and the Asset tells the seed
	Sizes  bool         // the image has the job's size
	Faults []MediaFault // that it can meet, beside those that all meet
}

// MediaFault is something that goes wrong with a job.
type MediaFault string

// The faults, and what a media generator must make of each.
const (
	MediaNone        MediaFault = ""
	MediaRateLimited MediaFault = "rate limited"     // 429 that says how long to wait: Transient, Limited, RetryAfter
	MediaBusy        MediaFault = "busy"             // 429 that does not: Transient, Overload
	MediaOverloaded  MediaFault = "overloaded"       // 503: Transient, Overload
	MediaBroken      MediaFault = "broken"           // 500, nothing is made: Transient
	MediaNoQuota     MediaFault = "no quota"         // Unusable
	MediaBadKey      MediaFault = "bad key"          // Unusable, names KeyEnv
	MediaRejected    MediaFault = "rejected"         // the job is wrong: plain
	MediaFails       MediaFault = "fails"            // it goes wrong while it is made: plain
	MediaInput       MediaFault = "moderated input"  // plain, Moderated says "input"
	MediaOutput      MediaFault = "moderated output" // plain, Moderated says "output"
	MediaCut         MediaFault = "cut"              // no reply, nothing is made: Transient, Ambiguous unless a Reconciler finds out
	MediaCutAfter    MediaFault = "cut after"        // no reply, and it is made: a Reconciler's image, or Transient, Ambiguous
	MediaCutImage    MediaFault = "cut image"        // the image's reply breaks off: Transient, Ambiguous
	MediaTruncated   MediaFault = "truncated image"  // half an image in good order: an error
	MediaWrongType   MediaFault = "wrong type"       // a web page for an image: an error
	MediaEmpty       MediaFault = "empty image"      // an error
	MediaBomb        MediaFault = "bomb"             // a header that claims 50000 × 50000: an error, or an Asset that says so
	MediaDrip        MediaFault = "drip"             // the image comes in small pieces: no error
	MediaHang        MediaFault = "hang"             // no end until the caller gives up; without it cancellation is not checked
)

// Media checks what every media generator promises: equal jobs are lowered
// equally, the image comes whole with its type and size, failures stay in their
// item and have the right kind, and a Reconciler knows what became of a job.
// newBackend makes a fresh backend.
func Media(t *testing.T, can MediaAbilities, newBackend func(testing.TB, MediaBehaviour) MediaBackend) {
	s := &mediaSuite{can: can, new: newBackend}
	t.Run("Lower", s.lower)
	t.Run("Image", s.image)
	t.Run("Recorded", s.recorded)
	t.Run("Text", s.text)
	t.Run("Concurrent", s.concurrent)
	t.Run("ErrorsStayInTheirItem", s.isolated)
	t.Run("Faults", s.faults)
	t.Run("Cancel", s.cancel)
	t.Run("Deadline", s.deadline)
	t.Run("CancelledBefore", s.cancelledBefore)
	t.Run("Reconcile", s.reconcile)
}

type mediaSuite struct {
	can MediaAbilities
	new func(testing.TB, MediaBehaviour) MediaBackend
}

func (s *mediaSuite) backend(t testing.TB, b MediaBehaviour) MediaBackend {
	b.Key = secret
	return s.new(t, b)
}

// mediaID is the nth job's UUID.
func mediaID(n int) string { return fmt.Sprintf("6f1c0de0-0000-5000-8000-%012d", n) }

// request is the nth job, lowered as it is in a run.
func (b *MediaBackend) request(t testing.TB, n int) pipeline.Request {
	t.Helper()
	job := b.Job(n)
	b.lowered(t, &job)
	return pipeline.Request{ID: fmt.Sprintf("m%d#1", n), Draw: 1, Media: &job, JobID: mediaID(n)}
}

func (b *MediaBackend) lowered(t testing.TB, job *pipeline.MediaJob) {
	t.Helper()
	l, ok := b.Generator.(pipeline.Lowerer)
	if !ok {
		return
	}
	var err error
	if job.Lowered, _, err = l.Lower(*job); err != nil {
		t.Errorf("lowering %s: %v", job.Prompt.Subject, err)
	}
}

// make asks for the nth job, which must be made.
func (s *mediaSuite) make(t *testing.T, b MediaBackend, n int) pipeline.Asset {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 4*slowLimit)
	defer cancel()
	r := b.request(t, n)
	a, err := b.Generator.Generate(ctx, r)
	if err != nil {
		t.Errorf("job %d: %v", n, err)
		return a
	}
	s.checkAsset(t, a, r.Media)
	return a
}

// checkAsset looks at an image that was made.
func (s *mediaSuite) checkAsset(t *testing.T, a pipeline.Asset, job *pipeline.MediaJob) {
	t.Helper()
	switch {
	case a.Sends < 1:
		t.Errorf("Sends is %d, want at least 1", a.Sends)
	case a.Latency <= 0:
		t.Errorf("Latency is %v, want more than 0", a.Latency)
	case a.Err != "":
		t.Errorf("Err is %q; it belongs to the sweep", a.Err)
	case a.Moderated != "":
		t.Errorf("Moderated is %q", a.Moderated)
	case a.Blob == nil:
		t.Fatal("there is no Blob")
	}
	if kind := http.DetectContentType(a.Blob.Data); kind != a.Blob.Type {
		t.Errorf("the type is said to be %q and is %q", a.Blob.Type, kind)
	}
	img, _, err := image.Decode(bytes.NewReader(a.Blob.Data))
	if err != nil {
		t.Fatalf("the image does not decode: %v", err)
	}
	if b := img.Bounds(); b.Dx() != a.Blob.Width || b.Dy() != a.Blob.Height {
		t.Errorf("the size is said to be %d × %d and is %d × %d", a.Blob.Width, a.Blob.Height, b.Dx(), b.Dy())
	}
	if s.can.Sizes && job.Width > 0 && (a.Blob.Width != job.Width || a.Blob.Height != job.Height) {
		t.Errorf("the size is %d × %d, want %d × %d", a.Blob.Width, a.Blob.Height, job.Width, job.Height)
	}
	if s.can.Seeds && (a.Seed == nil || *a.Seed != job.Seed) {
		t.Errorf("the seed is said to be %v, want %d", a.Seed, job.Seed)
	}
}

func (s *mediaSuite) lower(t *testing.T) {
	b := s.backend(t, MediaBehaviour{})
	l, ok := b.Generator.(pipeline.Lowerer)
	if !ok {
		t.Skip("it lowers nothing")
	}
	job := b.Job(1)
	before, _ := json.Marshal(job)
	first, losses, err := l.Lower(job)
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(first) {
		t.Errorf("it is no JSON: %s", first)
	}
	for range 20 {
		again, more, err := l.Lower(b.Job(1))
		if err != nil || !bytes.Equal(first, again) || !slices.Equal(losses, more) {
			t.Fatalf("lowered again, the job gives\n%s, %v, %v, not\n%s, %v", again, more, err, first, losses)
		}
	}
	if after, _ := json.Marshal(job); !bytes.Equal(before, after) {
		t.Errorf("lowering changed the job from\n%s to\n%s", before, after)
	}
	if other, _, err := l.Lower(b.Job(2)); err != nil || bytes.Equal(first, other) {
		t.Errorf("another job is lowered to the same: %s, %v", other, err)
	}
	job.Params = map[string]any{"no_such_parameter": 1}
	with, losses, err := l.Lower(job)
	if told := fmt.Sprint(string(with), losses, err); !strings.Contains(told, "no_such_parameter") {
		t.Errorf("an unknown parameter gives %s; want an error, or a loss, that names it, or that it is passed on", told)
	}
}

func (s *mediaSuite) image(t *testing.T) {
	b := s.backend(t, MediaBehaviour{})
	one, two := s.make(t, b, 1), s.make(t, b, 2)
	if !s.can.Seeds || one.Blob == nil || two.Blob == nil {
		return
	}
	if bytes.Equal(one.Blob.Data, two.Blob.Data) {
		t.Error("two jobs gave the same bytes")
	}
	if again := s.make(t, s.backend(t, MediaBehaviour{}), 1); again.Blob != nil && !samePixels(t, one.Blob.Data, again.Blob.Data) {
		t.Error("the same job gave other pixels")
	}
	r := b.request(t, 1)
	r.Media.Seed++
	r.JobID = mediaID(99)
	b.lowered(t, r.Media)
	if other, err := b.Generator.Generate(t.Context(), r); err != nil || samePixels(t, one.Blob.Data, other.Blob.Data) {
		t.Errorf("another seed gave the same pixels, or %v", err)
	}
}

func samePixels(t *testing.T, a, b []byte) bool {
	t.Helper()
	x, _, errX := image.Decode(bytes.NewReader(a))
	y, _, errY := image.Decode(bytes.NewReader(b))
	if errX != nil || errY != nil {
		t.Fatal(errX, errY)
	}
	if x.Bounds() != y.Bounds() {
		return false
	}
	for at := x.Bounds().Min; at.Y < x.Bounds().Max.Y; at.Y++ {
		for at.X = x.Bounds().Min.X; at.X < x.Bounds().Max.X; at.X++ {
			r1, g1, b1, a1 := x.At(at.X, at.Y).RGBA()
			r2, g2, b2, a2 := y.At(at.X, at.Y).RGBA()
			if r1 != r2 || g1 != g2 || b1 != b2 || a1 != a2 {
				return false
			}
		}
	}
	return true
}

// recorded sends a lowered job as it is, whatever else the job says.
func (s *mediaSuite) recorded(t *testing.T) {
	b := s.backend(t, MediaBehaviour{})
	l, ok := b.Generator.(pipeline.Lowerer)
	if !ok || !s.can.Seeds {
		t.Skip("it can't be told")
	}
	want := s.make(t, b, 1)
	lowered, _, err := l.Lower(b.Job(1))
	if err != nil {
		t.Fatal(err)
	}
	r := b.request(t, 2)
	r.Media.Seed = b.Job(1).Seed // the rest of job 2
	r.Media.Lowered = lowered
	a, err := b.Generator.Generate(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if !samePixels(t, want.Blob.Data, a.Blob.Data) {
		t.Error("a recorded job gave other pixels than when it was recorded")
	}
}

// text asks a media generator for what it can't do.
func (s *mediaSuite) text(t *testing.T) {
	b := s.backend(t, MediaBehaviour{})
	a, err := b.Generator.Generate(t.Context(), pipeline.Request{ID: "t#1", Input: "say something"})
	if err == nil || a.Sends != 0 {
		t.Errorf("a request without a media job gave %v with Sends %d, want an error and 0", err, a.Sends)
	}
}

func (s *mediaSuite) concurrent(t *testing.T) {
	b := s.backend(t, MediaBehaviour{})
	const jobs = 24
	var wg sync.WaitGroup
	for n := range jobs {
		wg.Go(func() { s.make(t, b, n) })
	}
	wg.Wait()
	if b.Made == nil {
		return
	}
	made := b.Made()
	for n := range jobs {
		if made[mediaID(n)] != 1 {
			t.Errorf("job %d was made %d times", n, made[mediaID(n)])
		}
	}
}

func (s *mediaSuite) isolated(t *testing.T) {
	fault := MediaFails
	if !slices.Contains(s.can.Faults, fault) {
		if fault = MediaRejected; !slices.Contains(s.can.Faults, fault) {
			t.Skip("no job fails alone")
		}
	}
	b := s.backend(t, MediaBehaviour{Fault: fault, Every: 3})
	var wg sync.WaitGroup
	var mu sync.Mutex
	failed := 0
	for n := range 12 {
		wg.Go(func() {
			r := b.request(t, n)
			a, err := b.Generator.Generate(t.Context(), r)
			if err == nil {
				s.checkAsset(t, a, r.Media)
				return
			}
			if kind := kindOf(err); kind != "plain" {
				t.Errorf("a failed job gave a %s error: %v", kind, err)
			}
			mu.Lock()
			defer mu.Unlock()
			failed++
		})
	}
	wg.Wait()
	if failed != 4 {
		t.Errorf("%d of 12 jobs failed, want 4", failed)
	}
}
