// Package fetch gets files from links, without becoming a way into the network that it runs in.
//
// A link leads to a host that the deployment's owner has listed, by https, and to a public address: the name is resolved
// here, its addresses are checked, and a checked one is what is dialled, so that no second answer of a name service can
// come between. Each redirect is a link of its own and is checked as one. No proxy is used, since that would resolve the
// name again; nothing is sent along but the request: no credentials, no cookies.
//
// A link may be signed: its path and query are shown nowhere.
//
// It imports the standard library, core/connection, core/fault and core/media only.
package fetch
