package semdiff

import "context"

// Side is one version of what is compared.
type Side struct {
	Kind  string // prompt, agent, model, testset, or text for anything else
	Name  string
	Ref   string // how people call this version; may be ""
	Files []File // the object's own file first, then what it includes: partials, tools, the agent's prompt
}

// File is one text of a Side.
type File struct {
	Name string // what the object calls it: "" for its own file, else "partial NAME", "tool NAME", "prompt NAME"
	Path string // in the project, for people
	Text []byte
}

// Entailer tells whether a text follows from another one.
type Entailer interface {
	// Entails is the probability, in [0,1], that hypothesis follows from premise.
	Entails(ctx context.Context, premise, hypothesis string) (float64, error)
}

// Options of a comparison; the zero value works offline with what is built in.
type Options struct {
	Entailer Entailer // nil = none; asked both ways about rewordings that rules and embeddings leave open
}
