// Package validators scores outputs: one Finding per Subject.
//
// The visible table of metrics is in metric.go; New compiles one assertion of a
// test set into a pipeline.Validator. What New returns holds no state that
// changes, so one validator serves any number of goroutines, and the same
// Subject always gets the same Finding.
//
// Scores lie in [0,1], higher is better, and are never NaN. An error from
// Validate means "could not judge": it is neither a pass nor a failure.
package validators
