package generators

import (
	"net/http"

	"github.com/GaboBase/arch-genops/pipeline"
)

// wire is one provider's format of a chat over HTTP. Its methods are pure and
// safe for concurrent use.
type wire interface {
	// path is appended to the base URL.
	path(model string, stream bool) string
	// authorize puts the key where the provider looks for it.
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
	// asset is the whole answer, after the last event; before it, an error.
	asset() (pipeline.Asset, error)
}
