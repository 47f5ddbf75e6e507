// Package deployers delivers assets: each one is put, read back and compared,
// with a sidecar that tells how it came about.
package deployers
