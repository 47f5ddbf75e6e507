//go:build unix

package subprocess

import (
	"os"
	"os/exec"
	"syscall"
)

// group is the process group that the program leads.
type group int

func setGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func setSession(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

func newGroup(p *os.Process) group { return group(p.Pid) }

func (g group) terminate() { syscall.Kill(-int(g), syscall.SIGTERM) }
func (g group) kill()      { syscall.Kill(-int(g), syscall.SIGKILL) }
func (g group) release()   {}

// KillGroup kills what a command that was started and has ended left in its group.
func KillGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		newGroup(cmd.Process).kill()
	}
}
