package target

import (
	"bytes"
	"errors"
	"fmt"
	"log"
	"slices"
	"time"

	"pikube/lab/jiva/replica"
	"pikube/lab/jiva/wire"
)

var errLeft = errors.New("the copy has left")

// admit takes a copy that has registered. Before a leader is known it waits for a majority; afterwards it is rebuilt, one at a time.
func (v *Volume) admit(new *copyOf) error {
	for _, one := range v.named(new.name) {
		_ = v.remove(one, errors.New("it registers anew"))
	}
	go v.watch(new)
	v.lock.Lock()
	defer v.lock.Unlock()
	if len(v.copies) > 0 {
		return v.join(new)
	}
	v.waiting = append(v.waiting, new)
	if len(v.waiting) < v.quorum() {
		log.Printf("%d of %d replicas have registered, waiting for %d", len(v.waiting), v.factor, v.quorum())
		return nil
	}
	first := leader(v.waiting)
	if first == nil {
		log.Printf("none of %d replicas has every acknowledged write, waiting for another", len(v.waiting))
		return nil
	}
	rest := slices.DeleteFunc(v.waiting, func(one *copyOf) bool { return one == first })
	v.waiting = nil
	v.size = max(v.size, first.recency.Size)
	if first.recency.Size < v.size {
		if err := first.resize(v.size); err != nil {
			return err
		}
	}
	first.mode, v.copies = inStep, []*copyOf{first}
	first.progress.Store(100)
	log.Printf("replica %s is RW, the others follow it", first.address)
	v.nextGeneration()
	for _, one := range rest {
		if err := v.join(one); err != nil {
			log.Print(err)
			one.client.Close()
		}
	}
	return nil
}

// named is the same replica in an earlier life, if its end was not noticed yet.
func (v *Volume) named(name string) (found []*copyOf) {
	v.lock.RLock()
	defer v.lock.RUnlock()
	for _, one := range append(slices.Clone(v.copies), v.waiting...) {
		if one.name == name {
			found = append(found, one)
		}
	}
	return found
}

// refusal is why a copy cannot join now, empty if it can.
func (v *Volume) refusal() string {
	for _, one := range v.copies {
		if one.mode == rebuilding {
			return fmt.Sprintf("can only have one WO replica at a time, found WO Replica: %s", one.address)
		}
	}
	return ""
}

func (v *Volume) join(new *copyOf) error {
	if refusal := v.refusal(); refusal != "" {
		return errors.New(refusal)
	}
	source := v.copies[slices.IndexFunc(v.copies, func(one *copyOf) bool { return one.mode == inStep })]
	if new.recency.Size < v.size {
		if err := new.resize(v.size); err != nil {
			return err
		}
	}
	// Before the first block is changed: from here on it has blocks of both. A source without a generation has acknowledged nothing.
	if err := new.remember(replica.Recency{Generation: new.recency.Generation, RebuildingTo: source.recency.Generation}); err != nil {
		return err
	}
	new.mode = rebuilding
	v.copies = append(v.copies, new)
	log.Printf("replica %s is WO", new.address)
	go v.rebuild(new, v.size)
	return nil
}

// rebuild makes a copy equal to those in step, while they are written to, and then counts it among them.
func (v *Volume) rebuild(new *copyOf, size int64) {
	for offset := int64(0); offset < size; offset += stripe {
		if err := v.equalise(new, offset, min(stripe, size-offset)); err != nil {
			_ = v.remove(new, err)
			return
		}
		new.progress.Store(int32(offset * 100 / size))
	}
	v.lock.Lock()
	if !slices.Contains(v.copies, new) {
		v.lock.Unlock()
		return
	}
	_, err := new.do(wire.Request{Op: wire.Flush})
	if err == nil {
		source := v.copies[slices.IndexFunc(v.copies, func(one *copyOf) bool { return one.mode == inStep })]
		err = new.remember(replica.Recency{Generation: source.recency.Generation})
	}
	if err == nil {
		new.mode = inStep
		new.progress.Store(100)
		v.nextGeneration()
		log.Printf("replica %s is RW, %d of %d", new.address, v.inStep(), v.factor)
	}
	v.lock.Unlock()
	if err != nil {
		_ = v.remove(new, err)
	}
}

func (v *Volume) equalise(new *copyOf, offset, length int64) error {
	defer v.stripes.hold(offset, length)()
	v.lock.RLock()
	defer v.lock.RUnlock()
	index := slices.IndexFunc(v.copies, func(one *copyOf) bool { return one.mode == inStep })
	if index < 0 || !slices.Contains(v.copies, new) {
		return errLeft
	}
	source := v.copies[index]
	sum := wire.Request{Op: wire.Sum, Offset: offset, Length: length}
	want, err := source.do(sum)
	if err != nil {
		return fmt.Errorf("the source of the rebuild: %w", err)
	}
	have, err := new.do(sum)
	if err != nil || bytes.Equal(want, have) {
		return err
	}
	data, err := source.do(wire.Request{Op: wire.Read, Offset: offset, Length: length})
	if err != nil {
		return fmt.Errorf("the source of the rebuild: %w", err)
	}
	_, err = new.do(wire.Request{Op: wire.Write, Offset: offset, Data: data})
	return err
}

// watch pings a copy until it is gone, so that one that vanished is found without a write.
func (v *Volume) watch(one *copyOf) {
	ticker := time.NewTicker(pingEvery)
	defer ticker.Stop()
	for {
		select {
		case <-one.client.Ended():
			_ = v.remove(one, wire.ErrClosed)
			return
		case <-ticker.C:
			go func() { _, _ = one.client.Do(wire.Request{Op: wire.Ping}, pingTimeout) }()
		}
	}
}

// resize lets the volume grow on every copy; only while all are in step, as with the original.
func (v *Volume) resize(size int64) error {
	v.lock.Lock()
	defer v.lock.Unlock()
	if v.inStep() < v.factor {
		return fmt.Errorf("%d of %d replicas are RW", v.inStep(), v.factor)
	}
	if size <= v.size {
		return nil
	}
	for _, one := range v.copies {
		if err := one.resize(size); err != nil {
			return err
		}
	}
	v.size = size
	return nil
}
