// Package genops is the map of the house; it holds no code.
//
// GenOps runs generative work breadth-first through four layers — optimize,
// synthesize, assure, deliver — and lets nothing through a gate without
// evidence. A package imports only lower floors; imports_test.go holds the
// table and fails when the map is no longer true.
//
//	cmd/, bench/          10  programs
//	internal/cli           9  the command tree
//	export                 7  reports: HTML, JUnit, Markdown, JSON, CSV, annotations, comparisons
//	evals                  6  test set × agent × metrics → report, evidence
//	registry/importer      6  files of other programs become a project's objects
//	generators             5  agents and models under test: process.go, http.go, model*.go, one wire a provider;
//	                          makers of media: comfyui*.go, openai_images*.go, process_media*.go; stand-ins for tests below
//	validators             5  scorers: one Finding per Subject
//	deployers              5  where assets go: a folder, an address that takes PUT
//	internal/durable       5  a layer of a media run over several processes on one Postgres: chunks, leases, ledger
//	ci                     4  what a branch changes, and which tests, evals and deployments that calls for
//	generators/procedural  4  pictures without a model: generative art from a prompt's words
//	pipeline               4  the types that tie it together, the sweep, and the four layers of media runs
//	assets                 3  folders of runs, the ledger of calls, the store, the cache of answers, cassettes
//	testsets/inspect       3  what a test set can and can't decide
//	semdiff                3  what changed in meaning, and which gate that calls for
//	semdiff/wordnet        2  synonyms, antonyms and base forms of English words
//	embedding, registry    2  text vectors; prompts, agents, models and test sets in git: versions, labels, log, evidence
//	testsets, gate         1  cases and their formats; statistical rules → Decision
//	dotprompt, prices      1  prompts: parse and render; what models cost
//	internal/database/databasetest
//	                       1  a Postgres server of one's own, for tests and benches
//	internal/config, internal/subprocess, internal/stats, internal/database, internal/filelock, internal/junit,
//	examples, testsets/parquet
//	                       0
//
// The Go API is not stable before v1.
package genops
