package testsets

import (
	"slices"

	"github.com/GaboBase/arch-genops/internal/config"
)

// outOfScope is the label of CLINC150 (Larson et al. 2019) for what no intent
// of the set covers.
const outOfScope = "oos"

// clincSplits are the splits of CLINC150, the ones to be judged on first.
var clincSplits = [][2]string{{"test", "oos_test"}, {"val", "oos_val"}, {"train", "oos_train"}}

// isCLINC recognises an object that holds nothing but splits.
func isCLINC(root *value) bool {
	for i := range root.items {
		v := &root.items[i]
		known := slices.ContainsFunc(clincSplits, func(s [2]string) bool { return v.key == s[0] || v.key == s[1] })
		if !known || v.kind != list {
			return false
		}
	}
	return len(root.items) > 0
}

// clinc reads the cases of the test split; a file without one is read for its
// validation, else for its training split. Metadata says which.
func (r *reader) clinc(root *value) error {
	r.set.Format = "clinc150"
	if err := r.noRemap(); err != nil {
		return err
	}
	in, out := map[string]string{"scope": "in"}, map[string]string{"scope": "out"}
	for _, pair := range clincSplits {
		if root.get(pair[0]) == nil && root.get(pair[1]) == nil {
			continue
		}
		for _, name := range pair {
			split := root.get(name)
			if split == nil {
				continue
			}
			metadata := map[string]any{"split": name}
			for i := 0; i < len(split.items) && !r.full(); i++ {
				r.utterance(&split.items[i], name, in, out, metadata)
			}
		}
		return nil
	}
	return nil
}

func (r *reader) utterance(v *value, split string, in, out map[string]string, metadata map[string]any) {
	c := r.next(v)
	c.Slice, c.Metadata = in, metadata
	if v.kind != list || len(v.items) != 2 || v.items[0].kind != text || v.items[1].kind != text {
		r.fail(c.Line, split, "expected a pair of texts [text, intent], found %s", v.describe())
	} else {
		label := v.items[1].text
		if label == outOfScope {
			c.Slice = out
		} else if split[:1] == "o" {
			r.fail(int(v.items[1].line), split, "expected the intent %q, found %s", outOfScope, config.Shorten(label))
		}
		c.Expected = label
		r.input(c, &v.items[0], split)
	}
}
