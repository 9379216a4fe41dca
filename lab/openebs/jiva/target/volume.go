package target

import (
	"log"
	"slices"
	"sync"
	"time"

	"pikube/lab/jiva/replica"
	"pikube/lab/jiva/wire"
)

// Volume is the set of copies. Reads of the set hold the lock shared for as long as a request lasts, changes of it alone.
type Volume struct {
	name    string
	factor  int
	lock    sync.RWMutex
	size    int64
	copies  []*copyOf
	waiting []*copyOf
	stripes stripes
	// Closed when the volume can be written for the first time.
	opened chan struct{}
	open   sync.Once
}

// New is a volume that no copy has registered for.
func New(name string, factor int, size int64) *Volume {
	return &Volume{name: name, factor: factor, size: size, opened: make(chan struct{})}
}

// quorum is how many copies have to be in step for a write: the majority of those that the volume should have.
func (v *Volume) quorum() int { return v.factor/2 + 1 }

func (v *Volume) inStep() int {
	number := 0
	for _, one := range v.copies {
		if one.mode == inStep {
			number++
		}
	}
	return number
}

func (v *Volume) writable() bool { return v.inStep() >= v.quorum() }

// change does a request that changes blocks on every copy. It is acknowledged when a majority of the copies in step have it, and no copy
// that misses it can pass for one in step.
func (v *Volume) change(request wire.Request, length int64) error {
	defer v.stripes.hold(request.Offset, length)()
	return v.everywhere(request)
}

func (v *Volume) everywhere(request wire.Request) error {
	v.lock.RLock()
	if !v.writable() {
		v.lock.RUnlock()
		return wire.ErrBusy
	}
	failures := make([]error, len(v.copies))
	copies := slices.Clone(v.copies)
	var asked sync.WaitGroup
	for index, one := range copies {
		asked.Add(1)
		go func() {
			defer asked.Done()
			_, failures[index] = one.do(request)
		}()
	}
	asked.Wait()
	v.lock.RUnlock()
	for index, one := range copies {
		if failures[index] != nil {
			if err := v.remove(one, failures[index]); err != nil {
				return err
			}
		}
	}
	return nil
}

// read asks the first copy in step, and the next where that fails.
func (v *Volume) read(request wire.Request) ([]byte, error) {
	for {
		v.lock.RLock()
		index := slices.IndexFunc(v.copies, func(one *copyOf) bool { return one.mode == inStep })
		if index < 0 {
			v.lock.RUnlock()
			return nil, wire.ErrBusy
		}
		one := v.copies[index]
		data, err := one.do(request)
		v.lock.RUnlock()
		if err == nil {
			return data, nil
		}
		_ = v.remove(one, err)
	}
}

// remove takes a copy out, whatever it was. The error is ErrBusy when too few are left for a write.
func (v *Volume) remove(gone *copyOf, why error) error {
	gone.client.Close()
	v.lock.Lock()
	defer v.lock.Unlock()
	v.waiting = slices.DeleteFunc(v.waiting, func(one *copyOf) bool { return one == gone })
	index := slices.Index(v.copies, gone)
	if index >= 0 {
		log.Printf("Setting replica %s to mode ERR: %v", gone.address, why)
		v.copies = slices.Delete(v.copies, index, index+1)
		if gone.mode == inStep {
			v.nextGeneration()
		}
	}
	if v.inStep() == 0 {
		// Nobody is left to be made equal to: the next that register begin anew.
		for _, one := range v.copies {
			one.client.Close()
		}
		v.copies = nil
	}
	if !v.writable() {
		if index >= 0 {
			log.Printf("Mode: ReadOnly, %d of %d replicas are RW", v.inStep(), v.factor)
		}
		return wire.ErrBusy
	}
	return nil
}

// nextGeneration has every copy in step remember that they are the ones from now on. Too few to write are no generation: what a copy
// missed while nothing was acknowledged does not make it older.
func (v *Volume) nextGeneration() {
	for v.writable() {
		generation := time.Now().UnixNano()
		for _, one := range v.copies {
			generation = max(generation, one.recency.Generation+1, one.recency.RebuildingTo+1)
		}
		complete := true
		for _, one := range slices.Clone(v.copies) {
			known := replica.Recency{Generation: generation}
			if one.mode == rebuilding {
				known = replica.Recency{Generation: one.recency.Generation, RebuildingTo: generation}
			}
			if err := one.remember(known); err != nil {
				log.Printf("Setting replica %s to mode ERR: %v", one.address, err)
				one.client.Close()
				v.copies = slices.DeleteFunc(v.copies, func(other *copyOf) bool { return other == one })
				complete = false
			}
		}
		if complete {
			v.open.Do(func() { close(v.opened) })
			return
		}
	}
}

// Handle answers one request of the initiator.
func (v *Volume) Handle(request wire.Request) ([]byte, error) {
	v.lock.RLock()
	size := v.size
	v.lock.RUnlock()
	if length := max(request.Length, int64(len(request.Data))); request.Offset < 0 || length < 0 || request.Offset > size-length {
		return nil, wire.Refusal("the range is not within the volume")
	}
	switch request.Op {
	case wire.Ping:
		return nil, nil
	case wire.Size:
		return encodeSize(size), nil
	case wire.Read:
		return v.read(request)
	case wire.Write:
		return nil, v.change(request, int64(len(request.Data)))
	case wire.Zero:
		return nil, v.change(request, request.Length)
	case wire.Flush:
		return nil, v.everywhere(request)
	}
	return nil, wire.Refusal("the target does not know this operation")
}
