package initiator

import (
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// Run makes the block device and serves it until it is told to end; SIGHUP has it look for a new size. The device is
// there as soon as its name is.
func Run(portal, folder, name string) error {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	session, err := Login(portal)
	if err != nil {
		return fmt.Errorf("failed to sendtargets to portal %s, err: %w", portal, err)
	}
	defer session.Logout()
	file := &disk{session: session}
	size, err := session.Size()
	if err != nil {
		return err
	}
	file.size.Store(size)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	// What a killed one left; its requests fail as soon as it is dead.
	_ = syscall.Unmount(folder, syscall.MNT_DETACH)
	nothing := time.Duration(0)
	server, err := fs.Mount(folder, &root{disk: file}, &fs.Options{
		AttrTimeout:  &nothing,
		EntryTimeout: &nothing,
		MountOptions: fuse.MountOptions{
			DirectMountStrict: true, MaxWrite: 1 << 20, FsName: "jiva-initiator", Name: "jiva", MaxBackground: 64, DisableXAttrs: true,
		},
	})
	if err != nil {
		return err
	}
	defer func() { _ = syscall.Unmount(folder, syscall.MNT_DETACH) }()
	device, err := attach(filepath.Join(folder, "disk"))
	if err != nil {
		return err
	}
	if err := device.name(name); err != nil {
		_ = device.detach()
		return err
	}
	defer os.Remove(name)
	log.Printf("%s is %s of %s, %d bytes", device.path, name, portal, size)
	go func() {
		server.Wait()
		signals <- syscall.SIGTERM
	}()
	for received := range signals {
		if received != syscall.SIGHUP {
			break
		}
		if size, err := session.Size(); err != nil {
			log.Print(err)
		} else {
			file.size.Store(size)
			log.Printf("%s: %d bytes, %v", device.path, size, device.grow())
		}
	}
	return device.detach()
}
