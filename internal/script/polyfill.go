package script

// polyfills are members that the engine's own objects lack.
func polyfills() []global { return nil }
