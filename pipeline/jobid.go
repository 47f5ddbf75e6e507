package pipeline

import (
	"crypto/sha1"
	"fmt"
)

// JobID is the deterministic ID under which a provider is to know a job: a UUID
// of version 5 (RFC 9562, 5.5) in GenOps' own namespace, over the parts.
func JobID(parts ...string) string {
	h := sha1.New()
	h.Write(jobSpace[:])
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	u := [16]byte(h.Sum(nil)[:16])
	u[6] = u[6]&0x0f | 0x50
	u[8] = u[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[0:4], u[4:6], u[6:8], u[8:10], u[10:16])
}

// jobSpace is the namespace: the UUID of version 5 of "genops" in RFC 9562's
// DNS namespace, so that no other program makes the same IDs.
var jobSpace = [16]byte{0x12, 0x9e, 0xe5, 0xf2, 0x3f, 0x2a, 0x52, 0x22, 0x9c, 0xf2, 0x9f, 0xd7, 0x2d, 0x5d, 0x21, 0xcb}
