package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"os/exec"
	"time"

	"github.com/wecom-functions/wecom-functions/local/bench/proc"
)

const (
	uploadSize = 20 << 20
	uploadName = "report.bin"
)

// A receiver is a WeCom that takes files and forgets them, and a storage that has one behind a link.
type receiver struct {
	url    string
	server *http.Server
	file   []byte
}

func startReceiver(file []byte) (*receiver, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &receiver{url: "http://" + listener.Addr().String(), file: file}
	r.server = &http.Server{Handler: r}
	go r.server.Serve(listener)
	return r, nil
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	switch req.URL.Path {
	case "/cgi-bin/gettoken":
		io.WriteString(w, `{"errcode":0,"errmsg":"ok","access_token":"token","expires_in":7200}`)
	case "/" + uploadName:
		http.ServeContent(w, req, uploadName, time.Time{}, bytes.NewReader(r.file))
	default:
		if n, err := io.Copy(io.Discard, req.Body); err != nil || n != req.ContentLength {
			io.WriteString(w, `{"errcode":44001,"errmsg":"empty media data"}`)
			return
		}
		io.WriteString(w, `{"errcode":0,"errmsg":"ok","type":"file","media_id":"media","created_at":"1767225600"}`)
	}
}

// A way is a form that a file can be sent in.
type way struct {
	name        string
	contentType string
	body        []byte
}

// waysOf are the ways of the connector: as a form, by a link, as base64.
func waysOf(r *receiver) []way {
	form, formType := formOf(r.file)
	written := func(members map[string]string) []byte {
		members["type"], members["filename"] = "file", uploadName
		encoded, err := json.Marshal(members)
		if err != nil {
			panic(err) // strings always encode
		}
		return encoded
	}
	return []way{
		{"multipart", formType, form},
		{"link", "application/json", written(map[string]string{"url": r.url + "/" + uploadName})},
		{"base64", "application/json", written(map[string]string{"content": base64.StdEncoding.EncodeToString(r.file)})},
	}
}

func formOf(file []byte) ([]byte, string) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	form.WriteField("type", "file") // a buffer takes everything
	part, err := form.CreateFormFile("media", uploadName)
	if err != nil {
		panic(err)
	}
	part.Write(file)
	form.Close()
	return body.Bytes(), form.FormDataContentType()
}

// send sends the file to a URL and returns how long that took.
func (w way) send(client *http.Client, url string) (time.Duration, error) {
	req, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(w.body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", w.contentType)
	req.Header.Set("Authorization", "Bearer "+serverKey)
	start := time.Now()
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && !bytes.Contains(answer, []byte(`"media_id"`)) {
		err = errors.New(string(answer))
	}
	return time.Since(start), err
}

// uploaded is what uploads of one way cost.
type uploaded struct {
	memory int64   // at the peak, above idle
	speed  float64 // against the bare upload
	took   time.Duration
}

// measureUpload sends 20 MB through the server, each way, and the same bytes straight to where they go.
func measureUpload(h *harness) ([]line, error) {
	r, err := startReceiver(bytes.Repeat([]byte("0123456789abcde\n"), uploadSize/16))
	if err != nil {
		return nil, err
	}
	defer r.server.Close()
	cost := map[string]uploaded{}
	for _, w := range waysOf(r) {
		if cost[w.name], err = h.upload(w, r); err != nil {
			return nil, fmt.Errorf("%s: %w", w.name, err)
		}
		h.logf("  %s: %.1f MiB above idle, %.2f of the speed of a bare upload (%v)", w.name, mebibytes(cost[w.name].memory), cost[w.name].speed, cost[w.name].took)
	}
	form, link, text := cost["multipart"], cost["link"], cost["base64"]
	factor := float64(text.memory) / uploadSize
	return []line{
		must("20 MB upload through the server, peak memory above idle: as a form, by a link", "<= 8 MiB", max(form.memory, link.memory) <= 8<<20,
			fmt.Sprintf("%.1f and %.1f MiB", mebibytes(form.memory), mebibytes(link.memory))),
		must("... as base64, against the file", "<= 3.00", factor <= 3, fmt.Sprintf("%.2f (%.1f MiB)", factor, mebibytes(text.memory))),
		must("... throughput against a bare `net/http` upload: as a form, by a link", ">= 0.50", min(form.speed, link.speed) >= 0.5,
			fmt.Sprintf("%.2f and %.2f (as base64, which is decoded: %.2f)", form.speed, link.speed, text.speed)),
	}, nil
}

// upload measures one way on a server of its own, which has had no other to grow by.
func (h *harness) upload(w way, r *receiver) (uploaded, error) {
	s, err := h.listen("upload", func(addr string) (*exec.Cmd, error) {
		cmd, err := h.ourServer(addr, r.url)
		if err == nil {
			cmd.Env = append(cmd.Env, "WECOM_FETCH_HOSTS=127.0.0.1")
		}
		return cmd, err
	})
	if err != nil {
		return uploaded{}, err
	}
	defer s.stop()
	client := &http.Client{Transport: &http.Transport{}}
	url := "http://" + s.addr + "/actions/media.upload"
	idle, err := s.idle(client, url)
	if err != nil {
		return uploaded{}, err
	}
	form, formType := formOf(r.file)
	bare := way{"bare", formType, form}
	var ours, floor []time.Duration
	for round := range pick(h, 13, 5) {
		o, f, err := inTurns(round,
			func() (time.Duration, error) { return w.send(client, url) },
			func() (time.Duration, error) { return bare.send(client, r.url) })
		if err != nil {
			return uploaded{}, err
		}
		ours, floor = append(ours, o), append(floor, f)
	}
	peak, err := proc.PeakMemory(s.cmd.Process.Pid)
	return uploaded{peak - idle, medianRatio(floor, ours, func(d time.Duration) float64 { return float64(d) }), median(ours)}, err
}

// idle is the memory of a server that has uploaded a small file.
func (s *server) idle(client *http.Client, url string) (int64, error) {
	small := way{"small", "application/json", []byte(`{"type":"file","filename":"a.txt","content":"aGVsbG8gd29ybGQ="}`)}
	if _, err := small.send(client, url); err != nil {
		return 0, err
	}
	time.Sleep(500 * time.Millisecond)
	return proc.ResidentMemory(s.cmd.Process.Pid)
}
