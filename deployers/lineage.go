package deployers

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/GaboBase/arch-genops/pipeline"
)

// Lineage is the sidecar of a delivered asset: all that led to it.
type Lineage struct {
	Schema     int                   `json:"schema"` // 1
	Asset      string                `json:"asset"`  // content address below the target
	Digest     string                `json:"digest"`
	Type       string                `json:"type"`
	Bytes      int64                 `json:"bytes"`
	Width      int                   `json:"width,omitempty"`
	Height     int                   `json:"height,omitempty"`
	Title      string                `json:"title,omitempty"`
	Run        string                `json:"run"`
	Brief      string                `json:"brief,omitempty"` // digest of the brief
	Item       string                `json:"item"`
	Draw       int                   `json:"draw"`
	Vars       map[string]string     `json:"vars,omitempty"` // what the matrix chose
	Request    string                `json:"request"`        // ID
	Key        string                `json:"key"`            // SHA-256 of the request's canonical form
	JobID      string                `json:"job_id,omitempty"`
	Provider   string                `json:"provider"`
	Model      string                `json:"model,omitempty"`
	Release    string                `json:"release,omitempty"` // digest of the generator's configuration
	Seed       *uint64               `json:"seed,omitempty"`    // that was really used
	Prompt     *pipeline.MediaPrompt `json:"prompt,omitempty"`
	PromptHash string                `json:"prompt_sha256,omitempty"` // where the prompt itself is not told
	Lowered    json.RawMessage       `json:"lowered,omitempty"`       // what the provider was sent
	Params     map[string]any        `json:"params,omitempty"`
	Losses     []pipeline.Loss       `json:"losses,omitempty"`
	Recipe     map[string]string     `json:"recipe,omitempty"`
	CostUSD    float64               `json:"cost_usd"`
	LatencyMS  int64                 `json:"latency_ms"`
	MadeAt     int64                 `json:"made_at"` // Unix time
	Reused     string                `json:"reused_from_run,omitempty"`
	Twin       string                `json:"reused_from_request,omitempty"` // an equal one of the same run
	Findings   []pipeline.Finding    `json:"findings"`
	Unjudged   []string              `json:"unjudged,omitempty"`
	Source     string                `json:"digital_source_type,omitempty"` // IPTC NewsCodes
	Version    string                `json:"genops"`                        // that delivered it
}

// Origin is what deliveries of one run have in common.
type Origin struct {
	Run     string
	Brief   string // digest
	Version string // of genops
	Prompt  string // full, hash or none: how much of prompts the sidecars tell; "" = full
	Several bool   // several generators make each item, so names for people end with theirs
}

// IPTC's terms for how a picture came about (newscodes/digitalsourcetype).
const (
	sourceTrained     = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
	sourceAlgorithmic = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia"
)

// lineage gathers what is known of an asset.
func (o Origin) lineage(d pipeline.Delivery, path string) Lineage {
	p, r := d.Planned, d.Record
	media := p.Request.Media
	l := Lineage{Schema: 1, Asset: path, Digest: r.Digest, Type: r.Type, Bytes: r.Bytes, Width: r.Width, Height: r.Height, Title: p.Item.Title,
		Run: o.Run, Brief: o.Brief, Item: p.Item.ID, Draw: p.Item.Draw, Vars: p.Item.Vars, Request: p.Request.ID, Key: p.Key, JobID: p.Request.JobID,
		Provider: r.Provider, Model: media.Model, Release: p.Request.Release, Seed: r.Seed, Params: media.Params, Losses: p.Losses,
		Recipe: r.Recipe, CostUSD: r.CostUSD, LatencyMS: r.LatencyMS, MadeAt: r.At, Reused: r.Reused, Twin: r.Twin,
		Findings: d.Judged.Findings, Unjudged: d.Judged.Unjudged, Version: o.Version, Source: sourceTrained}
	if r.Recipe["generator"] != "" {
		l.Source = sourceAlgorithmic
	}
	switch o.Prompt {
	case "hash":
		data, _ := json.Marshal(media.Prompt) // texts and numbers always can
		sum := sha256.Sum256(data)
		l.PromptHash = hex.EncodeToString(sum[:])
	case "none":
	default:
		l.Prompt, l.Lowered = &media.Prompt, media.Lowered
	}
	if o.Prompt == "hash" || o.Prompt == "none" {
		l.Vars, l.Params, l.Title = nil, nil, ""
		l.Recipe = withoutWords(l.Recipe)
	}
	return l
}

// quoting are the entries of recipes that quote the prompt.
var quoting = []string{"elements", "not understood", "no place for", "refused", "letters without a glyph", "revised_prompt"}

// withoutWords drops what of a recipe quotes the prompt.
func withoutWords(recipe map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range recipe {
		if !slices.Contains(quoting, k) {
			out[k] = v
		}
	}
	return out
}
