package initiator

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

const (
	loopMajor     = 7
	blockSize     = 4096
	loopAttempts  = 50
	loopSetStatus = unix.LO_FLAGS_AUTOCLEAR | unix.LO_FLAGS_DIRECT_IO
)

// loop is a loop device of the machine, which all virtual hosts share: a free one is taken, and with the flag "autoclear" the kernel
// lets it go by itself when nobody has it open or mounted any more, as after a power loss.
type loop struct {
	path string
	file *os.File
}

func attach(backing string) (*loop, error) {
	file, err := os.OpenFile(backing, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	control, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer control.Close()
	for range loopAttempts {
		number, err := unix.IoctlRetInt(int(control.Fd()), unix.LOOP_CTL_GET_FREE)
		if err != nil {
			return nil, fmt.Errorf("no free loop device: %w", err)
		}
		device := fmt.Sprintf("/dev/loop%d", number)
		// Nodes of the machine's devices appear on the machine, not on a host of the lab.
		if err := unix.Mknod(device, unix.S_IFBLK|0o660, int(unix.Mkdev(loopMajor, uint32(number)))); err != nil && !errors.Is(err, unix.EEXIST) {
			return nil, err
		}
		node, err := os.OpenFile(device, os.O_RDWR, 0)
		if err != nil {
			return nil, err
		}
		config := unix.LoopConfig{Fd: uint32(file.Fd()), Size: blockSize, Info: unix.LoopInfo64{Flags: loopSetStatus}}
		copy(config.Info.File_name[:], backing)
		err = unix.IoctlLoopConfigure(int(node.Fd()), &config)
		if err == nil {
			return &loop{device, node}, nil
		}
		_ = node.Close()
		if !errors.Is(err, unix.EBUSY) {
			return nil, fmt.Errorf("%s: %w", device, err)
		}
	}
	return nil, errors.New("no free loop device: others were faster each time")
}

// grow has the device look again how large its file is.
func (l *loop) grow() error {
	return unix.IoctlSetInt(int(l.file.Fd()), unix.LOOP_SET_CAPACITY, 0)
}

// detach ends the device now, or as soon as it is not mounted any more.
func (l *loop) detach() error {
	defer l.file.Close()
	return unix.IoctlSetInt(int(l.file.Fd()), unix.LOOP_CLR_FD, 0)
}

// name makes the path under which udev would show the device.
func (l *loop) name(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	_ = os.Remove(path)
	return os.Symlink(l.path, path)
}
