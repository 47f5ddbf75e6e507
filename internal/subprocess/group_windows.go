package subprocess

import (
	"os"
	"os/exec"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// group is a job object: closing or terminating it ends every process in it.
// A process that the program starts before the job takes it in escapes.
type group struct {
	process *os.Process
	job     windows.Handle // 0 when the system gave none
	once    *sync.Once
}

func setGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP}
}

// setSession leaves the console's Ctrl-C to this process. A child outlives its
// parent by itself here.
func setSession(cmd *exec.Cmd) { setGroup(cmd) }

func newGroup(p *os.Process) group {
	g := group{process: p, once: new(sync.Once)}
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return g
	}
	info := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{
		BasicLimitInformation: windows.JOBOBJECT_BASIC_LIMIT_INFORMATION{
			LimitFlags: windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE,
		},
	}
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	if err == nil {
		err = assign(job, uint32(p.Pid))
	}
	if err != nil {
		windows.CloseHandle(job)
		return g
	}
	g.job = job
	return g
}

func assign(job windows.Handle, pid uint32) error {
	h, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, pid)
	if err != nil {
		return err
	}
	defer windows.CloseHandle(h)
	return windows.AssignProcessToJobObject(job, h)
}

// terminate does nothing: a console program without a window can't be asked.
func (g group) terminate() {}

func (g group) kill() {
	g.release()
	g.process.Kill()
}

func (g group) release() {
	g.once.Do(func() {
		if g.job != 0 {
			windows.CloseHandle(g.job)
		}
	})
}

// KillGroup does nothing: a job ends what is in it when its context ends.
func KillGroup(*exec.Cmd) {}
