package connection

import (
	"slices"
	"strings"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

// DefaultName is the connection that is taken where a request names none and several would do.
const DefaultName = "default"

// Pick finds the connection for an action that needs one of the given type: the named one, else the only one of that
// type, else the one called default.
func Pick(all []Settings, name string, needed Type) (Settings, error) {
	if name != "" {
		return named(all, name, needed)
	}
	fitting := make([]*Settings, 0, 4)
	for i := range all {
		if all[i].Type == needed {
			fitting = append(fitting, &all[i])
		}
	}
	usual := slices.IndexFunc(fitting, func(s *Settings) bool { return s.Name == DefaultName })
	switch {
	case len(fitting) == 1:
		return *fitting[0], nil
	case usual >= 0:
		return *fitting[usual], nil
	case len(fitting) == 0:
		return Settings{}, fault.New(fault.Misconfigured, "This action needs a connection of type %s, and none is configured.", needed).
			Because("config").WithHint(configureHint(needed))
	default:
		return Settings{}, fault.New(fault.InvalidInput, "There are several connections of type %s; name one of %s.", needed, names(all, needed)).
			Because("connection")
	}
}

func configureHint(needed Type) string {
	settings := "WECOM_<NAME>_CORP_ID and WECOM_<NAME>_SECRET"
	if needed == Chatbot {
		settings = "WECOM_<NAME>_KEY"
	}
	return "Set " + settings + " for a connection listed in WECOM_CONNECTIONS; without that list <NAME> is DEFAULT."
}

func named(all []Settings, name string, needed Type) (Settings, error) {
	at := slices.IndexFunc(all, func(s Settings) bool { return s.Name == name })
	if at < 0 {
		e := fault.New(fault.NotFound, "There is no such connection.").Because("connection")
		if len(all) > 0 {
			e.WithHint("The connections of this deployment are " + names(all, Application, Chatbot) + ".")
		}
		return Settings{}, e
	}
	if all[at].Type != needed {
		return Settings{}, fault.New(fault.InvalidInput, "The connection %s is of type %s; this action needs one of type %s.",
			name, all[at].Type, needed).Because("connection")
	}
	return all[at], nil
}

// names lists the connections of the given types.
func names(all []Settings, types ...Type) string {
	var list []string
	for _, s := range all {
		if slices.Contains(types, s.Type) {
			list = append(list, s.Name)
		}
	}
	return strings.Join(list, ", ")
}
