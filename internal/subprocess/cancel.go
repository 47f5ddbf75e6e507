package subprocess

import "os/exec"

// KillGroupOnCancel makes a command that is not started yet the leader of its
// own process group, and kills that group when its context ends.
func KillGroupOnCancel(cmd *exec.Cmd) {
	setGroup(cmd)
	cmd.Cancel = func() error {
		newGroup(cmd.Process).kill()
		return nil
	}
}
