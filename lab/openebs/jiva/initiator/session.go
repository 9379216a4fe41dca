// Package initiator is a node's end of a volume: a block device whose requests go to the target. It stands for the kernel's iSCSI
// initiator, and outlives the pod that starts it.
package initiator

import (
	"bufio"
	"encoding/binary"
	"errors"
	"log"
	"net"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"pikube/lab/jiva/wire"
)

const (
	// node.session.timeo.replacement_timeout of open-iscsi: how long requests wait for a target that is gone.
	replacementTimeout = 120 * time.Second
	// node.conn[0].timeo.noop_out_interval and noop_out_timeout of open-iscsi.
	noopInterval, noopTimeout = 5 * time.Second, 5 * time.Second
	// How long a request that is answered with BUSY is tried again: 26 s in openebs-observed 3f.
	busyTimeout = 26 * time.Second
	busyPause   = time.Second
	loginPause  = time.Second
	// The target itself gives a copy up after 30 s; a session does not time out while its connection lives.
	never = 24 * time.Hour
)

var errDevice = errors.New("device offline")

// Session keeps a connection to the target and makes it anew when it breaks.
type Session struct {
	portal string
	lock   sync.Mutex
	client *wire.Client
	lostAt time.Time
	ended  chan struct{}
}

// Login connects for the first time; nothing is tried again.
func Login(portal string) (*Session, error) {
	session := &Session{portal: portal, ended: make(chan struct{})}
	client, err := dial(portal)
	if err != nil {
		return nil, err
	}
	session.client = client
	go session.keep()
	return session, nil
}

func dial(portal string) (*wire.Client, error) {
	dialer := net.Dialer{
		Timeout:         5 * time.Second,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: noopInterval, Interval: noopTimeout, Count: 1},
		Control: func(_, _ string, raw syscall.RawConn) error {
			return raw.Control(func(fd uintptr) {
				_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int((noopInterval+noopTimeout)/time.Millisecond))
			})
		},
	}
	conn, err := dialer.Dial("tcp", portal)
	if err != nil {
		return nil, err
	}
	client := wire.NewClient(conn, bufio.NewReaderSize(conn, 1<<17))
	// A target that has another client closes the connection.
	if _, err := client.Do(wire.Request{Op: wire.Ping}, 5*time.Second); err != nil {
		client.Close()
		return nil, err
	}
	return client, nil
}

// keep makes the connection anew whenever it has ended.
func (s *Session) keep() {
	for {
		s.lock.Lock()
		client := s.client
		s.lock.Unlock()
		select {
		case <-s.ended:
			client.Close()
			return
		case <-client.Ended():
		}
		s.lock.Lock()
		s.client, s.lostAt = nil, time.Now()
		s.lock.Unlock()
		log.Printf("connection to %s lost", s.portal)
		for {
			client, err := dial(s.portal)
			if err == nil {
				s.lock.Lock()
				s.client = client
				s.lock.Unlock()
				log.Printf("connection to %s is operational again after %s", s.portal, time.Since(s.lostAt).Round(time.Millisecond))
				break
			}
			select {
			case <-s.ended:
				return
			case <-time.After(loginPause):
			}
		}
	}
}

// Logout ends the session.
func (s *Session) Logout() { close(s.ended) }

func (s *Session) current() (client *wire.Client, lost time.Duration) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.client == nil {
		return nil, time.Since(s.lostAt)
	}
	return s.client, 0
}

// Do sends a request until it is answered, the target has been gone for too long, or says BUSY for too long.
func (s *Session) Do(request wire.Request) ([]byte, error) {
	var busySince time.Time
	for {
		client, lost := s.current()
		if client == nil {
			if lost > replacementTimeout {
				return nil, errDevice
			}
			time.Sleep(50 * time.Millisecond)
			continue
		}
		data, err := client.Do(request, never)
		switch {
		case errors.Is(err, wire.ErrBusy):
			if busySince.IsZero() {
				busySince = time.Now()
			}
			if time.Since(busySince) > busyTimeout {
				return nil, err
			}
			time.Sleep(busyPause)
		case errors.Is(err, wire.ErrClosed) || errors.Is(err, wire.ErrTimeout):
			time.Sleep(50 * time.Millisecond)
		default:
			return data, err
		}
	}
}

// Size of the volume in bytes, as the target says it now.
func (s *Session) Size() (int64, error) {
	data, err := s.Do(wire.Request{Op: wire.Size})
	if err != nil {
		return 0, err
	}
	if len(data) != 8 {
		return 0, errors.New("the target does not say how large the volume is")
	}
	return int64(binary.BigEndian.Uint64(data)), nil
}
