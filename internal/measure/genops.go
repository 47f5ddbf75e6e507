package measure

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// Genops builds the program that is measured into dir and returns its path. It
// works from any folder of the module.
func Genops(dir string) (string, error) {
	path := filepath.Join(dir, "genops")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	cmd := exec.Command("go", "build", "-trimpath", "-o", path, "github.com/GaboBase/arch-genops/cmd/genops")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0") // as make build does
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("building genops: %w", err)
	}
	return path, nil
}
