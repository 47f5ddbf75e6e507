// Package measure is what the programs below bench/ share: building genops,
// running a process to its end and telling what it took, and installing promptfoo
// as the peer that is measured beside it.
package measure
