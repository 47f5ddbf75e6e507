package generators

import (
	"fmt"
	"testing"

	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/pipeline/pipelinetest"
)

func TestProceduralMedia(t *testing.T) {
	pipelinetest.Media(t, pipelinetest.MediaAbilities{Seeds: true, Sizes: true}, func(testing.TB, pipelinetest.MediaBehaviour) pipelinetest.MediaBackend {
		return pipelinetest.MediaBackend{Generator: Procedural{}, Job: func(n int) pipeline.MediaJob {
			return pipeline.MediaJob{Provider: "procedural", Seed: uint64(n), Width: 96, Height: 64, Prompt: pipeline.MediaPrompt{Subject: fmt.Sprint("a lighthouse by the sea, number ", n)}}
		}}
	})
}
