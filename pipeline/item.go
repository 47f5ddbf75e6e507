package pipeline

// Item is one media asset that a brief asks for, before it is known who makes
// it. It has everything that layer 1 settled: slots filled in, matrix expanded,
// packs applied.
type Item struct {
	ID         string            `json:"id"`    // unique in the brief and stable: BRIEFITEM-VARIANT#DRAW, e.g. "hero-03#2"
	Alias      string            `json:"alias"` // name of the delivered file, without ending: [a-z0-9-]+, unique in the brief
	Prompt     MediaPrompt       `json:"prompt"`
	Seed       uint64            `json:"seed"`
	Draw       int               `json:"draw"` // 1 for the first picture of this prompt, 2 … for further ones
	Width      int               `json:"width"`
	Height     int               `json:"height"`
	Format     string            `json:"format,omitempty"` // png, jpeg, webp; "" = the provider's own
	Model      string            `json:"model,omitempty"`
	Params     map[string]any    `json:"params,omitempty"`
	Generators []string          `json:"generators,omitempty"` // makes it with these alone; empty = the run's
	Vars       map[string]string `json:"vars,omitempty"`       // what the matrix chose, by name of the slot or field, for names and reports
	Title      string            `json:"title,omitempty"`      // for metadata
}

// Planned is one request of a run as layer 1 hands it on: a line of
// requests.jsonl.
type Planned struct {
	Seq      int64    `json:"seq"` // from 0, the order of the run
	Item     Item     `json:"item"`
	Request  Request  `json:"request"`
	Key      string   `json:"key"` // Request.Key
	Losses   []Loss   `json:"losses,omitempty"`
	PriceUSD *float64 `json:"price_usd,omitempty"` // highest price of one call; nil = not known; 0 for a twin
	// TwinOf is the Seq of an earlier request with the same Key: this one is not
	// sent, it gets what that one gets. nil = there is none.
	TwinOf *int64 `json:"twin_of,omitempty"`
}

// Record is what is known of one finished request: the result in its ledger
// row. The bytes are in the store before a Record names them.
type Record struct {
	Provider  string            `json:"provider"`
	Digest    string            `json:"digest,omitempty"` // "sha256:…" of the bytes; "" = none, or text
	Type      string            `json:"type,omitempty"`   // MIME type
	Bytes     int64             `json:"bytes,omitempty"`
	Width     int               `json:"width,omitempty"`
	Height    int               `json:"height,omitempty"`
	Text      string            `json:"text,omitempty"` // of a text asset
	Seed      *uint64           `json:"seed,omitempty"` // that was really used
	CostUSD   float64           `json:"cost_usd,omitempty"`
	Unpriced  bool              `json:"unpriced,omitempty"`
	LatencyMS int64             `json:"latency_ms,omitempty"`
	At        int64             `json:"at"`                   // Unix time of the result
	Err       string            `json:"err,omitempty"`        // why there is no asset
	Moderated string            `json:"moderated,omitempty"`  // the provider refused it, or altered the result
	Held      bool              `json:"held,omitempty"`       // its fate is unknown, and the policy is hold
	Open      bool              `json:"open,omitempty"`       // it was turned away, and may be sent again: there is no result yet
	Reused    string            `json:"reused,omitempty"`     // run from which it was taken: nothing was paid
	Twin      string            `json:"twin,omitempty"`       // ID of the equal request of this run whose result it is: nothing was paid
	BeforeUSD float64           `json:"before_usd,omitempty"` // what earlier results cost that this one replaces
	Uncertain int               `json:"uncertain,omitempty"`  // sends of which nobody knows whether they were billed
	Recipe    map[string]string `json:"recipe,omitempty"`
}

// SpentUSD is all that was paid for the request.
func (r *Record) SpentUSD() float64 { return r.CostUSD + r.BeforeUSD }

// IsReused says whether the result was taken from elsewhere.
func (r *Record) IsReused() bool { return r.Reused != "" || r.Twin != "" }

// OK says whether there is an asset.
func (r *Record) OK() bool { return r.Err == "" && r.Moderated == "" && !r.Held && !r.Open }
