// Package judged holds the metrics that a model judges, with the meaning that
// DeepEval gives them, as pure algorithms: a Metric asks questions through the
// Asker port, reads the replies and computes a score.
//
// The visible table of metrics is in table.go. Each metric behaves in one of
// the Modes: Default never passes on nothing (an error means "could not
// judge"), Exact and the others reproduce a release of DeepEval to the letter.
// What Default does otherwise is listed in deviations.go.
//
// The meaning follows DeepEval's documentation and its measured behaviour; the
// wording of the questions is not here but in the prompts of package
// validators.
package judged
