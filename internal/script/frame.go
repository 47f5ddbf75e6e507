package script

import (
	"bytes"
	"fmt"
	"strconv"
)

// A frame is one line: words, then a body that is JSON. JSON has no raw line
// ends, so that lines stay lines.
//
//	to the child:    env JSON                        what process.env is
//	                 program DIGEST JSON             compile and keep
//	                 forget                          drop all programs
//	                 call ID MILLISECONDS DIGEST JSON
//	                 bundle ID MILLISECONDS JSON
//	from the child:  hello
//	                 ok|threw|limit|refused|fault ID JSON
type frame struct {
	word   string
	id     uint64
	millis int64
	digest string
	body   []byte
}

const maxMillis = 24 * 60 * 60 * 1000

// shapes says which fields a word has: i = id, m = milliseconds, d = digest, b = body.
func shapeOf(word string) (string, bool) {
	switch word {
	case "env":
		return "b", true
	case "program":
		return "db", true
	case "forget", "hello":
		return "", true
	case "call":
		return "imdb", true
	case "bundle":
		return "imb", true
	case "ok", "threw", "limit", "refused", "fault":
		return "ib", true
	}
	return "", false
}

// parseFrame reads a frame; its body is part of line.
func parseFrame(line []byte) (frame, error) {
	word, rest, _ := bytes.Cut(line, []byte{' '})
	f := frame{word: string(word)}
	shape, ok := shapeOf(f.word)
	if !ok {
		return frame{}, fmt.Errorf("a frame of the unknown kind %.20q", word)
	}
	for _, field := range shape {
		if field == 'b' {
			f.body = rest
			if len(rest) == 0 {
				return frame{}, fmt.Errorf("a frame %q without a body", f.word)
			}
			return f, nil
		}
		var text []byte
		text, rest, ok = bytes.Cut(rest, []byte{' '})
		if !ok || !f.set(field, text) {
			return frame{}, fmt.Errorf("a frame %q with the bad field %.40q", f.word, text)
		}
	}
	if len(rest) > 0 {
		return frame{}, fmt.Errorf("a frame %q with more than it holds", f.word)
	}
	return f, nil
}

func (f *frame) set(field rune, text []byte) bool {
	var err error
	switch field {
	case 'i':
		f.id, err = strconv.ParseUint(string(text), 10, 64)
	case 'm':
		f.millis, err = strconv.ParseInt(string(text), 10, 64)
		return err == nil && f.millis >= 0 && f.millis <= maxMillis
	case 'd':
		f.digest = string(text)
		return len(text) == 32
	}
	return err == nil
}

// append adds the frame's line, without its end.
func (f frame) append(line []byte) []byte {
	line = append(line, f.word...)
	shape, _ := shapeOf(f.word)
	for _, field := range shape {
		line = append(line, ' ')
		switch field {
		case 'i':
			line = strconv.AppendUint(line, f.id, 10)
		case 'm':
			line = strconv.AppendInt(line, f.millis, 10)
		case 'd':
			line = append(line, f.digest...)
		case 'b':
			line = append(line, f.body...)
		}
	}
	return line
}
