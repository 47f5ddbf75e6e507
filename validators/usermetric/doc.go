// Package usermetric scores cases by metrics that a user wrote in Python for
// DeepEval: a class, an object that is one, or a function. They run in the user's
// own Python, many cases in one call, and what raises, gives no score or one that
// is out of range could not judge.
package usermetric
