package registry

// Unseen says why an agent may run on files that neither its file nor its
// command names: what its build reads, what a script imports. "" = it names all
// of them, or declares a version that vouches for them. has tells which files
// the project has.
func (a *Agent) Unseen(has func(file string) bool) string {
	p := a.Runtime.Process
	if p == nil || len(a.Files) > 0 || a.Version != "" {
		return ""
	}
	if len(a.Build) > 0 {
		return "its build may read any file"
	}
	isFile := func(arg string) bool { return has(arg) }
	if why := hiddenCode(p.Command, isFile); why != "" {
		return why
	}
	if script := scriptOf(p.Command); script != "" {
		return script + " may import any file"
	}
	return ""
}
