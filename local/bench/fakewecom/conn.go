package fakewecom

import (
	"bytes"
	"errors"
	"net"
	"strconv"
	"sync/atomic"
	"time"
)

// conn is one kept connection: it reads requests by hand and writes prepared bytes.
type conn struct {
	*net.TCPConn
	fake      *Fake
	forgotten atomic.Bool

	buffer []byte // the unread bytes of the connection are buffer[:filled]
	filled int
}

// request points into the connection's buffer and is gone with the next one.
type request struct {
	path, query []byte
	body        []byte
	size        int // of the whole request on the wire
}

func (c *conn) serve() {
	defer c.fake.forget(c)
	for {
		req, err := c.read()
		if err != nil {
			c.Close()
			return
		}
		reply := c.fake.handle(req)
		c.consume(req)
		if !c.send(reply) {
			return
		}
	}
}

// send writes the reply and reports whether the connection lives on.
func (c *conn) send(r reply) bool {
	if r.delay > 0 {
		time.Sleep(r.delay)
	}
	if len(r.bytes) > 0 {
		if _, err := c.Write(r.bytes); err != nil {
			c.Close()
			return false
		}
	}
	switch r.end {
	case endReset:
		c.reset()
		return false
	case endHang:
		c.waitForClose()
		return false
	}
	return true
}

// reset closes the connection with a RST: lingering for zero seconds throws away what is not yet sent.
func (c *conn) reset() {
	c.SetLinger(0)
	c.Close()
}

func (c *conn) waitForClose() {
	for {
		if _, err := c.Read(c.buffer); err != nil {
			c.Close()
			return
		}
	}
}

var (
	errUnsupported = errors.New("fakewecom: chunked requests are not supported")
	errForgotten   = errors.New("fakewecom: connection forgotten")

	headerEnd     = []byte("\r\n\r\n")
	contentLength = []byte("\r\nContent-Length: ") // as net/http and every raw client here spell it
	chunked       = []byte("\r\nTransfer-Encoding: ")
)

// read returns the next request, whole.
func (c *conn) read() (request, error) {
	header, length := 0, 0
	for {
		if header == 0 {
			if i := bytes.Index(c.buffer[:c.filled], headerEnd); i >= 0 {
				header = i + len(headerEnd)
				var err error
				if length, err = bodyLength(c.buffer[:header]); err != nil {
					return request{}, err
				}
			}
		}
		if header > 0 && c.filled >= header+length {
			return parse(c.buffer, header, length), nil
		}
		if err := c.fill(header + length); err != nil {
			return request{}, err
		}
	}
}

// fill reads once, into a buffer of at least the given size.
func (c *conn) fill(size int) error {
	if size < c.filled+4096 {
		size = c.filled + 4096
	}
	if len(c.buffer) < size {
		c.buffer = append(c.buffer[:c.filled], make([]byte, size-c.filled)...)
	}
	n, err := c.Read(c.buffer[c.filled:])
	if err != nil {
		return err
	}
	if c.forgotten.Load() {
		c.reset()
		return errForgotten
	}
	c.filled += n
	return nil
}

// consume drops the request from the buffer.
func (c *conn) consume(req request) {
	copy(c.buffer, c.buffer[req.size:c.filled])
	c.filled -= req.size
}

func bodyLength(header []byte) (int, error) {
	if bytes.Contains(header, chunked) {
		return 0, errUnsupported
	}
	i := bytes.Index(header, contentLength)
	if i < 0 {
		return 0, nil
	}
	value, _, _ := bytes.Cut(header[i+len(contentLength):], []byte("\r"))
	return strconv.Atoi(string(value))
}

// parse splits "METHOD /path?query HTTP/1.1".
func parse(buffer []byte, header, length int) request {
	line, _, _ := bytes.Cut(buffer[:header], []byte("\r"))
	_, target, _ := bytes.Cut(line, []byte(" "))
	target, _, _ = bytes.Cut(target, []byte(" "))
	path, query, _ := bytes.Cut(target, []byte("?"))
	return request{path: path, query: query, body: buffer[header : header+length], size: header + length}
}
