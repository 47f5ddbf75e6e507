package assets

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

const (
	ownerFile     = "owner.json"
	cancelledFile = "cancelled.json"
)

// Owner is the process that works on a run, or did last.
type Owner struct {
	PID   int       `json:"pid"`
	Host  string    `json:"host"`
	Since time.Time `json:"since"`
}

// Claim notes that this process works on the run. It does not lock: the ledger
// does.
func (f Folder) Claim() error {
	host, _ := os.Hostname() // only shown, and compared
	return f.WriteJSON(ownerFile, Owner{os.Getpid(), host, time.Now().UTC()})
}

// Owner reads who works on the run, or did last; fs.ErrNotExist when nobody did.
func (f Folder) Owner() (Owner, error) {
	var o Owner
	err := f.ReadJSON(ownerFile, &o)
	return o, err
}

// Cancellation says that a run is not to be gone on with by itself.
type Cancellation struct {
	At  time.Time `json:"at"`
	Why string    `json:"why,omitempty"`
}

// Cancel marks a run as not to be gone on with by itself. What it made stays.
func (f Folder) Cancel(why string) error {
	return f.WriteJSON(cancelledFile, Cancellation{time.Now().UTC(), why})
}

// Uncancel takes the mark away.
func (f Folder) Uncancel() error {
	if err := os.Remove(f.Path(cancelledFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Cancelled says whether the run is so marked. A mark that can't be read counts.
func (f Folder) Cancelled() bool {
	_, err := os.Stat(f.Path(cancelledFile))
	return err == nil
}

// Stop asks the process that works on the run to drain, and waits until it has
// let go. On another host it can't.
func (f Folder) Stop(wait time.Duration) error {
	o, err := f.Owner()
	if err != nil {
		return fmt.Errorf("run %s is under way, but who works on it is not known: %w", f.ID, err)
	}
	if host, _ := os.Hostname(); o.Host != host {
		return fmt.Errorf("run %s is under way on another machine (%s, process %d): stop it there", f.ID, o.Host, o.PID)
	}
	p, err := os.FindProcess(o.PID)
	if err == nil {
		err = interrupt(p)
	}
	if err != nil {
		return fmt.Errorf("stopping process %d, which works on run %s: %w", o.PID, f.ID, err)
	}
	for end := time.Now().Add(wait); f.InUse(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			return fmt.Errorf("process %d still works on run %s after %s: it waits for calls in flight", o.PID, f.ID, wait)
		}
	}
	return nil
}
