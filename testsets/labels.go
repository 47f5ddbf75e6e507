package testsets

import (
	"strconv"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
)

// labelled reads an expected value; where labels have names, a number is the
// name of its label.
func (r *reader) labelled(v *value) any {
	if len(r.opt.LabelNames) == 0 || v.kind != number && v.kind != text {
		return v.any()
	}
	i, err := strconv.Atoi(strings.TrimSpace(v.text))
	switch {
	case err != nil && v.kind == text && !r.flat:
		return v.any()
	case err == nil && i == -1:
		r.leave("%d case(s) have no expected value: their label is -1")
		return nil
	case err != nil || i < 0 || i >= len(r.opt.LabelNames):
		r.fail(int(v.line), v.key, "%s is not the number of a label: %d are named, 0 to %d", config.Shorten(v.text), len(r.opt.LabelNames), len(r.opt.LabelNames)-1)
		return nil
	}
	return r.opt.LabelNames[i]
}
