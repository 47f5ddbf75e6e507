package registry

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
	"strings"
)

// gitObject is one object of git, whole.
type gitObject struct {
	kind string // blob, tree, commit or tag
	data []byte
}

// format is how a repository names its objects.
type format struct{ sha256 bool }

func (f format) hash() hash.Hash {
	if f.sha256 {
		return sha256.New()
	}
	return sha1.New() // what git names objects by; nothing here rests on its strength
}

// zero is the name that stands for "no object".
func (f format) zero() string { return strings.Repeat("0", 2*f.hash().Size()) }

// id is the name that git gives to an object.
func (f format) id(o gitObject) string {
	h := f.hash()
	fmt.Fprintf(h, "%s %d\x00", o.kind, len(o.data))
	h.Write(o.data)
	return hex.EncodeToString(h.Sum(nil))
}

var packKinds = map[string]byte{"commit": 1, "tree": 2, "blob": 3, "tag": 4}

// pack writes objects as git transfers them: a pack of version 2 without
// deltas (gitformat-pack).
func (f format) pack(objects []gitObject) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("PACK")
	binary.Write(&b, binary.BigEndian, [2]uint32{2, uint32(len(objects))})
	for _, o := range objects {
		size := len(o.data)
		head := packKinds[o.kind]<<4 | byte(size&15)
		for size >>= 4; size > 0; size >>= 7 {
			b.WriteByte(head | 0x80)
			head = byte(size & 0x7f)
		}
		b.WriteByte(head)
		z := zlib.NewWriter(&b)
		if _, err := z.Write(o.data); err != nil {
			return nil, err
		}
		if err := z.Close(); err != nil {
			return nil, err
		}
	}
	h := f.hash()
	h.Write(b.Bytes())
	return h.Sum(b.Bytes()), nil
}

// leaf is one line of a tree.
type leaf struct{ mode, name, id string }

const (
	modeTree = "40000"
	modeFile = "100644"
)

func (e leaf) isTree() bool { return e.mode == modeTree }

// sortName is by what git sorts a tree: folders as if a slash ended their name.
func (e leaf) sortName() string {
	if e.isTree() {
		return e.name + "/"
	}
	return e.name
}

// entries reads the content of a tree object.
func (f format) entries(data []byte) ([]leaf, error) {
	size := f.hash().Size()
	var all []leaf
	for len(data) > 0 {
		head, rest, ok := bytes.Cut(data, []byte{0})
		mode, name, named := strings.Cut(string(head), " ")
		if !ok || !named || name == "" || len(rest) < size {
			return nil, fmt.Errorf("a tree object is damaged")
		}
		all = append(all, leaf{mode, name, hex.EncodeToString(rest[:size])})
		data = rest[size:]
	}
	return all, nil
}

// tree makes the object of a folder; its lines may come in any order.
func (f format) tree(all []leaf) (gitObject, error) {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b leaf) int { return strings.Compare(a.sortName(), b.sortName()) })
	var b bytes.Buffer
	for _, e := range all {
		id, err := hex.DecodeString(e.id)
		if err != nil {
			return gitObject{}, err
		}
		fmt.Fprintf(&b, "%s %s\x00", e.mode, e.name)
		b.Write(id)
	}
	return gitObject{"tree", b.Bytes()}, nil
}

// gitCommit is what a commit says.
type gitCommit struct {
	tree    string
	parents []string
	signed  bool
	message string
}

// commitObject makes an unsigned commit; who is "Name <email> seconds zone".
func commitObject(c gitCommit, who string) gitObject {
	var b strings.Builder
	fmt.Fprintf(&b, "tree %s\n", c.tree)
	for _, p := range c.parents {
		fmt.Fprintf(&b, "parent %s\n", p)
	}
	fmt.Fprintf(&b, "author %s\ncommitter %s\n\n%s", who, who, c.message)
	return gitObject{"commit", []byte(b.String())}
}

// parseCommit reads what this package needs of a commit.
func parseCommit(data []byte) gitCommit {
	head, message, _ := strings.Cut(string(data), "\n\n")
	c := gitCommit{message: message}
	for line := range strings.Lines(head) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		switch key {
		case "tree":
			c.tree = value
		case "parent":
			c.parents = append(c.parents, value)
		case "gpgsig", "gpgsig-sha256":
			c.signed = true
		}
	}
	return c
}
