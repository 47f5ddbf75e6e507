package project

import (
	"errors"
	"slices"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// ownOptions are the options of a test that say nothing to a model.
var ownOptions = []string{"prefix", "suffix", "provider", "rubricPrompt", "transform", "postprocess", "transformVars", "storeOutputAs", "runSerially",
	"disableVarExpansion", "disableConversationVar", "disableDefaultAsserts", "repeat", "factuality"}

// Steering is the part of a prompt's config and a test's options that goes to the
// provider, over the provider's own config; nil when there is none.
func Steering(config *jsvalue.Object) (over *jsvalue.Object) {
	for _, k := range config.Keys() {
		if slices.Contains(ownOptions, k) {
			continue
		}
		if over == nil {
			over = &jsvalue.Object{}
		}
		v, _ := config.Get(k)
		over.Set(k, v)
	}
	return over
}

// Steered is the model of a provider of the project with a config laid over its own,
// key by key.
func (p *Project) Steered(one *Provider, over *jsvalue.Object) (ChatModel, error) {
	l := *p.reader // what it reads and finds is its own: several may be at work
	l.problems, l.texts, l.parsed, l.started, l.told = nil, map[string]string{}, map[string]*tree{}, map[Program]bool{}, map[string]bool{}
	l.project = &Project{}
	merged := one.Config.Clone().Merge(over)
	call := l.translate(one.ID, fromValue(merged, one.Place), one.Place, "config", l.dir)
	for _, problem := range l.problems {
		if problem.Fatal {
			return ChatModel{}, errors.New(problem.Message)
		}
	}
	return call.Model, nil
}
