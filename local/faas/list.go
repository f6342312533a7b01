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
}

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
	all := listing{Call: "POST " + Prefix + "{platform}/{function}?event={event}, with the action's input as the body"}
	for _, p := range platforms {
		all.Platforms = append(all.Platforms, platformRow{p.Name, p.Events})
	}
	for _, a := range h.connector.Actions() {
		all.Functions = append(all.Functions, describe.Function(a.ID))
	}
	all.Functions = append(all.Functions, everything)
	return all
}
