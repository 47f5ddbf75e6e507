package generators

import (
	"errors"
	"net/http"

	"github.com/GaboBase/arch-genops/pipeline"
)

// wire is one provider's format of a chat over HTTP. Its methods are pure and
// safe for concurrent use.
type wire interface {
	// path is appended to the base URL; it may have a query.
	path(model string, stream bool) string
	// authorize puts the key, "" when there is none, where the provider looks
	// for it, and sets the headers that the provider wants besides.
	authorize(header http.Header, key string)
	// encode writes the request's body. What the provider can't do is an error
	// that names it.
	encode(model string, c *pipeline.Chat, stream bool) ([]byte, error)
	// decode reads a whole reply with status 2xx. A reply without an answer is
	// an error that says why: *replyError for an error object in a 2xx body.
	decode(body []byte, contentType string) (pipeline.Asset, error)
	// events returns a fresh reader of one streamed reply.
	events() eventReader
}

// eventReader puts a streamed reply together, event by event.
type eventReader interface {
	// event takes one server-sent event; done says that it was the last one.
	event(name string, data []byte) (done bool, err error)
	// asset is the whole answer, after the last event or at the end of a stream
	// that has no last one. Where the answer is not whole, the error wraps
	// errUnfinished.
	asset() (pipeline.Asset, error)
}

// errUnfinished says that a stream has ended, and its answer has not.
var errUnfinished = errors.New("the stream ended before its last event")
