package media

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync/atomic"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

// Source is a file that can be opened for a try to upload it.
type Source interface {
	// Open opens the file at its first byte, after every check that can be made before the last one is read. Its error is
	// a *fault.Error.
	Open(ctx context.Context) (*Opened, error)
	// Spent tells that the file cannot be opened once more.
	Spent() bool
}

// Opened is a file that is being read, from its first byte to its last.
type Opened struct {
	// Name is what WeCom shows; a base name.
	Name string
	// Size is how many bytes there are: Read gives neither more nor fewer without an error.
	Size int64
	// Data is the whole file, where it is in memory; else nil.
	Data []byte

	content io.Reader
	release func()
	// explain says what it means that the file ended after so many bytes, broke, or goes on after its last one (nil).
	explain func(read int64, cause error) *fault.Error
	left    int64
	begun   atomic.Bool
	whole   atomic.Bool
	closed  atomic.Bool
	broke   atomic.Pointer[fault.Error]
}

// InMemory is a file of these bytes.
func InMemory(name string, data []byte) *Opened {
	return &Opened{Name: name, Size: int64(len(data)), Data: data, content: bytes.NewReader(data), left: int64(len(data))}
}

// Streamed is a file that comes from a reader. release is called once, and ends a Read that waits; explain says what it
// means that the file broke after so many bytes by an error, or goes on beyond its size (a nil error).
func Streamed(name string, size int64, content io.Reader, release func(), explain func(read int64, cause error) *fault.Error) *Opened {
	return &Opened{Name: name, Size: size, content: content, release: release, explain: explain, left: size}
}

// errAbandoned is what a reader gets that goes on after Close.
var errAbandoned = errors.New("the file was closed")

// Read reads on. That the file has its size is known, and said, before its last bytes are given away: whoever sends them
// with an error beside has sent an unfinished file.
func (o *Opened) Read(p []byte) (n int, err error) {
	o.begun.Store(true) // before it looks at closed: Close looks at them the other way round, so that one sees the other
	if o.closed.Load() {
		return 0, errAbandoned
	}
	defer func() {
		if value := recover(); value != nil { // net/http reads in a goroutine of its own, where nobody could
			n, err = 0, o.fail(fault.Panicked(value))
		}
	}()
	return o.read(p)
}

func (o *Opened) read(p []byte) (int, error) {
	if o.left == 0 {
		o.whole.Store(true)
		return 0, io.EOF
	}
	if int64(len(p)) > o.left {
		p = p[:o.left]
	}
	n, err := o.content.Read(p)
	o.left -= int64(n)
	switch {
	case o.left == 0 && (err == nil || errors.Is(err, io.EOF)):
		return n, o.end(err)
	case errors.Is(err, io.EOF):
		return n, o.breaks(io.ErrUnexpectedEOF)
	case err != nil:
		return n, o.breaks(err)
	default:
		return n, nil
	}
}

// end checks that the file ends where it must.
func (o *Opened) end(err error) error {
	var beyond [1]byte
	if err == nil && o.Data == nil {
		if n, cause := io.ReadFull(o.content, beyond[:]); n > 0 {
			return o.breaks(nil)
		} else if !errors.Is(cause, io.EOF) {
			return o.breaks(cause)
		}
	}
	o.whole.Store(true)
	return nil
}

func (o *Opened) breaks(cause error) error {
	if cause != nil && o.closed.Load() {
		cause = context.DeadlineExceeded // a Read waited for more when Close ended it
	}
	return o.fail(o.explain(o.Size-o.left, cause))
}

func (o *Opened) fail(e *fault.Error) error {
	o.broke.CompareAndSwap(nil, e)
	return e
}

// Whole tells that every byte was read.
func (o *Opened) Whole() bool { return o.whole.Load() }

// Err says why reading failed; nil if it did not.
func (o *Opened) Err() *fault.Error { return o.broke.Load() }

// Close ends the reading. It may be called more than once, and while a Read waits.
func (o *Opened) Close() error {
	if !o.closed.Swap(true) && o.release != nil {
		o.release()
	}
	return nil
}

// Bytes is a file in memory.
type Bytes struct {
	Name string
	Data []byte
}

// Open opens the file.
func (b Bytes) Open(context.Context) (*Opened, error) { return InMemory(b.Name, b.Data), nil }

// Spent is always false.
func (b Bytes) Spent() bool { return false }

// Begun is a source of which one opening was made already: that is the first to be given away.
type Begun struct {
	First *Opened
	Again Source
}

// Open returns the opening that was made, and then new ones.
func (b *Begun) Open(ctx context.Context) (*Opened, error) {
	if first := b.First; first != nil {
		b.First = nil
		return first, nil
	}
	return b.Again.Open(ctx)
}

// Spent tells that the file cannot be opened once more.
func (b *Begun) Spent() bool { return b.First == nil && b.Again.Spent() }

// Close closes the opening that was made, if nobody took it.
func (b *Begun) Close() {
	if b.First != nil {
		_ = b.First.Close()
	}
}
