package poll

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

const (
	dialTime = 3 * time.Second
	// postTime is what the runtime API may take to accept an answer.
	postTime = 10 * time.Second
	// bodyTime is what it may take to send an event that it began to send.
	bodyTime = 10 * time.Second
	// maxEvent is far above what any platform hands over; the limits of inputs are the handlers'.
	maxEvent = 32 << 20
)

// newClient returns a client without a limit to the time that an event may be waited for. It goes through no proxy,
// which is for WeCom, and keeps no connection.
func newClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext:       (&net.Dialer{Timeout: dialTime}).DialContext,
			DisableKeepAlives: true, DisableCompression: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// received is an event as it came.
type received struct {
	Event
	body    []byte
	arrived time.Time
}

// lost is an event that was handed out and is not carried out.
type lost struct{ error }

// next waits for an event. The end of the context ends the waiting, but no event that has begun to arrive.
func (l *loop) next(ctx context.Context) (*received, error) {
	polling, cancel := context.WithCancel(context.Background())
	defer cancel()
	release := context.AfterFunc(ctx, cancel)
	defer release()
	request, err := http.NewRequestWithContext(polling, http.MethodGet, l.api.Next, http.NoBody)
	if err != nil {
		return nil, unusable(l.api.Next)
	}
	response, err := l.client.Do(request)
	if err != nil {
		return nil, describe(err)
	}
	defer response.Body.Close()
	release()
	defer time.AfterFunc(bodyTime, cancel).Stop()
	r := &received{Event: l.api.Event(response.Header), arrived: time.Now()}
	if response.StatusCode != http.StatusOK {
		return nil, statusError(response.StatusCode)
	}
	if r.body, err = io.ReadAll(io.LimitReader(response.Body, maxEvent+1)); err != nil {
		return nil, lost{fmt.Errorf("the event %s broke off and was not carried out: %w", r.RequestID, describe(err))}
	}
	switch {
	case len(r.body) > maxEvent:
		return nil, lost{fmt.Errorf("the event %s has more than %d bytes and was not carried out", r.RequestID, maxEvent)}
	case l.api.ByID && r.RequestID == "":
		return nil, lost{errors.New("an event came without an id, so that it cannot be answered, and was not carried out")}
	}
	return r, nil
}

// deliver posts an answer, and again, for some seconds, where it cannot have arrived or may arrive twice.
func (l *loop) deliver(url string, body []byte) error {
	for wait := firstWait; ; wait *= 2 {
		err := l.post(context.Background(), url, body)
		again := errors.Is(err, errUnreached) || l.api.ByID && errors.Is(err, errPassing)
		if err == nil || !again || wait > lastWait {
			return err
		}
		time.Sleep(wait)
	}
}

// post posts something and wants a status of success.
func (l *loop) post(ctx context.Context, url string, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, postTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return unusable(url)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := l.client.Do(request)
	if err != nil {
		return describe(err)
	}
	defer response.Body.Close()
	_, _ = io.CopyN(io.Discard, response.Body, 4<<10) // whatever it says, its status counts
	if response.StatusCode/100 != 2 {
		return statusError(response.StatusCode)
	}
	return nil
}

var (
	// errUnreached: nothing was sent.
	errUnreached = errors.New("the runtime API is not reached")
	// errPassing: something was sent, and it may be otherwise next time.
	errPassing = errors.New("the runtime API does not answer as it should")
	// errRefused: it does not want what it was sent.
	errRefused = errors.New("the runtime API refuses")
)

// statusError is a status of the runtime API that is none of success.
type statusError int

func (s statusError) Error() string {
	return fmt.Sprintf("the runtime API answers HTTP status %d", int(s))
}

func (s statusError) Is(target error) bool {
	return target == errRefused && s/100 == 4 || target == errPassing && s >= 500
}

func unusable(url string) error {
	return fmt.Errorf("%w: %q is no URL; the platform sets its address in the environment", errUnreached, url)
}

// describe says what failed in words of our own: those of net/http quote the header that they cannot read, and keys may
// stand in it.
func describe(err error) error {
	var operation *net.OpError
	switch {
	case errors.As(err, &operation) && operation.Op == "dial":
		return fmt.Errorf("%w: %w", errUnreached, operation)
	case errors.As(err, &operation):
		return fmt.Errorf("%w: %w", errPassing, operation)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: it closes the connection", errPassing)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return fmt.Errorf("%w: it takes too long", errPassing)
	default:
		return fmt.Errorf("%w: what it says is not HTTP", errPassing)
	}
}
