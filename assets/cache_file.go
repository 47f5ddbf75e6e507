package assets

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/GaboBase/arch-genops/internal/database"
	"github.com/GaboBase/arch-genops/internal/filelock"
)

// A file in SQLite's care must not be moved while another process has it open:
// its log, found by name, would be taken for the new file's. So every user holds
// a shared lock on a file beside it, and who moves it must be alone.

// acquire opens the file unless it is open.
func (c *Cache) acquire(ctx context.Context) error {
	if c.db != nil {
		return nil
	}
	if err := c.join(ctx); err != nil {
		return err
	}
	var err error
	c.db, err = database.OpenShared(ctx, c.path, cacheWait)
	c.file, _ = os.Stat(c.path)
	if err == nil {
		var files fs.FS
		if files, err = fs.Sub(migrations, "migrations"); err == nil {
			err = database.Explain(database.Migrate(ctx, c.db, files))
		}
	}
	if err != nil {
		return errors.Join(err, c.release())
	}
	return nil
}

// join becomes a user of the file.
func (c *Cache) join(ctx context.Context) error {
	return c.lock(ctx, func() (bool, error) {
		err := filelock.Lock(c.users, false)
		return !errors.Is(err, ErrInUse), err
	})
}

// lock opens the file of users and tries until the try is the last one, at most
// for cacheWait.
func (c *Cache) lock(ctx context.Context, try func() (last bool, err error)) (err error) {
	if c.users, err = os.OpenFile(c.path+".lock", os.O_RDWR|os.O_CREATE, 0o644); err != nil {
		return err
	}
	for deadline := time.Now().Add(cacheWait); ; time.Sleep(10 * time.Millisecond) {
		last, err := try()
		if last || time.Now().After(deadline) || ctx.Err() != nil {
			if err != nil {
				err = errors.Join(err, c.release())
			}
			return err
		}
	}
}

// release closes the file.
func (c *Cache) release() error {
	var err error
	if c.db != nil {
		err = c.db.Close()
		c.db = nil
	}
	if c.users != nil {
		err = errors.Join(err, c.users.Close())
		c.users = nil
	}
	return err
}

// replace moves the damaged file aside, unless another process does. The next
// acquire makes a new one.
func (c *Cache) replace(ctx context.Context) error {
	c.release() // what it says of a damaged file is known
	clear(c.touched)
	err := c.lock(ctx, func() (bool, error) {
		now, err := os.Stat(c.path)
		if err != nil || !os.SameFile(now, c.file) {
			return true, nil // another process did
		}
		if err := filelock.Lock(c.users, true); err != nil {
			return !errors.Is(err, ErrInUse), err
		}
		return true, c.moveAside()
	})
	if errors.Is(err, ErrInUse) {
		return errors.New("the file is damaged, and other processes are using it; it is replaced when they are done")
	}
	return errors.Join(err, c.release())
}

// moveAside is for the only user of the file. The log goes first: it must never
// meet another file.
func (c *Cache) moveAside() error {
	for _, log := range []string{"-wal", "-shm"} {
		if err := os.Remove(c.path + log); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	aside := c.path + ".damaged"
	if err := os.Rename(c.path, aside); err != nil {
		return err
	}
	c.replaced = aside
	return nil
}
