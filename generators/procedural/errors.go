package procedural

import "io/fs"

// SceneError says which value of a Scene can't be drawn, and which can.
type SceneError struct{ say string }

func (e *SceneError) Error() string { return "procedural: " + e.say }

// Unwrap makes it an fs.ErrInvalid.
func (e *SceneError) Unwrap() error { return fs.ErrInvalid }
