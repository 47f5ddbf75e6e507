package registry

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

// insideLink says whether a link can only lead to what lies in the project. It
// may climb at its beginning only: behind a name, ".." would start from
// wherever another link leads.
func insideLink(name, target string) bool {
	if target == "" || path.IsAbs(target) || strings.ContainsAny(target, "\\:\x00") {
		return false
	}
	down := false
	for part := range strings.SplitSeq(target, "/") {
		switch {
		case part == ".." && down:
			return false
		case part != ".." && part != "." && part != "":
			down = true
		}
	}
	return filepath.IsLocal(path.Join(path.Dir(name), target))
}

// Git LFS keeps a large file beside git and a pointer to it in git
// (git-lfs, docs/spec.md).
const (
	lfsStart   = "version https://git-lfs.github.com/spec/"
	lfsLargest = 1024
)

var lfsObject = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^oid sha256:([0-9a-f]{64})$`) })

// large opens the file that a pointer of Git LFS stands for, if it was fetched.
func (r *repository) large(pointer []byte) (*os.File, error) {
	m := lfsObject().FindSubmatch(pointer)
	if m == nil {
		return nil, errors.New("is a pointer of Git LFS that can't be read")
	}
	id := string(m[1])
	name := filepath.Join(r.common, "lfs", "objects", id[:2], id[2:4], id)
	if d, err := fileDigest(name); err != nil || d != "sha256:"+id {
		return nil, errors.New("is kept by Git LFS and is not here; `git lfs fetch --all` gets it")
	}
	return os.Open(name)
}

func linkDigest(target string) string {
	d := sha256.Sum256([]byte(target))
	return "link:" + hex.EncodeToString(d[:])
}
