package wecomsim

import "time"

// rule is one frequency limit: so many in a period. A limit of 0 or less is not enforced.
type rule struct {
	name   string
	limit  int
	period time.Duration
}

const day = 24 * time.Hour

// beijing is the zone whose midnight ends a natural day.
var beijing = time.FixedZone("UTC+8", 8*3600)

// windows counts per rule and owner (an API, an app and member, a webhook key ...). Whether WeCom's windows are fixed
// or slide is not documented; here they are fixed and start with the first call.
type windows map[windowKey]*window

type windowKey struct{ rule, owner string }

type window struct {
	ends    time.Time
	count   int
	blocked bool
}

// admit counts one call. The call that goes over the limit blocks the owner for one more period from then on, as
// document 90312 says: a minute limit for 60 seconds, an hour limit for 60 minutes, a day limit for the rest of the day.
func (ws windows) admit(now time.Time, r rule, owner string) bool {
	if r.limit <= 0 {
		return true
	}
	w := ws.current(now, r, owner)
	if w.blocked {
		return false
	}
	w.count++
	if w.count > r.limit {
		w.blocked = true
		w.ends = endOf(now, r.period)
	}
	return !w.blocked
}

// within counts one delivery. What goes over the limit is lost, but blocks nothing further.
func (ws windows) within(now time.Time, r rule, owner string) bool {
	if r.limit <= 0 {
		return true
	}
	w := ws.current(now, r, owner)
	w.count++
	return w.count <= r.limit
}

// blocked looks without counting.
func (ws windows) blocked(now time.Time, r rule, owner string) bool {
	return ws.current(now, r, owner).blocked
}

func (ws windows) current(now time.Time, r rule, owner string) *window {
	key := windowKey{r.name, owner}
	w := ws[key]
	if w == nil || !now.Before(w.ends) {
		w = &window{ends: endOf(now, r.period)}
		ws[key] = w
	}
	return w
}

func endOf(now time.Time, period time.Duration) time.Time {
	if period != day {
		return now.Add(period)
	}
	y, m, d := now.In(beijing).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, beijing)
}
