package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// wholes are the files that are whole or not there, by name, each with what
// tells it from a half one.
var wholes = map[string]func([]byte) error{
	"run.json":       wholeJSON,
	"result.json":    wholeJSON,
	"report.html":    endsWith("</html>"),
	"junit.xml":      wholeXML,
	"summary.md":     endsWith(""),
	"records.sha256": wholeRecords,
}

// halfFiles reads every such file of the project's runs and names those that
// are not whole.
func halfFiles(project string) []string {
	var half []string
	for _, run := range folders(project) {
		for name, whole := range wholes {
			data, err := os.ReadFile(filepath.Join(run, name))
			if errors.Is(err, os.ErrNotExist) {
				continue
			}
			if err == nil {
				err = whole(data)
			}
			if err != nil {
				half = append(half, fmt.Sprintf("%s/%s is not whole: %v", filepath.Base(run), name, err))
			}
		}
	}
	return half
}

// reportsFound tells how many of the files that a run writes at its end are
// there, with a + when another one was begun.
func reportsFound(project string) string {
	n, begun := 0, ""
	for _, run := range folders(project) {
		entries, _ := os.ReadDir(run)
		for _, e := range entries {
			switch _, whole := wholes[e.Name()]; {
			case whole && e.Name() != "run.json":
				n++
			case strings.HasPrefix(e.Name(), ".tmp-"):
				begun = "+"
			}
		}
	}
	return fmt.Sprintf("%d%s of %d", n, begun, len(wholes)-1)
}

func wholeJSON(data []byte) error {
	var v map[string]any
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	if v["run"] == "" || v["run"] == nil {
		return errors.New("it names no run")
	}
	return nil
}

func wholeXML(data []byte) error {
	d := xml.NewDecoder(bytes.NewReader(data))
	for elements := 0; ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && elements > 0 {
			return nil
		}
		if err != nil {
			return err
		}
		if _, ok := token.(xml.StartElement); ok {
			elements++
		}
	}
}

// endsWith wants text, the given ending and a line feed.
func endsWith(ending string) func([]byte) error {
	return func(data []byte) error {
		body, fed := bytes.CutSuffix(data, []byte("\n"))
		if !fed || len(bytes.TrimSpace(body)) == 0 || !bytes.HasSuffix(body, []byte(ending)) {
			return fmt.Errorf("%d bytes without the end", len(data))
		}
		return nil
	}
}

// recordLine is a digest and the first draw of a case of newProject.
var recordLine = regexp.MustCompile(`^[0-9a-f]{32}  c[0-9]{4,}#1$`)

func wholeRecords(data []byte) error {
	body, fed := bytes.CutSuffix(data, []byte("\n"))
	if !fed {
		return errors.New("the last line has no end")
	}
	for line := range bytes.SplitSeq(body, []byte("\n")) {
		if !recordLine.Match(line) {
			return fmt.Errorf("line %q is no record", line)
		}
	}
	return nil
}
