// Package generators holds what answers requests: agents and models under
// test. One file per kind; every one is a pipeline.Generator that passes
// pipelinetest.
package generators
