package googleserver

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
)

// unsigned stands for the signature of a call that this model did not make.
const unsigned = "skip_thought_signature_validator"

// Sign is the thought signature of a function call.
func Sign(c *FunctionCall) string {
	var args any
	_ = json.Unmarshal(c.Args, &args) // what is no JSON signs like null
	canonical, _ := json.Marshal(args)
	sum := sha256.Sum256(append([]byte(c.Name+"\n"), canonical...))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// signedHere says that the signature is the one that this server gave to the
// call, or the stand-in for none.
func (p *Part) signedHere() bool {
	return p.ThoughtSignature == unsigned || p.ThoughtSignature == Sign(p.FunctionCall)
}

// sign signs the first call of a reply, as models since the third generation do.
func (p *Reply) sign(model string) {
	if !wantsSignature(model) {
		return
	}
	for i, part := range p.Parts {
		if part.FunctionCall == nil {
			continue
		}
		if part.ThoughtSignature == "" {
			p.Parts = append([]Part(nil), p.Parts...)
			p.Parts[i].ThoughtSignature = Sign(part.FunctionCall)
		}
		return
	}
}
