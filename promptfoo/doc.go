// Package promptfoo runs promptfoo projects as they are: each row — a test with
// a prompt and a provider — is one case of a run of package evals, which keeps
// the ledger, the budget and the reports. A [Runner] is that run's generator: it
// renders the prompt, asks the provider, and judges by the test's own
// assertions; [Document] writes what a run keeps in promptfoo's own shape.
//
// It imports neither evals nor cli: they put the halves together.
package promptfoo
