package wecom

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/media"
)

// Uploaded is a file that WeCom has taken.
type Uploaded struct {
	MediaID   string `json:"media_id" doc:"The file, for the messages that take one."`
	Type      string `json:"type" doc:"The type that it was uploaded as."`
	CreatedAt int64  `json:"created_at" doc:"When WeCom took it, in Unix seconds."`
	ExpiresAt int64  `json:"expires_at" doc:"When WeCom forgets it: three days later, in Unix seconds."`
}

// uploadAnswer is what WeCom says of an upload. created_at is documented as a string of digits; numbers are taken, too.
type uploadAnswer struct {
	Status
	MediaID   string          `json:"media_id"`
	CreatedAt json.RawMessage `json:"created_at"`
}

// Upload uploads a file. An upload whose answer was lost is sent again as a read would be: what it leaves behind then is
// a file that nobody uses, until WeCom forgets it.
func Upload(ctx context.Context, c Client, as media.Type, file media.Source) (*Uploaded, error) {
	call := Call{Path: c.uploadPath(), Query: url.Values{"type": {string(as)}}, File: file, Effect: Read}
	answer, err := Do[*uploadAnswer](ctx, c, call)
	if err != nil {
		return nil, err
	}
	if answer.MediaID == "" {
		return nil, unreadable("answered an upload without a media_id").fault(&call, nil)
	}
	created, err := strconv.ParseInt(strings.Trim(string(answer.CreatedAt), `"`), 10, 64)
	if err != nil || created <= 0 {
		created = c.base().clock.Now().Unix()
	}
	return &Uploaded{
		MediaID: answer.MediaID, Type: string(as), CreatedAt: created, ExpiresAt: created + int64(media.Lifetime/time.Second),
	}, nil
}

// UploadOnce uploads bytes, unless this very client has uploaded them as the same type under the same name, and WeCom
// still has them: then it answers that upload, and earlier is true.
func UploadOnce(ctx context.Context, c Client, as media.Type, file media.Bytes) (uploaded *Uploaded, earlier bool, err error) {
	known, now := &c.base().uploads, c.base().clock.Now()
	key := uploadKey{as, file.Name, sha256.Sum256(file.Data)}
	if uploaded = known.find(key, now); uploaded != nil {
		return uploaded, true, nil
	}
	if uploaded, err = Upload(ctx, c, as, file); err == nil {
		known.keep(key, uploaded, now)
	}
	return uploaded, false, err
}

// Forget has UploadOnce not answer an upload any more: WeCom does not know it.
func Forget(c Client, uploaded *Uploaded) { c.base().uploads.forget(uploaded) }

// Gone tells that WeCom refused a call since it does not know a media_id.
func Gone(err error) bool {
	if err == nil {
		return false
	}
	refusal := fault.From(err).WeCom
	return refusal != nil && refusal.Errcode == 40007
}

// uploadKey names the bytes of an upload. The name counts, for it is what people see.
type uploadKey struct {
	as   media.Type
	name string
	sum  [sha256.Size]byte
}

// uploads remembers the last uploads of a client.
type uploads struct {
	mu   sync.Mutex
	list []keptUpload // the oldest first
}

type keptUpload struct {
	key   uploadKey
	of    *Uploaded
	since time.Time
}

const (
	keptUploads = 256
	// uploadMargin is how long before WeCom forgets an upload we do: it must live until it is sent, and clocks differ.
	uploadMargin = time.Hour
)

func (u *uploads) find(key uploadKey, now time.Time) *Uploaded {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.list = slices.DeleteFunc(u.list, func(k keptUpload) bool {
		return now.Round(0).Sub(k.since.Round(0)).Abs() >= media.Lifetime-uploadMargin
	})
	at := slices.IndexFunc(u.list, func(k keptUpload) bool { return k.key == key })
	if at < 0 {
		return nil
	}
	return u.list[at].of
}

func (u *uploads) keep(key uploadKey, uploaded *Uploaded, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.list = slices.DeleteFunc(u.list, func(k keptUpload) bool { return k.key == key })
	if len(u.list) == keptUploads {
		u.list = slices.Delete(u.list, 0, 1)
	}
	key.name = strings.Clone(key.name) // it may be the end of a path of megabytes
	u.list = append(u.list, keptUpload{key, uploaded, now})
}

func (u *uploads) forget(uploaded *Uploaded) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.list = slices.DeleteFunc(u.list, func(k keptUpload) bool { return k.of.MediaID == uploaded.MediaID })
}
