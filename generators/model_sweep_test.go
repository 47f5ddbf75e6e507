package generators

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/generators/stubserver"
	"github.com/GaboBase/arch-genops/pipeline"
)

// TestModelUnderRateLimit sends a sweep through a real server: all calls end
// well, none is billed twice, and few are turned away.
func TestModelUnderRateLimit(t *testing.T) {
	for _, steady := range []bool{false, true} {
		for _, style := range []stubserver.RateStyle{stubserver.OpenAIStyle, stubserver.OpenRouterStyle} {
			t.Run(fmt.Sprintf("steady %v, style %d", steady, style), func(t *testing.T) {
				t.Parallel()
				s := stub(t, stubserver.Options{Rate: 30, RateWindow: 300 * time.Millisecond, RateSteady: steady, RateStyle: style})
				m := newModel(t, ModelConfig{Ref: "openai_compatible:m", BaseURL: s.URL() + "/v1", Getenv: environment()})
				const calls, width = 120, 16
				var requests []pipeline.Request
				for i := range calls {
					requests = append(requests, pipeline.Request{ID: strconv.Itoa(i), Input: strconv.Itoa(i)})
				}
				sweep := pipeline.Sweep{Generator: m, Width: width, Retries: 3, Sent: func([]pipeline.Request) error { return nil }}
				good := 0
				err := sweep.Run(t.Context(), requests, func(r pipeline.Request, a pipeline.Asset) bool {
					if a.Err == "" && a.Text == r.Input {
						good++
					} else {
						t.Errorf("%s: %q, error %s", r.ID, a.Text, a.Err)
					}
					return false
				})
				if err != nil || good != calls || s.Billed() != calls {
					t.Errorf("%d of %d good, %d billed, %v", good, calls, s.Billed(), err)
				}
				if s.TurnedAway() > 2*width {
					t.Errorf("%d calls were turned away", s.TurnedAway())
				}
			})
		}
	}
}

// TestModelUnderFaults: connections that break, drip and lie make no total
// wrong, and what may have been billed is not sent again.
func TestModelUnderFaults(t *testing.T) {
	faults := map[int64]stubserver.Fault{3: stubserver.Cut, 7: stubserver.CutBody, 11: stubserver.Drip, 12: stubserver.BadEvent,
		14: stubserver.Refused, 17: stubserver.EndEarly, 18: stubserver.Internal}
	for _, stream := range []bool{false, true} {
		s := stub(t, stubserver.Options{Fault: func(n int64) stubserver.Fault { return faults[n%100] }})
		m := newModel(t, ModelConfig{Ref: "vllm:m", BaseURL: s.URL() + "/v1", Stream: stream, Getenv: environment()})
		const calls = 400
		var requests []pipeline.Request
		for i := range calls {
			requests = append(requests, pipeline.Request{ID: strconv.Itoa(i), Input: "input " + strconv.Itoa(i)})
		}
		sweep := pipeline.Sweep{Generator: m, Width: 16, Retries: 3, Sent: func([]pipeline.Request) error { return nil }}
		seen, good, failed := map[string]bool{}, 0, map[string]int{}
		err := sweep.Run(t.Context(), requests, func(r pipeline.Request, a pipeline.Asset) bool {
			seen[r.ID] = true
			switch {
			case a.Err != "":
				failed[a.Err]++
			case a.Text == r.Input:
				good++
			default:
				t.Errorf("%s: %q", r.ID, a.Text)
			}
			return false
		})
		bad := 0
		for _, n := range failed {
			bad += n
		}
		if err != nil || len(seen) != calls || good+bad != calls || good < calls*9/10 || bad < 8 {
			t.Errorf("stream %v: %d results, %d good, %v, %v", stream, len(seen), good, failed, err)
		}
		if s.Billed() > calls {
			t.Errorf("stream %v: %d calls were billed for %d requests", stream, s.Billed(), calls)
		}
	}
}
