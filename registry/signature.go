package registry

import (
	"context"
	"strings"
)

// Signature says what git found out about the signature of a record.
type Signature struct {
	Status string `json:"status"`           // good, bad, unsigned or unknown (git can't tell: it does not know the key)
	Signer string `json:"signer,omitempty"` // as git calls it
}

// Kinds of Signature.Status.
const (
	SignatureGood    = "good"
	SignatureBad     = "bad"
	SignatureUnknown = "unknown"
	SignatureNone    = "unsigned"
)

// signatures tells, for each file below dir of an archive's ref, what git finds
// about the commit that added it. A file that a merge brought in by itself was
// added by nobody, and is unsigned.
func (r *repository) signatures(ctx context.Context, c *content, ref, dir string) (map[string]Signature, error) {
	out, err := r.run(ctx, "log", "-z", "--no-show-signature", "--format=%x01%H", "--name-only", "--no-renames", "--diff-filter=A", "--no-relative", ref, "--", ":(top,literal)"+dir)
	if err != nil {
		return nil, err
	}
	added := map[string]string{} // file → commit
	var signed []string
	for record := range strings.SplitSeq(out, "\x01") {
		commit, files, _ := strings.Cut(record, "\x00")
		if commit == "" {
			continue
		}
		for file := range strings.SplitSeq(files, "\x00") {
			if file = strings.TrimPrefix(file, "\n"); file != "" {
				added[file] = commit
			}
		}
		if _, data, err := c.get(commit); err == nil && parseCommit(data).signed {
			signed = append(signed, commit)
		}
	}
	checked, err := r.checkSignatures(ctx, signed)
	if err != nil {
		return nil, err
	}
	all := map[string]Signature{}
	for file, commit := range added {
		s, ok := checked[commit]
		if !ok {
			s.Status = SignatureNone
		}
		all[file] = s
	}
	return all, nil
}

// checkSignatures lets git verify signed commits.
func (r *repository) checkSignatures(ctx context.Context, commits []string) (map[string]Signature, error) {
	if len(commits) == 0 {
		return nil, nil
	}
	all := map[string]Signature{}
	const most = 200 // a longer command line may be refused
	for len(commits) > 0 {
		n := min(len(commits), most)
		out, err := r.run(ctx, append([]string{"log", "--no-walk=unsorted", "--no-show-signature", "--format=%H %G? %GS"}, commits[:n]...)...)
		if err != nil {
			return nil, err
		}
		commits = commits[n:]
		for line := range strings.Lines(out) {
			words := strings.SplitN(strings.TrimSpace(line), " ", 3)
			if len(words) < 2 {
				continue
			}
			s := Signature{Status: signatureStatus(words[1])}
			if len(words) == 3 {
				s.Signer = words[2]
			}
			all[words[0]] = s
		}
	}
	return all, nil
}

// signatureStatus reads git's letter (git-log, %G?). An expired or revoked key
// is not good, and neither is one that nobody vouches for.
func signatureStatus(letter string) string {
	switch letter {
	case "G":
		return SignatureGood
	case "B", "R", "X", "Y":
		return SignatureBad
	}
	return SignatureUnknown
}
