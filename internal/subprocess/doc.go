// Package subprocess runs a supervised child that speaks lines on stdio: one
// message is one line on its stdin or stdout, stderr is its log. The child
// lives in a process group of its own and is stopped together with its
// children. The package knows nothing about what the lines mean.
package subprocess
