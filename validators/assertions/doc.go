// Package assertions judges outputs by promptfoo's assertions, with promptfoo's
// meaning: the same verdict and the same score for the same output.
//
// [New] compiles the assertions of one test into a [Suite]; [Suite.Judge] judges
// one answer. The visible table of types is in table.go. What needs more than
// the answer itself — scripts, templates, a model that judges, embeddings — comes
// through the ports of [Deps]; a port that is absent makes the assertions that
// need it unjudgeable, never passed.
//
// There are two modes. [Exact] does what promptfoo 0.123.1 does, to the letter.
// [Strict], the zero value, does the same but for the cases in [Deviations],
// where promptfoo passes on nothing: there the answer could not be judged.
package assertions
