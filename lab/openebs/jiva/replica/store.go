// Package replica is one copy of a volume: a sparse file, and what is known of how recent it is.
package replica

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"

	"pikube/lab/jiva/wire"
)

// Recency says which writes a copy has: all that were acknowledged before its Generation ended, unless it is being rebuilt.
//
// Generation: time in ns at which the set of copies last changed that are in sync, of which this was one. RebuildingTo: the generation
// of the copy that this one is being made equal to; until that is done it has blocks of both.
type Recency struct {
	Generation   int64 `json:"generation"`
	RebuildingTo int64 `json:"rebuildingTo"`
	Size         int64 `json:"size"`
}

// Store is the folder of a copy. Names of files are those of the original.
type Store struct {
	folder string
	file   *os.File
	lock   sync.Mutex
	known  Recency
}

// Open makes the copy if it is not there; an existing one is never made smaller.
func Open(folder string, size int64) (*Store, error) {
	file, err := os.OpenFile(filepath.Join(folder, "volume-head-000.img"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	store := &Store{folder: folder, file: file}
	text, err := os.ReadFile(store.counter())
	switch {
	case errors.Is(err, os.ErrNotExist):
	case err != nil:
		return nil, err
	default:
		if err := json.Unmarshal(text, &store.known); err != nil {
			return nil, fmt.Errorf("%s: %w", store.counter(), err)
		}
	}
	return store, store.resize(size)
}

func (s *Store) counter() string { return filepath.Join(s.folder, "revision.counter") }

// Handle answers one request of the controller.
func (s *Store) Handle(request wire.Request) ([]byte, error) {
	switch request.Op {
	case wire.Ping:
		return nil, nil
	case wire.Read:
		data := make([]byte, request.Length)
		_, err := s.file.ReadAt(data, request.Offset)
		return data, err
	case wire.Write:
		_, err := s.file.WriteAt(request.Data, request.Offset)
		return nil, err
	case wire.Zero:
		return nil, unix.Fallocate(int(s.file.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, request.Offset, request.Length)
	case wire.Flush:
		return nil, unix.Fdatasync(int(s.file.Fd()))
	case wire.Sum:
		return s.sum(request.Offset, request.Length)
	case wire.Resize:
		return nil, s.resize(request.Length)
	case wire.State:
		s.lock.Lock()
		defer s.lock.Unlock()
		return json.Marshal(s.known)
	case wire.SetState:
		var known Recency
		if err := json.Unmarshal(request.Data, &known); err != nil {
			return nil, err
		}
		return nil, s.remember(known)
	}
	return nil, fmt.Errorf("operation %d is not known to this stand-in", request.Op)
}

var sumOfNothing = sync.OnceValue(func() [sha256.Size]byte { return sha256.Sum256(make([]byte, wire.Largest)) })

// sum is a checksum of a range. What is not allocated is zeroes, which need no reading.
func (s *Store) sum(offset, length int64) ([]byte, error) {
	begin, err := unix.Seek(int(s.file.Fd()), offset, unix.SEEK_DATA)
	switch {
	case err != nil && !errors.Is(err, unix.ENXIO):
		return nil, err
	case (err != nil || begin >= offset+length) && length == wire.Largest:
		sum := sumOfNothing()
		return sum[:], nil
	}
	data := make([]byte, length)
	if _, err := s.file.ReadAt(data, offset); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	return sum[:], nil
}

func (s *Store) resize(size int64) error {
	information, err := s.file.Stat()
	if err != nil {
		return err
	}
	if information.Size() < size {
		if err := s.file.Truncate(size); err != nil {
			return err
		}
		if err := s.file.Sync(); err != nil {
			return err
		}
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	s.known.Size = max(information.Size(), size)
	return nil
}

// remember returns when the recency is on the disk: a copy that forgot it could pass for a recent one.
func (s *Store) remember(known Recency) error {
	s.lock.Lock()
	defer s.lock.Unlock()
	known.Size = s.known.Size
	text, err := json.Marshal(known)
	if err != nil {
		return err
	}
	unfinished := s.counter() + ".new"
	file, err := os.Create(unfinished)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.Write(text); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := os.Rename(unfinished, s.counter()); err != nil {
		return err
	}
	folder, err := os.Open(s.folder)
	if err != nil {
		return err
	}
	defer folder.Close()
	if err := folder.Sync(); err != nil {
		return err
	}
	s.known = known
	return nil
}
