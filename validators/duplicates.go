package validators

import (
	"context"
	"math/bits"
	"strconv"

	"github.com/GaboBase/arch-genops/pipeline"
)

// Duplicates finds images of a run that are the same as an earlier one: equal
// bytes, or perceptual hashes that lie together. Of equals the first one in the
// order of the run passes. A request that asks for exactly what an earlier one
// asks for is no duplicate: it is wanted twice, and judged as that one is. It needs the features of Technical.
//
// Two hashes that work differently, dHash and pHash, must both lie within
// MaxDistance bits: another encoding or size of one picture has distances of 0
// to 2, a mirrored one about 32, another seed mostly above 10.
type Duplicates struct {
	MaxDistance int // bits of 64 in which hashes may differ; 0 = 3
}

// ValidateBatch implements pipeline.BatchValidator.
func (d Duplicates) ValidateBatch(ctx context.Context, subjects []pipeline.Subject) ([]pipeline.Finding, error) {
	most := d.MaxDistance
	if most == 0 {
		most = 3
	}
	type seen struct {
		dhash, phash uint64
		id           string
	}
	byDigest, bySeq := map[string]string{}, map[int64]int{}
	var before []seen
	out := make([]pipeline.Finding, len(subjects))
	for i, s := range subjects {
		if i%1000 == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		out[i] = pipeline.Finding{Score: 1, Pass: true}
		if s.Asset.Blob == nil {
			continue
		}
		if p := s.Planned; p != nil {
			bySeq[p.Seq] = i
			if first, ok := twinOf(p, bySeq); ok {
				out[i] = out[first]
				continue
			}
		}
		id := s.Request.ID
		if first, ok := byDigest[s.Asset.Blob.Digest]; ok {
			out[i] = bad("the same file as %s", first)
			continue
		}
		byDigest[s.Asset.Blob.Digest] = id
		dhash, phash, ok := hashesOf(s)
		if !ok {
			continue // not decodable: technical says so
		}
		for _, e := range before {
			if n := max(bits.OnesCount64(e.dhash^dhash), bits.OnesCount64(e.phash^phash)); n <= most {
				out[i] = bad("it looks the same as %s (%d of 64 bits differ)", e.id, n)
				break
			}
		}
		if out[i].Pass {
			before = append(before, seen{dhash, phash, id})
		}
	}
	return out, nil
}

// twinOf is the position of the request that p is a twin of.
func twinOf(p *pipeline.Planned, bySeq map[int64]int) (int, bool) {
	if p.TwinOf == nil {
		return 0, false
	}
	i, ok := bySeq[*p.TwinOf]
	return i, ok
}

// hashesOf reads the hashes that Technical found.
func hashesOf(s pipeline.Subject) (dhash, phash uint64, ok bool) {
	for _, f := range s.Findings {
		if f.Features["dhash"] == "" {
			continue
		}
		d, errD := strconv.ParseUint(f.Features["dhash"], 16, 64)
		p, errP := strconv.ParseUint(f.Features["phash"], 16, 64)
		return d, p, errD == nil && errP == nil
	}
	return 0, 0, false
}
