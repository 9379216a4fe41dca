package wire

import (
	"bufio"
	"errors"
	"net"
	"sync"
	"time"
)

// ErrClosed says that a connection has ended, ErrTimeout that an answer did not come in time; then the connection is closed too.
var (
	ErrClosed  = errors.New("connection closed")
	ErrTimeout = errors.New("i/o timeout")
)

type reply struct {
	data []byte
	err  error
}

// Client asks for blocks, many at a time.
type Client struct {
	conn    net.Conn
	writing sync.Mutex
	lock    sync.Mutex
	next    uint64
	waiting map[uint64]chan reply
	ended   chan struct{}
}

// NewClient takes a connection over; reader holds what was read of it already.
func NewClient(conn net.Conn, reader *bufio.Reader) *Client {
	client := &Client{conn: conn, waiting: map[uint64]chan reply{}, ended: make(chan struct{})}
	go client.receive(reader)
	return client
}

func (c *Client) receive(reader *bufio.Reader) {
	for {
		id, data, answered, err := readReply(reader)
		if err != nil {
			c.Close()
			return
		}
		c.lock.Lock()
		waiter := c.waiting[id]
		delete(c.waiting, id)
		c.lock.Unlock()
		if waiter != nil {
			waiter <- reply{data, answered}
		}
	}
}

// Do returns the answer to one request. After a timeout nobody knows what became of the request, so the connection is given up.
func (c *Client) Do(request Request, timeout time.Duration) ([]byte, error) {
	waiter := make(chan reply, 1)
	c.lock.Lock()
	c.next++
	id := c.next
	c.waiting[id] = waiter
	c.lock.Unlock()
	deadline := time.Now().Add(timeout)
	c.writing.Lock()
	_ = c.conn.SetWriteDeadline(deadline)
	// In two pieces, since one request goes to several copies.
	message := net.Buffers{request.header(id), request.Data}
	_, err := message.WriteTo(c.conn)
	c.writing.Unlock()
	if err != nil {
		c.Close()
		if time.Now().After(deadline) {
			return nil, ErrTimeout
		}
		return nil, ErrClosed
	}
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	select {
	case answer := <-waiter:
		return answer.data, answer.err
	case <-timer.C:
		c.Close()
		return nil, ErrTimeout
	case <-c.ended:
		return nil, ErrClosed
	}
}

// Close ends the connection, and with it every request that waits.
func (c *Client) Close() {
	c.lock.Lock()
	defer c.lock.Unlock()
	select {
	case <-c.ended:
	default:
		close(c.ended)
		_ = c.conn.Close()
	}
}

// Ended is closed when the connection is.
func (c *Client) Ended() <-chan struct{} { return c.ended }

// Serve answers requests until the connection ends, at most 64 at a time. silence: how long the other side may say nothing; 0 is for ever.
func Serve(conn net.Conn, reader *bufio.Reader, silence time.Duration, handle func(Request) ([]byte, error)) error {
	var writing sync.Mutex
	var working sync.WaitGroup
	defer working.Wait()
	defer conn.Close()
	places := make(chan struct{}, 64)
	for {
		if silence > 0 {
			_ = conn.SetReadDeadline(time.Now().Add(silence))
		}
		id, request, err := readRequest(reader)
		if err != nil {
			return err
		}
		places <- struct{}{}
		working.Add(1)
		go func() {
			defer func() { <-places; working.Done() }()
			data, failure := handle(request)
			writing.Lock()
			defer writing.Unlock()
			if _, err := conn.Write(encodeReply(id, data, failure)); err != nil {
				_ = conn.Close()
			}
		}()
	}
}
