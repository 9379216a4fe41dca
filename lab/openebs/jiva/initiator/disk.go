package initiator

import (
	"context"
	"log"
	"sync/atomic"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"

	"pikube/lab/jiva/wire"
)

const largestZero = 64 << 20

// root is a file system of one file, disk is that file.
type root struct {
	fs.Inode
	disk *disk
}

type disk struct {
	fs.Inode
	session *Session
	size    atomic.Int64
}

var (
	_ fs.NodeOnAdder   = (*root)(nil)
	_ fs.NodeOpener    = (*disk)(nil)
	_ fs.NodeReader    = (*disk)(nil)
	_ fs.NodeWriter    = (*disk)(nil)
	_ fs.NodeFsyncer   = (*disk)(nil)
	_ fs.NodeAllocater = (*disk)(nil)
	_ fs.NodeGetattrer = (*disk)(nil)
)

func (r *root) OnAdd(ctx context.Context) {
	r.AddChild("disk", r.NewPersistentInode(ctx, r.disk, fs.StableAttr{Mode: syscall.S_IFREG}), false)
}

func (d *disk) Open(context.Context, uint32) (fs.FileHandle, uint32, syscall.Errno) {
	return nil, fuse.FOPEN_DIRECT_IO, 0
}

func (d *disk) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	out.Mode, out.Size, out.Blksize = syscall.S_IFREG|0o600, uint64(d.size.Load()), 4096
	return 0
}

func (d *disk) Read(_ context.Context, _ fs.FileHandle, into []byte, offset int64) (fuse.ReadResult, syscall.Errno) {
	length := min(int64(len(into)), d.size.Load()-offset)
	if length <= 0 {
		return fuse.ReadResultData(nil), 0
	}
	data, err := d.session.Do(wire.Request{Op: wire.Read, Offset: offset, Length: length})
	return fuse.ReadResultData(data), failed("read", offset, err)
}

func (d *disk) Write(_ context.Context, _ fs.FileHandle, data []byte, offset int64) (uint32, syscall.Errno) {
	_, err := d.session.Do(wire.Request{Op: wire.Write, Offset: offset, Data: data})
	return uint32(len(data)), failed("write", offset, err)
}

func (d *disk) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	_, err := d.session.Do(wire.Request{Op: wire.Flush})
	return failed("flush", 0, err)
}

// Allocate is asked by the loop device for discards only.
func (d *disk) Allocate(_ context.Context, _ fs.FileHandle, offset, length uint64, mode uint32) syscall.Errno {
	const punch = 0x02
	if mode&punch == 0 {
		return syscall.EOPNOTSUPP
	}
	for end := offset + length; offset < end; offset += largestZero {
		_, err := d.session.Do(wire.Request{Op: wire.Zero, Offset: int64(offset), Length: int64(min(largestZero, end-offset))})
		if errno := failed("discard", int64(offset), err); errno != 0 {
			return errno
		}
	}
	return 0
}

func failed(what string, offset int64, err error) syscall.Errno {
	if err == nil {
		return 0
	}
	log.Printf("%s at %d: %v", what, offset, err)
	return syscall.EIO
}
