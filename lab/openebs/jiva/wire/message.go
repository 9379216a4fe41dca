// Package wire is how the parts of the stand-in ask each other for blocks, where the original speaks iSCSI and a protocol of its own.
package wire

import (
	"encoding/binary"
	"errors"
	"io"
)

// Op is what is asked for.
type Op byte

const (
	Ping Op = iota + 1
	Read
	Write
	Zero
	Flush
	Sum
	Size
	Resize
	State
	SetState
)

// Largest is how many bytes one message carries at most; what is zeroed is not carried.
const Largest = 1 << 20

// ErrBusy is the answer to a write while too few copies are there: the initiator tries again, as on SCSI BUSY.
var ErrBusy = errors.New("BUSY: Mode: ReadOnly")

// Request is one message to the side that has the blocks.
type Request struct {
	Op     Op
	Offset int64
	Length int64
	Data   []byte
}

const (
	good byte = iota
	bad
	busy
)

const requestHeader, replyHeader = 8 + 1 + 8 + 8 + 4, 8 + 1 + 4

func (r Request) header(id uint64) []byte {
	text := make([]byte, requestHeader)
	binary.BigEndian.PutUint64(text, id)
	text[8] = byte(r.Op)
	binary.BigEndian.PutUint64(text[9:], uint64(r.Offset))
	binary.BigEndian.PutUint64(text[17:], uint64(r.Length))
	binary.BigEndian.PutUint32(text[25:], uint32(len(r.Data)))
	return text
}

func readRequest(from io.Reader) (id uint64, request Request, err error) {
	var header [requestHeader]byte
	if _, err = io.ReadFull(from, header[:]); err != nil {
		return 0, request, err
	}
	request.Op = Op(header[8])
	request.Offset = int64(binary.BigEndian.Uint64(header[9:]))
	request.Length = int64(binary.BigEndian.Uint64(header[17:]))
	request.Data, err = payload(from, binary.BigEndian.Uint32(header[25:]))
	return binary.BigEndian.Uint64(header[:]), request, err
}

func encodeReply(id uint64, data []byte, failure error) []byte {
	status := good
	switch {
	case errors.Is(failure, ErrBusy):
		status, data = busy, nil
	case failure != nil:
		status, data = bad, []byte(failure.Error())
	}
	text := make([]byte, replyHeader, replyHeader+len(data))
	binary.BigEndian.PutUint64(text, id)
	text[8] = status
	binary.BigEndian.PutUint32(text[9:], uint32(len(data)))
	return append(text, data...)
}

func readReply(from io.Reader) (id uint64, data []byte, answered, err error) {
	var header [replyHeader]byte
	if _, err = io.ReadFull(from, header[:]); err != nil {
		return 0, nil, nil, err
	}
	data, err = payload(from, binary.BigEndian.Uint32(header[9:]))
	switch header[8] {
	case busy:
		answered = ErrBusy
	case bad:
		answered = Refusal(data)
	}
	return binary.BigEndian.Uint64(header[:]), data, answered, err
}

func payload(from io.Reader, length uint32) ([]byte, error) {
	if length == 0 {
		return nil, nil
	}
	if length > Largest {
		return nil, errors.New("a message is too long")
	}
	data := make([]byte, length)
	_, err := io.ReadFull(from, data)
	return data, err
}

// Refusal is what the other side said went wrong there; the connection is sound.
type Refusal string

func (r Refusal) Error() string { return string(r) }
