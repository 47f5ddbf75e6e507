package registry

import "io/fs"

// Model is a model file as written, checked.
type Model struct {
	About string `yaml:"description"`
}

func (o *Object) readModel(project fs.FS) error {
	_, err := o.add(project, "", o.Path)
	if err != nil {
		return err
	}
	o.Model = &Model{}
	return nil
}
