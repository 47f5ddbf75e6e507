package stats

// UnitMean is the mean of values in [0,1] with an interval that stays honest
// where they are few, alike or at an end: that of PPISmall without a judge. With
// fewer than 2 values it is [0,1].
func UnitMean(xs []float64, level float64) Corrected {
	return PPISmall(xs, make([]float64, len(xs)), nil, level).Corrected
}
