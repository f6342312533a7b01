package wecomsim

import "net/url"

// mask keeps enough of a secret to tell two apart and not enough to use one.
func mask(secret string) string {
	const shown = 4
	if len(secret) <= 2*shown {
		return "***"
	}
	return secret[:shown] + "***"
}

// maskQuery copies a query with its credentials masked.
func maskQuery(query url.Values) url.Values {
	masked := make(url.Values, len(query))
	for name, values := range query {
		switch name {
		case "access_token", "corpsecret", "key":
			for _, value := range values {
				masked.Add(name, mask(value))
			}
		default:
			masked[name] = values
		}
	}
	return masked
}
