package cli

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/judges"
)

// labelFile holds the flags that name a file of labels and how it is read.
type labelFile struct {
	path    string
	columns []string
	scale   string
}

func (l *labelFile) flags(f *pflag.FlagSet) {
	f.StringVar(&l.path, "labels", "", "`FILE` of labels")
	f.StringArrayVar(&l.columns, "column", nil, "`FIELD=NAME` of the column that holds a field ("+strings.Join(judges.LabelFields(), ", ")+"); several of label are several raters")
	f.StringVar(&l.scale, "scale", "", "`LOW..HIGH` of labels that are grades, such as 1..5 (default 0..1)")
}

// form is what the flags say of the file's form.
func (l *labelFile) form() (f judges.LabelForm, err error) {
	if l.scale != "" {
		if f.Scale, err = judges.ParseLabelScale(l.scale); err != nil {
			return f, usage(fmt.Errorf("--scale: %w", err))
		}
	}
	f.Columns = map[string][]string{}
	for _, text := range l.columns {
		field, name, ok := strings.Cut(text, "=")
		switch {
		case !ok || strings.TrimSpace(name) == "":
			return f, usage(fmt.Errorf("--column %q: write FIELD=NAME, such as label=my_grade", text))
		case !slices.Contains(judges.LabelFields(), field):
			return f, usage(fmt.Errorf("--column %q: %s is no field; known: %s", text, field, strings.Join(judges.LabelFields(), ", ")))
		case field != "label" && len(f.Columns[field]) > 0:
			return f, usage(fmt.Errorf("--column %q: the %s is in one column; only a label may be in several, one for each rater", text, field))
		}
		f.Columns[field] = append(f.Columns[field], strings.TrimSpace(name))
	}
	return f, nil
}

// read reads the labels.
func (l *labelFile) read(s *State, p *config.Project) (*judges.Labels, error) {
	form, err := l.form()
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(s.path(l.path))
	if err != nil {
		return nil, usage(err)
	}
	return form.Read(inProject(p.Root, s.path(l.path)), data)
}
