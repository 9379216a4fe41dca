package driver

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// mountPoints of this container, which sees those of the host below the kubelet's folder and below /host.
func mountPoints() []string {
	text, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		log.Print(err)
		return nil
	}
	var found []string
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 1 {
			found = append(found, fields[1])
		}
	}
	return found
}

func mounted(path string) bool { return slices.Contains(mountPoints(), path) }

// mountsOf are the mounts that have the volume's name in their path.
func mountsOf(name string) []string {
	return slices.DeleteFunc(mountPoints(), func(path string) bool { return !strings.Contains(path, name) })
}

// formatAndMount as Kubernetes' SafeFormatAndMount: a device with a file system is checked, an empty one gets one.
func formatAndMount(ctx context.Context, device, where, fsType string, options []string) error {
	// What mount(8) would write down.
	device, err := filepath.EvalSymlinks(device)
	if err != nil {
		return err
	}
	there := strings.TrimSpace(command(ctx, "blkid", "-p", "-s", "TYPE", "-o", "value", device).text)
	switch {
	case there == "":
		if done := command(ctx, "mkfs."+fsType, "-F", "-m0", device); done.err != nil {
			return fmt.Errorf("format of disk %q failed: %w: %s", device, done.err, done.text)
		}
	case there != fsType:
		return fmt.Errorf("failed to mount the volume as %q, it already contains %s", fsType, there)
	default:
		const corrected, uncorrected = 1, 4
		done := command(ctx, "fsck."+fsType, "-a", device)
		var exit *exec.ExitError
		if errors.As(done.err, &exit) && exit.ExitCode() >= uncorrected {
			return fmt.Errorf("'fsck' found errors on device %s but could not correct them: %s", device, done.text)
		} else if done.err != nil {
			log.Printf("fsck of %s: %v (%d is corrected): %s", device, done.err, corrected, done.text)
		}
	}
	if err := os.MkdirAll(where, 0o750); err != nil {
		return err
	}
	data := strings.Join(slices.DeleteFunc(slices.Clone(options), func(option string) bool { return option == "rw" }), ",")
	if err := unix.Mount(device, where, fsType, 0, data); err != nil {
		return fmt.Errorf("mount of %s at %s failed: %w", device, where, err)
	}
	return nil
}

func bind(from, to string, readOnly bool) error {
	if err := os.MkdirAll(to, 0o750); err != nil {
		return err
	}
	if err := unix.Mount(from, to, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("bind mount of %s at %s failed: %w", from, to, err)
	}
	if readOnly {
		return unix.Mount("", to, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, "")
	}
	return nil
}

// unmount a path until nothing is mounted there, and remove the folder.
func unmount(path string) error {
	for mounted(path) {
		if err := unix.Unmount(path, 0); err != nil {
			return fmt.Errorf("unmount of %s failed: %w", path, err)
		}
	}
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return err
	}
	return nil
}

type outcome struct {
	text string
	err  error
}

func command(ctx context.Context, words ...string) outcome {
	text, err := exec.CommandContext(ctx, words[0], words[1:]...).CombinedOutput()
	return outcome{string(text), err}
}
