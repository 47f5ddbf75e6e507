package pipeline

import "context"

// Judged is what layer 3 says of one asset: a line of findings.jsonl.
type Judged struct {
	Seq      int64     `json:"seq"`
	ID       string    `json:"id"`
	Findings []Finding `json:"findings"`           // one a validator, in their order
	Unjudged []string  `json:"unjudged,omitempty"` // "METRIC: why" of validators that could not judge
	Because  []string  `json:"because,omitempty"`  // metrics of required validators that did not pass it, or could not judge
	Pass     bool      `json:"pass"`               // every required validator judged it and passed it
}

// BatchValidator judges all subjects of a run together: duplicates, ranks. It
// returns one Finding a subject, in their order. An error means that none could
// be judged. Subjects hold the findings of the validators before; their bytes
// are read by Open when they are needed.
type BatchValidator interface {
	ValidateBatch(context.Context, []Subject) ([]Finding, error)
}

// Receipt is a deployer's proof of delivery.
type Receipt struct {
	Seq    int64  `json:"seq"`
	ID     string `json:"id"`
	Target string `json:"target"`          // where it went: a folder, a bucket
	Path   string `json:"path"`            // content address below the target
	Alias  string `json:"alias,omitempty"` // the name for people, below the target
	URL    string `json:"url,omitempty"`   // for readers, where there is one
	Digest string `json:"digest"`          // of what was read back after delivery
	Bytes  int64  `json:"bytes"`
	At     int64  `json:"at"` // Unix time
}

// Delivery is one asset on its way out.
type Delivery struct {
	Planned Planned
	Record  Record
	Judged  Judged
	Data    []byte
}

// Deployer delivers an asset. Deploy is idempotent: the same asset again leads
// to the same Receipt, but for the time. It is safe for concurrent use. What it
// returns was read back and compared.
type Deployer interface {
	Deploy(context.Context, Delivery) (Receipt, error)
}
