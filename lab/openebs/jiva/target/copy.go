// Package target is the controller of a volume: it serves the initiator and keeps the copies in step.
package target

import (
	"encoding/json"
	"sync/atomic"
	"time"

	"pikube/lab/jiva/replica"
	"pikube/lab/jiva/wire"
)

const (
	// A copy that does not answer within this is given up (RPC_READ_TIMEOUT, RPC_WRITE_TIMEOUT of the original); until then writes wait.
	answerTimeout = 30 * time.Second
	pingEvery     = 2 * time.Second
	pingTimeout   = 40 * time.Second
)

// Mode is how a copy takes part: in step, being written to while it is made equal, or out.
type Mode string

const (
	inStep     Mode = "RW"
	rebuilding Mode = "WO"
)

// copyOf is one replica that is connected.
type copyOf struct {
	name, address string
	client        *wire.Client
	recency       replica.Recency
	mode          Mode
	// Hundredths of the volume that are compared; 100 when in step.
	progress atomic.Int32
}

func (c *copyOf) do(request wire.Request) ([]byte, error) { return c.client.Do(request, answerTimeout) }

func (c *copyOf) readRecency() error {
	text, err := c.do(wire.Request{Op: wire.State})
	if err != nil {
		return err
	}
	return json.Unmarshal(text, &c.recency)
}

// remember has the copy keep its recency on its disk.
func (c *copyOf) remember(known replica.Recency) error {
	text, err := json.Marshal(known)
	if err != nil {
		return err
	}
	if _, err := c.do(wire.Request{Op: wire.SetState, Data: text}); err != nil {
		return err
	}
	known.Size = c.recency.Size
	c.recency = known
	return nil
}

func (c *copyOf) resize(size int64) error {
	if _, err := c.do(wire.Request{Op: wire.Resize, Length: size}); err != nil {
		return err
	}
	c.recency.Size = size
	return nil
}

// leader is the copy that all others are made equal to: one that has every write that was acknowledged. None is one where only copies
// are there that missed some, or that have blocks of two generations.
func leader(copies []*copyOf) *copyOf {
	var latest int64
	for _, one := range copies {
		latest = max(latest, one.recency.Generation, one.recency.RebuildingTo)
	}
	for _, one := range copies {
		if one.recency.RebuildingTo == 0 && one.recency.Generation == latest {
			return one
		}
	}
	return nil
}
