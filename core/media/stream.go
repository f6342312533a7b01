package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"

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
	last    *Opened // the last opening; nil before the first
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
	opened := Streamed(s.name, s.size, io.MultiReader(bytes.NewReader(s.head), s.content), nil, s.broken)
	opened.release = func() {
		if opened.begun.Load() { // else the file is as good as new, and what is cancelled may stay so
			s.cancel()
		}
	}
	s.last = opened
	return opened, nil
}

// Spent tells whether reading has begun.
func (s *Stream) Spent() bool { return s.last != nil && s.last.begun.Load() }

func (s *Stream) broken(read int64, cause error) *fault.Error {
	if known, ok := errors.AsType[*fault.Error](cause); ok { // its sender knows better
		return known
	}
	given := fmt.Sprintf("only %s bytes", fault.Grouped(read))
	if cause == nil {
		given = "more"
	}
	if timeout, ok := errors.AsType[net.Error](cause); ok && timeout.Timeout() {
		return fault.New(fault.InvalidInput, "The file did not arrive in time; %s of %s bytes came.", fault.Grouped(read), fault.Grouped(s.size)).Because("timeout")
	}
	return fault.Invalid(fault.Violation{
		Field: s.field, Rule: fault.RuleBytes, Limit: fault.Grouped(s.size) + " bytes, as announced", Given: given,
		Detail: "The file does not have as many bytes as were announced. Nothing was sent.",
	})
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
