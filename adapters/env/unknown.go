package env

import (
	"slices"
	"strconv"
	"strings"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/connection"
)

// unknown reports every variable WECOM_... that is no setting: most likely it is a misspelt one.
func (r *reader) unknown(n names) {
	known := variables(n.listed)
	for name := range r.set {
		if strings.HasPrefix(name, "WECOM_") && !slices.Contains(known, name) && !injected(name) {
			r.problems.add(printable(name), "is unknown; %s", advice(name, n, known))
		}
	}
}

// variables lists the settings there are for the connections.
func variables(names []string) []string {
	var list []string
	for _, row := range rows {
		if !row.ofConnection() {
			list = append(list, row.name)
			continue
		}
		for _, name := range names {
			list = append(list, row.variable(prefixOf(name)))
		}
	}
	return list
}

// advice says what an unknown variable was probably meant to be.
func advice(name string, n names, known []string) string {
	for _, row := range rows {
		if row.ofConnection() && name == row.variable("WECOM_") && len(n.usable) > 0 {
			return "did you mean " + row.variable(prefixOf(n.usable[0])) + "?"
		}
	}
	if unlisted(name, n.listed) {
		return "list its connection in WECOM_CONNECTIONS, or remove it"
	}
	if near := action.Nearest(name, known); near != "" {
		return "did you mean " + near + "?"
	}
	return "correct its name or remove it"
}

// unlisted tells whether it is a connection's variable, of a connection whose name is unlike those listed.
func unlisted(name string, listed []string) bool {
	return slices.ContainsFunc(rows, func(row row) bool {
		owner, found := strings.CutSuffix(name, row.variable("_"))
		owner = strings.ToLower(strings.TrimPrefix(owner, "WECOM_"))
		return found && row.ofConnection() && connection.ValidName(owner) &&
			!slices.Contains(reserved, owner) && action.Nearest(owner, listed) == ""
	})
}

// injected tells whether Kubernetes sets a variable of this name by itself, for a service called wecom-something.
func injected(name string) bool {
	parts := strings.Split(name, "_")
	for i, part := range parts {
		rest := parts[i+1:]
		switch {
		case part == "SERVICE" && len(rest) == 1 && rest[0] == "HOST",
			part == "SERVICE" && len(rest) > 0 && rest[0] == "PORT",
			part == "PORT" && len(rest) == 0,
			part == "PORT" && len(rest) > 1 && isNumber(rest[0]) && (rest[1] == "TCP" || rest[1] == "UDP"):
			return true
		}
	}
	return false
}

func isNumber(s string) bool {
	_, err := strconv.ParseUint(s, 10, 16)
	return err == nil
}

// printable quotes a name that would garble the list of problems.
func printable(name string) string {
	if isPlain(name) {
		return name
	}
	return strconv.QuoteToASCII(name)
}
