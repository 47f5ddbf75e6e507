// Package script runs what users write: JavaScript in a supervised child of
// this program, which has a deadline and a memory limit and reaches no file, no
// network and no process; and, where a script needs more than that, the user's
// own node, Python or Ruby as a lasting subprocess.
//
// The child runs one call at a time, each in a fresh engine: nothing that one
// call leaves behind reaches the next. Calls are answered in the order in which
// they were sent, so the oldest call without an answer is the one that ran when
// a child had to be killed; the others are sent again.
//
// Inline code that only looks at its arguments, compares and chooses, and regular
// expressions whose time is bounded, run without a child, and mean the same.
package script
