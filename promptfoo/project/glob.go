package project

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Glob lists the files that match a pattern of paths, without hidden ones unless the
// pattern names them; a folder alone for a folder. The order is that of promptfoo, which numbers
// tests and prompts: from the last name of a folder to its first, a folder's own
// files before those of the folders in it, and alternatives as they are written.
func Glob(pattern string) []string {
	if info, err := os.Stat(pattern); err == nil && info.IsDir() {
		return []string{pattern}
	}
	found, err := doublestar.FilepathGlob(pattern)
	if err != nil {
		return nil
	}
	var patterns [][]string
	for _, one := range alternatives(filepath.ToSlash(pattern)) {
		patterns = append(patterns, strings.Split(one, "/"))
	}
	found = slices.DeleteFunc(found, func(path string) bool { return isHidden(names(path), patterns) })
	slices.SortFunc(found, func(a, b string) int { return inOrder(names(a), names(b), patterns) })
	return found
}

func names(path string) []string { return strings.Split(filepath.ToSlash(path), "/") }

// inOrder compares two paths by the first names in which they differ.
func inOrder(a, b []string, patterns [][]string) int {
	i := 0
	for i < len(a)-1 && i < len(b)-1 && a[i] == b[i] {
		i++
	}
	x, y := written(i, a[i], patterns), written(i, b[i], patterns)
	if x >= 0 && y >= 0 && x != y {
		return x - y
	}
	if own, other := i == len(a)-1, i == len(b)-1; own != other {
		if own {
			return -1
		}
		return 1
	}
	return cmp.Compare(b[i], a[i])
}

// written is the first of the patterns that has a name as it is at a place; -1 =
// none has.
func written(at int, name string, patterns [][]string) int {
	return slices.IndexFunc(patterns, func(p []string) bool { return at < len(p) && p[at] == name })
}

// isHidden says whether a path has a name with a leading full stop that no pattern
// asks for.
func isHidden(path []string, patterns [][]string) bool {
	asked := func(name string) bool {
		return slices.ContainsFunc(patterns, func(p []string) bool {
			return slices.ContainsFunc(p, func(part string) bool {
				ok, err := doublestar.Match(part, name)
				return ok && err == nil && part[0] == '.'
			})
		})
	}
	return slices.ContainsFunc(path, func(name string) bool {
		return len(name) > 1 && name[0] == '.' && name != ".." && !asked(name)
	})
}

// alternatives writes a pattern with braces out.
func alternatives(pattern string) []string {
	open := strings.IndexByte(pattern, '{')
	if open < 0 {
		return []string{pattern}
	}
	var cuts []int
	depth, end := 0, -1
	for i := open; i < len(pattern) && end < 0; i++ {
		switch pattern[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				end = i
			}
		case ',':
			if depth == 1 {
				cuts = append(cuts, i)
			}
		}
	}
	if end < 0 {
		return []string{pattern}
	}
	var all []string
	from := open + 1
	for _, cut := range append(cuts, end) {
		all = append(all, alternatives(pattern[:open]+pattern[from:cut]+pattern[end+1:])...)
		from = cut + 1
	}
	return all
}
