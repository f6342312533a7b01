package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

// Stream is a file that its sender gives but once: it can be opened again only until its reading has begun.
type Stream struct {
	name    string
	size    int64
	content io.Reader
	cancel  func()
	rules   Rules
	field   string // the JSON Pointer that stands for it
	head    []byte
	begun   atomic.Bool
}

// NewStream makes a Stream of a reader that has exactly so many bytes. cancel ends a Read that waits; it may be nil where
// none does. Violations name the field.
func NewStream(name string, size int64, content io.Reader, cancel func(), rules Rules, field string) *Stream {
	if cancel == nil {
		cancel = func() {}
	}
	return &Stream{name: name, size: size, content: content, cancel: cancel, rules: rules, field: field}
}

// Open checks the size and the first bytes.
func (s *Stream) Open(ctx context.Context) (*Opened, error) {
	defer context.AfterFunc(ctx, s.cancel)()
	if wrong := s.rules.Size(s.size); wrong != nil {
		return nil, Oversized(*wrong, s.field, s.size > s.rules.Limit())
	}
	if s.head == nil {
		head := make([]byte, min(HeadSize, s.size))
		n, err := io.ReadFull(s.content, head)
		if err != nil {
			return nil, s.broken(int64(n), err)
		}
		s.head = head
	}
	if wrong := s.rules.Head(s.head); wrong != nil {
		wrong.Field = s.field
		return nil, fault.Invalid(*wrong)
	}
	content := io.MultiReader(bytes.NewReader(s.head), s.content)
	return Streamed(s.name, s.size, beginning{content, &s.begun}, s.cancel, s.broken), nil
}

// Spent tells whether reading has begun.
func (s *Stream) Spent() bool { return s.begun.Load() }

func (s *Stream) broken(read int64, cause error) *fault.Error {
	if known, ok := errors.AsType[*fault.Error](cause); ok { // its sender knows better
		return known
	}
	given := fmt.Sprintf("only %s bytes", grouped(read))
	if cause == nil {
		given = "more"
	}
	if timeout, ok := errors.AsType[net.Error](cause); ok && timeout.Timeout() {
		return fault.New(fault.InvalidInput, "The file did not arrive in time; %s of %s bytes came.", grouped(read), grouped(s.size)).Because("timeout")
	}
	return fault.Invalid(fault.Violation{
		Field: s.field, Rule: fault.RuleBytes, Limit: grouped(s.size) + " bytes, as announced", Given: given,
		Detail: "The file does not have as many bytes as were announced. Nothing was sent.",
	})
}

// beginning notes that a reader was read from.
type beginning struct {
	io.Reader
	begun *atomic.Bool
}

func (b beginning) Read(p []byte) (int, error) {
	b.begun.Store(true)
	return b.Reader.Read(p)
}

// Oversized is the error of a file whose size is wrong, found when it was about to be sent.
func Oversized(wrong fault.Violation, field string, large bool) *fault.Error {
	wrong.Field = field
	e := fault.Invalid(wrong)
	if large {
		e.Kind, e.Reason = fault.TooLarge, "file_too_large"
	}
	return e
}
