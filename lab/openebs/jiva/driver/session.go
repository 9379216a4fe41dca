package driver

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	"pikube/lab/jiva/cluster"
)

// The kernel's initiator and its sessions outlive every pod. So does the stand-in's: it is a service of the host, started from a copy of
// this program there.
const (
	host         = "/host"
	folder       = "/run/jiva-initiator"
	program      = folder + "/initiator"
	loginSeconds = 20
)

// deviceName is the path that udev would give the disk.
func deviceName(volume *cluster.Volume) string {
	target := volume.Spec.Target
	return fmt.Sprintf("/dev/disk/by-path/ip-%s:%d-iscsi-%s-lun-0", target.IP, target.Port, target.IQN)
}

// unit goes by the portal: the driver refuses a volume whose name is in the path of a mount.
func unit(volume *cluster.Volume) string {
	return "jiva-initiator-" + strings.NewReplacer(".", "-", ":", "-").Replace(volume.Spec.Target.IP)
}

// onHost runs a command in the mount namespace of the host.
func onHost(ctx context.Context, words ...string) outcome {
	return command(ctx, append([]string{"nsenter", "--mount=" + host + "/proc/1/ns/mnt", "--"}, words...)...)
}

// login makes the device, as iscsiadm -l does. A session that is there is used.
func login(ctx context.Context, volume *cluster.Volume) error {
	if _, err := os.Stat(deviceName(volume)); err == nil {
		return nil
	}
	if err := installInitiator(); err != nil {
		return err
	}
	name := unit(volume)
	// Of an earlier session only the name is left.
	onHost(ctx, "systemctl", "reset-failed", name)
	portal := fmt.Sprintf("%s:%d", volume.Spec.Target.IP, volume.Spec.Target.Port)
	// Without the default dependencies it is not stopped before the file systems on it are unmounted.
	started := onHost(ctx, "systemd-run", "--unit="+name, "--description=stand-in for the iSCSI session of "+volume.Name,
		"--property=DefaultDependencies=no", "--property=OOMScoreAdjust=-900", "--collect",
		program, portal, filepath.Join(folder, name), deviceName(volume))
	last := strings.TrimSpace(started.text)
	for begin := time.Now(); started.err == nil && time.Since(begin) < loginSeconds*time.Second; time.Sleep(50 * time.Millisecond) {
		if _, err := os.Stat(deviceName(volume)); err == nil {
			return nil
		}
		if onHost(ctx, "systemctl", "is-active", "--quiet", name).err != nil {
			last = strings.TrimSpace(onHost(ctx, "journalctl", "--unit="+name, "--lines=1", "--output=cat").text)
			break
		}
	}
	onHost(ctx, "systemctl", "stop", name)
	if _, said, found := strings.Cut(last, "initiator: "); found {
		last = said
	}
	return fmt.Errorf("failed to find device path: [], last error seen: %s", last)
}

func logout(ctx context.Context, volume *cluster.Volume) {
	if done := onHost(ctx, "systemctl", "stop", unit(volume)); done.err != nil {
		log.Printf("logout of %s: %v: %s", volume.Name, done.err, done.text)
	}
}

// installInitiator copies this program to where the host can run it; one that runs stays as it is.
func installInitiator() error {
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		return err
	}
	defer self.Close()
	if err := os.MkdirAll(host+folder, 0o755); err != nil {
		return err
	}
	unfinished := host + program + ".new"
	file, err := os.OpenFile(unfinished, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := io.Copy(file, self); err != nil {
		return err
	}
	return os.Rename(unfinished, host+program)
}

// grow has the initiator look at the target's size, and the file system fill it.
func grow(ctx context.Context, volume *cluster.Volume, path string) error {
	if done := onHost(ctx, "systemctl", "kill", "--signal=HUP", unit(volume)); done.err != nil {
		return fmt.Errorf("rescan of %s: %w: %s", volume.Name, done.err, done.text)
	}
	time.Sleep(time.Second)
	if done := command(ctx, "resize2fs", deviceName(volume)); done.err != nil {
		return fmt.Errorf("resize of the file system at %s: %w: %s", path, done.err, done.text)
	}
	return nil
}
