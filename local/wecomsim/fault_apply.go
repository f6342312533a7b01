package wecomsim

import (
	"context"
	"net"
	"net/http"
	"time"
)

// pickFault asks the plan about a call and notes the answer in its journal entry.
func (s *Sim) pickFault(c *call) Do {
	s.mu.Lock()
	defer s.mu.Unlock()
	msgType := ""
	if c.body != nil {
		msgType = c.body.str("msgtype")
	}
	do := s.faults.pick(c.request.Method, c.request.URL.Path, msgType)
	c.entry.Fault = do.name()
	return do
}

// wait is the delay; it returns false when the client left before its end.
func (d Do) wait(ctx context.Context) bool {
	if d.DelayMS == 0 {
		return true
	}
	timer := time.NewTimer(time.Duration(d.DelayMS) * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// recordLeft notes a call whose client did not wait.
func (s *Sim) recordLeft(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.record(c.entry)
}

// carryOut decides a call, fault included, and writes it into the journal before the caller can see the answer.
func (s *Sim) carryOut(c *call, d Do) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.corp, c.now = s.corp, s.clock.Now()
	out := d.apply(c)
	s.record(c.entry)
	return out
}

// apply is the fault's part in deciding a call.
func (d Do) apply(c *call) reply {
	switch {
	case d.Errcode != 0:
		return d.refuse(c)
	case d.Status != 0:
		c.entry.Status = d.Status
		return page(d.Status, d.Headers)
	case d.Drop == DropRequest:
		return reply{}
	case d.Garbage != "" && !d.Accepted:
		c.entry.Status = http.StatusOK
		return d.garble(reply{header: jsonHeader(), body: encodeAnswer(0, "ok", nil)})
	case d.Token != "":
		d.spoilToken(c)
	}
	out := c.perform()
	switch {
	case d.Garbage != "":
		return d.garble(out)
	case d.Drop == DropAccepted:
		c.entry.Status = 0
	}
	return out
}

func (d Do) refuse(c *call) reply {
	c.entry.Status = http.StatusOK
	ip := c.ip
	if d.IP != "" {
		ip = d.IP
	}
	return c.fail(&refusal{code: d.Errcode, text: errorText(d.Errcode)}, ip)
}

func (d Do) spoilToken(c *call) {
	if g := c.sim.tokens.grants[c.query.Get("access_token")]; g != nil {
		g.expired = g.expired || d.Token == TokenExpired
		g.revoked = g.revoked || d.Token == TokenRevoked
	}
}

// garble keeps HTTP 200 and spoils the rest of an answer.
func (d Do) garble(out reply) reply {
	switch d.Garbage {
	case GarbageHTML:
		return page(http.StatusOK, nil)
	case GarbageTruncated:
		return reply{status: http.StatusOK, header: out.header, body: out.body[:len(out.body)/2]}
	default:
		return reply{status: http.StatusOK, header: out.header}
	}
}

// answer sends what the fault leaves of an answer.
func (d Do) answer(w http.ResponseWriter, out reply) {
	switch d.Drop {
	case DropRequest, DropAccepted:
		reset(w)
	case DropBody:
		out.writeHead(w)
		_, _ = w.Write(out.body[:len(out.body)/2])
		_ = http.NewResponseController(w).Flush()
		reset(w)
	default:
		out.write(w)
	}
}

// reset cuts the connection so that the client sees a TCP RST, not an orderly end.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // no HTTP/1 connection to take over: net/http cuts it in its own way
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // on failure the close below is orderly, which still cuts the answer
	}
	_ = conn.Close()
}
