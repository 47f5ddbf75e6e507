package comfyserver

import (
	"fmt"
	"math"

	"github.com/GaboBase/arch-genops/generators/loopback"
)

// Fault is something that goes wrong with a prompt.
type Fault string

// Faults of the call that submits it.
const (
	None         Fault = ""
	RateLimited  Fault = "rate limited"    // 429 of a proxy, with Retry-After
	Busy         Fault = "busy"            // 429 without
	Overloaded   Fault = "overloaded"      // 503
	Broken       Fault = "broken"          // 500, nothing was queued
	BrokenAfter  Fault = "broken after"    // 500, and it is queued
	GatewayAfter Fault = "gateway after"   // 504 of a proxy, and it is queued
	Rejected     Fault = "rejected"        // 400, failed validation
	NodeErrors   Fault = "node errors"     // 200 with node_errors, and the rest is queued
	Cut          Fault = "cut"             // the connection breaks, nothing was queued
	CutAfter     Fault = "cut after"       // the connection breaks, and it is queued
	Hang         Fault = "hang"            // no reply, nothing was queued
	BadKey       Fault = "bad key"         // 401 of a proxy
	SlowReply    Fault = "slow reply"      // the reply comes in small pieces
	BadReply     Fault = "malformed reply" // 200 with HTML, nothing was queued
)

// Faults of its execution.
const (
	Fails       Fault = "fails"       // a node raises an exception
	Interrupted Fault = "interrupted" // somebody interrupts all work
	Silent      Fault = "silent"      // no events; only the history tells
	NoOutput    Fault = "no output"   // success, and no image
	Stuck       Fault = "stuck"       // runs until it is interrupted
)

// Faults of its image, when it is fetched.
const (
	Drip      Fault = "drip"       // in small pieces
	CutImage  Fault = "cut image"  // the connection breaks in the middle
	Gone      Fault = "gone"       // 404
	WrongType Fault = "wrong type" // HTML with status 200
	Truncated Fault = "truncated"
	Corrupt   Fault = "corrupt"
	Tiny      Fault = "tiny"
	Black     Fault = "black"
	Bomb      Fault = "bomb"
	Empty     Fault = "empty"
)

// Every returns a chooser for Options.Fault: each nth prompt has the fault.
func Every(n int64, f Fault) func(int64) Fault {
	return func(prompt int64) Fault {
		if prompt%n == 0 {
			return f
		}
		return None
	}
}

// First returns a chooser for Options.Fault: the first n prompts have the fault.
func First(n int64, f Fault) func(int64) Fault {
	return func(prompt int64) Fault {
		if prompt <= n {
			return f
		}
		return None
	}
}

// failBefore does what f says before the prompt is looked at; false when the
// call goes on.
func (s *Server) failBefore(c *loopback.Call, f Fault) bool {
	switch f {
	case RateLimited:
		c.Header().Set("Retry-After", fmt.Sprint(int(math.Ceil(s.opts.RetryAfter.Seconds()))))
		s.refuse(c, 429, "Too many requests")
	case Busy:
		s.refuse(c, 429, "Too many requests")
	case Overloaded:
		s.refuse(c, 503, "Service Unavailable")
	case Broken:
		plain(c, 500, "500 Internal Server Error\n\nServer got itself in trouble")
	case BadKey:
		s.refuse(c, 401, "Unauthorized")
	case Rejected:
		reply(c, 400, map[string]any{
			"error":       promptError("prompt_outputs_failed_validation", "Prompt outputs failed validation", ""),
			"node_errors": map[string]any{"3": nodeErrors{Class: "KSampler", Outputs: []string{"9"}, Errors: []nodeError{{"value_bigger_than_max", "Value 100001 bigger than max of 10000", "steps", map[string]any{}}}}},
		})
	case Cut:
		c.Cut()
	case Hang:
		c.Hang()
	case BadReply:
		c.Header().Set("Content-Type", "text/html")
		c.Write([]byte("<html><body>Please sign in</body></html>"))
	default:
		return false
	}
	return true
}

// failAfter does what f says once the prompt is queued; false when the normal
// reply follows.
func (s *Server) failAfter(c *loopback.Call, f Fault) bool {
	switch f {
	case BrokenAfter:
		plain(c, 500, "500 Internal Server Error\n\nServer got itself in trouble")
	case GatewayAfter:
		s.refuse(c, 504, "Gateway Timeout")
	case CutAfter:
		c.Cut()
	default:
		return false
	}
	return true
}

// damage is what f does to an image.
func (f Fault) damage() loopback.Damage {
	switch f {
	case WrongType:
		return loopback.HTMLPage
	case Truncated:
		return loopback.Truncated
	case Corrupt:
		return loopback.Corrupt
	case Tiny:
		return loopback.Tiny
	case Black:
		return loopback.AllBlack
	case Bomb:
		return loopback.Bomb
	case Empty:
		return loopback.Emptiness
	}
	return loopback.NoDamage
}
