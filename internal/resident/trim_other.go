//go:build !linux

package resident

// Trim does something on Linux only.
func Trim() {}
