package faas

import (
	"net/http"

	"github.com/wecom-functions/wecom-functions/core/describe"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/rawjson"
)

// listing is the answer to GET /fn/.
type listing struct {
	Call      string        `json:"call"`
	Platforms []platformRow `json:"platforms"`
	Functions []string      `json:"functions"`
}

type platformRow struct {
	Platform string   `json:"platform"`
	Events   []string `json:"events"`
	// HTTP are those of the events that are requests over HTTP.
	HTTP []string `json:"http_events"`
}

const (
	// howToCall says what a call is.
	howToCall = "POST " + Prefix + "{platform}/{function}?event={event}, with the action's input as the body. The function " + everything +
		" runs every action: where the event is one of http_events, add /actions/{id} to its path; any other event takes a body that names the action: " + envelopeText
	// envelopeText is a call that names its action.
	envelopeText = `{"action":"{id}","connection":"{name}","input":{...}}, where connection may be left out.`
)

// list answers with what can be called on a platform; on all of them for "".
func (h *handler) list(w http.ResponseWriter, r *http.Request, platform string) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		e := fault.New(fault.InvalidInput, "The path names no function.").Because("method_not_allowed").
			WithHint("GET lists the platforms; POST " + Prefix + "{platform}/{function} calls a function.")
		e.Status = http.StatusMethodNotAllowed
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, e)
		return
	}
	platforms := Platforms()
	if platform != "" {
		one, err := platformNamed(platform)
		if err != nil {
			refuse(w, err)
			return
		}
		platforms = []Platform{one}
	}
	body, _ := rawjson.Marshal(h.listing(platforms)) // it holds nothing that cannot be written
	tell(w, body)
}

func (h *handler) listing(platforms []Platform) listing {
	all := listing{Call: howToCall}
	for _, p := range platforms {
		row := platformRow{Platform: p.Name}
		for _, event := range p.Events {
			row.Events = append(row.Events, event.Name)
			if event.HTTP {
				row.HTTP = append(row.HTTP, event.Name)
			}
		}
		all.Platforms = append(all.Platforms, row)
	}
	for _, a := range h.connector.Actions() {
		all.Functions = append(all.Functions, describe.Function(a.ID))
	}
	all.Functions = append(all.Functions, everything)
	return all
}
