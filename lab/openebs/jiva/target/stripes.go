package target

import (
	"encoding/binary"
	"sync"
)

const stripe = 1 << 20

// stripes keep two changes of the same blocks apart, so that all copies have them in the same order.
type stripes [64]sync.Mutex

// hold takes the stripes that a range is in, always in the same order; the result lets them go.
func (s *stripes) hold(offset, length int64) func() {
	first, last := offset/stripe, (offset+max(length, 1)-1)/stripe
	var wanted [len(s)]bool
	for number := first; number <= min(last, first+int64(len(s))-1); number++ {
		wanted[number%int64(len(s))] = true
	}
	for index, want := range wanted {
		if want {
			s[index].Lock()
		}
	}
	return func() {
		for index, want := range wanted {
			if want {
				s[index].Unlock()
			}
		}
	}
}

func encodeSize(size int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(size)) }
