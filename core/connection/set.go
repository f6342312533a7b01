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
	fitting := make([]int, 0, 4)
	for at := range all {
		if all[at].Type == needed {
			fitting = append(fitting, at)
		}
	}
	if len(fitting) == 1 {
		return all[fitting[0]], nil
	}
	list := make([]string, 0, len(fitting))
	for _, at := range fitting {
		if all[at].Name == DefaultName {
			return all[at], nil
		}
		list = append(list, all[at].Name)
	}
	if len(list) == 0 {
		return Settings{}, fault.New(fault.Misconfigured, "This action needs a connection of type %s, and none is configured.", needed).
			Because("config").WithHint(configureHint(needed))
	}
	return Settings{}, fault.New(fault.InvalidInput, "There are several connections of type %s; name one of %s.", needed, strings.Join(list, ", ")).
		Because("connection")
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
			e.WithHint("The connections of this deployment are " + names(all) + ".")
		}
		return Settings{}, e
	}
	if all[at].Type != needed {
		return Settings{}, fault.New(fault.InvalidInput, "The connection %s is of type %s; this action needs one of type %s.",
			name, all[at].Type, needed).Because("connection")
	}
	return all[at], nil
}

func names(all []Settings) string {
	list := make([]string, len(all))
	for i, s := range all {
		list[i] = s.Name
	}
	return strings.Join(list, ", ")
}
