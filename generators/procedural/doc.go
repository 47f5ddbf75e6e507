// Package procedural draws pictures without a model: deterministic generative
// art, composed from the words of a prompt, its style and its seed. It is
// GenOps' built-in media generator, for when there is no key and no service:
// placeholders, demonstrations, tests of a whole run.
//
// It is honest about what it is. A vocabulary (data/vocabulary.txt) maps words
// to the elements of a scene, to palettes, lights, cameras and looks; the
// words that got most votes decide which family of scenes is drawn. Words that
// it doesn't know change nothing but chance, and Info lists them.
//
//	scene.go      Scene, Info, Render
//	plan.go       words → plan, by vocabulary.go and palette.go
//	stage.go      plan → picture: palettes, the table of scenes, finishing
//	canvas.go     pixels; path.go, raster.go: shapes; glow.go, blur.go: light
//	noise.go      chance in space; random.go: chance in order; fixed.go: arithmetic
//	text.go       typesetting
//	sky.go …      one file an element or family of scenes
//
// Only integers decide pixels, so that a scene looks the same on every
// processor; the tests hold digests of pixels.
package procedural
