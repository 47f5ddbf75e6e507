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

// OwnSession makes a command that is not started yet independent of this
// process: it leads a session of its own, where the system has them, so that it
// outlives a kill of this process or of its group and ends what it began. It
// has no terminal to ask on. When its context ends it is asked to stop, as it
// would be by a terminal, and may clean up first.
func OwnSession(cmd *exec.Cmd) {
	setSession(cmd)
	cmd.Cancel = func() error {
		newGroup(cmd.Process).terminate()
		return nil
	}
}
