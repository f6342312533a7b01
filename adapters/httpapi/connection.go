package httpapi

import (
	"net/http"
	"net/url"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

// parameter is the query parameter that names a connection.
const parameter = "connection"

// connectionName is the connection that the request asks for; "" where it leaves the choice to the core. A choice that
// cannot be read is refused: the core would take another connection for it.
func connectionName(r *http.Request) (string, *fault.Error) {
	fromQuery, err := queriedConnection(r.URL)
	if err != nil {
		return "", err
	}
	values := r.Header["X-Wecom-Connection"]
	switch {
	case len(values) > 1:
		return "", badChoice("The header X-WeCom-Connection is there more than once.")
	case len(values) == 0 || values[0] == "" || values[0] == fromQuery:
		return fromQuery, nil
	case fromQuery != "":
		return "", badChoice("The query and the header X-WeCom-Connection name two connections.")
	default:
		return values[0], nil
	}
}

// queriedConnection reads the query. It may have parameters of the platform in front, such as a key of its own; one that
// looks like a misspelt connection is none of these.
func queriedConnection(u *url.URL) (string, *fault.Error) {
	if u.RawQuery == "" {
		return "", nil
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return "", badChoice("The query of the URL is malformed.").
			WithHint("Write it as ?connection=NAME, with what is special in a URL percent-encoded.")
	}
	for key := range query {
		if key != parameter && action.Nearest(key, []string{parameter}) != "" {
			return "", badChoice("The query has a parameter that is almost " + parameter + ".").
				WithHint("Did you mean " + parameter + "?")
		}
	}
	if len(query[parameter]) > 1 {
		return "", badChoice("The query names a connection more than once.")
	}
	return query.Get(parameter), nil
}

func badChoice(detail string) *fault.Error {
	return fault.New(fault.InvalidInput, "%s", detail).Because("connection")
}
