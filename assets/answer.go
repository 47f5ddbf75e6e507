package assets

import "time"

// Answer is what one call brought, kept for calls that ask the same.
type Answer struct {
	Key      string    // pipeline.Request.Key: SHA-256, hexadecimal, of release, case, draw and parameters
	Release  string    // digest of what answered
	CalledAt time.Time // when
	Result   []byte    // compact JSON, opaque to the store
	CostUSD  float64   // that the call cost
}
