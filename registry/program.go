package registry

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// processParts adds the program and the arguments that name files. why says
// what can't be told from them, "" when nothing.
func processParts(root string, command []string, self Self, parts map[string]string) (why string, err error) {
	if command[0] == "genops" {
		parts["program genops"] = digest([]byte(self.Identity))
	} else if path, err := Program(root, command[0]); err == nil {
		if parts["program "+command[0]], err = fileDigest(path); err != nil {
			return "", err
		}
	} // a program that is absent is reported when it is started
	isFile := func(arg string) bool { return namedFile(root, arg) != "" }
	for _, arg := range command[1:] {
		if path := namedFile(root, arg); path != "" {
			if parts[partName(root, path, arg)], err = fileDigest(path); err != nil {
				return "", err
			}
		}
	}
	return hiddenCode(command, isFile), nil
}

// ProgramParts are digests of a command's program and of the files that its
// arguments name, below root or elsewhere, by what they are. What can't be told
// from them, such as modules that the program loads, is not there.
func ProgramParts(root string, command []string, self Self) (map[string]string, error) {
	parts := map[string]string{}
	_, err := processParts(root, command, self, parts)
	return parts, err
}

// namedFile is the file that a command's argument names, also as --flag=FILE;
// "" when it names none.
func namedFile(root, arg string) string {
	if _, after, ok := strings.Cut(arg, "="); ok && strings.HasPrefix(arg, "-") {
		arg = after
	}
	if arg == "" {
		return ""
	}
	if !filepath.IsAbs(arg) {
		arg = filepath.Join(root, arg)
	}
	if info, err := os.Stat(arg); err != nil || !info.Mode().IsRegular() {
		return "" // a folder, or a device that would never end
	}
	return arg
}

// outside names a relative file of the agent's command that lies outside of the
// project: it is there for the working tree, and for no version.
func (a *Agent) outside(project string) string {
	if a.Runtime.Process == nil {
		return ""
	}
	i := slices.IndexFunc(a.Runtime.Process.Command, func(arg string) bool {
		if _, after, ok := strings.Cut(arg, "="); ok && strings.HasPrefix(arg, "-") {
			arg = after
		}
		return strings.HasPrefix(filepath.ToSlash(filepath.Clean(arg)), "../") && namedFile(project, arg) != ""
	})
	if i < 0 {
		return ""
	}
	return a.Runtime.Process.Command[i]
}

// Program resolves the program of a command: a name with a slash is taken from
// root, any other is looked up in PATH.
func Program(root, name string) (string, error) {
	if strings.ContainsAny(name, `/\`) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(root, name)
		}
		return exec.LookPath(name)
	}
	return exec.LookPath(name)
}
