package env

import (
	"fmt"
	"strings"
)

const (
	defaultHost = "127.0.0.1"
	defaultPort = "8080"

	connectionPrefix = "WECOM_<NAME>_"
	fileSuffix       = "_FILE"
)

// row describes one variable.
type row struct {
	name string
	// need is the default, or who must set it; may be empty.
	need string
	doc  string
	// setting is the member of connection.Settings that the variable fills.
	setting string
}

// rows is every setting: what is known, what -help prints and what the README lists. None of the words of a cell is "|".
var rows = []row{
	{"WECOM_CONNECTIONS", "default", "names of the connections, separated by commas; lower-case letters and digits, beginning with a letter", "Name"},
	{connectionPrefix + "TYPE", "chatbot where KEY is set, else application", "application or chatbot", "Type"},
	{connectionPrefix + "CORP_ID", "required for application", "corp id of the enterprise", "CorpID"},
	{connectionPrefix + "SECRET", "required for application", "secret of the application", "Secret"},
	{connectionPrefix + "SECRET_FILE", "", "file that holds it, in place of SECRET; read again when WeCom refuses it", ""},
	{connectionPrefix + "AGENT_ID", "", "application: its id, for messages that give no agentid", "AgentID"},
	{connectionPrefix + "CONTACTS_SECRET", "SECRET", "application: contact-sync secret, for department and member actions", "ContactsSecret"},
	{connectionPrefix + "CONTACTS_SECRET_FILE", "", "file that holds it, in place of CONTACTS_SECRET", ""},
	{connectionPrefix + "KEY", "required for chatbot", "key of the chatbot's webhook, or the whole webhook URL", "Key"},
	{connectionPrefix + "KEY_FILE", "", "file that holds it, in place of KEY", ""},
	{connectionPrefix + "BASE_URL", "https://qyapi.weixin.qq.com", "address of WeCom's API: https, or plain http to a loopback address", "BaseURL"},
	{connectionPrefix + "PROXY_URL", "as HTTPS_PROXY says", "proxy for calls to WeCom: http, https or socks5", "Transport"},
	{connectionPrefix + "DESCRIPTION", "", "note for people", "Description"},
	{"WECOM_ACTION", "all", "actions that may be run, separated by commas; * stands for one or more segments: message.*", ""},
	{"WECOM_API_KEYS", "", "who may call: name:sha256-of-the-key, separated by commas; the hash in lower-case hex", ""},
	{"WECOM_AUTH", "", "in place of keys: platform (the platform in front authenticates) or none (everybody may call)", ""},
	{"WECOM_FETCH_HOSTS", "no links", "hosts that files may be fetched from by a link, separated by commas: names, or *.example.com for all below one", ""},
	{"WECOM_IDLE_TIMEOUT", "3s", "connections to WeCom unused for longer are not used again; raise it where the process never freezes", ""},
	{"WECOM_LOG_LEVEL", "info", "debug, info, warn or error", ""},
	{"HOST", defaultHost, "address that the server listens on; beyond loopback it needs WECOM_API_KEYS or WECOM_AUTH", ""},
	{"PORT", defaultPort, "port that the server listens on", ""},
	{"HTTPS_PROXY, HTTP_PROXY, NO_PROXY", "", "proxy of connections without PROXY_URL, as usual", ""},
	{"SSL_CERT_FILE, SSL_CERT_DIR", "the system's bundle alone", "certificates of the authorities to trust: a file, and folders of files", ""},
}

// ofConnection tells whether each connection has such a variable of its own.
func (r row) ofConnection() bool { return strings.HasPrefix(r.name, connectionPrefix) }

// variable is the row's variable for the connection with the prefix.
func (r row) variable(prefix string) string {
	if !r.ofConnection() {
		return r.name
	}
	return prefix + strings.TrimPrefix(r.name, connectionPrefix)
}

const nameRule = "is a connection's name in capitals"

// Table lists every setting as plain text.
func Table() string {
	width := 0
	for _, row := range rows {
		width = max(width, len(row.name))
	}
	var b strings.Builder
	b.WriteString("Environment variables (<NAME> " + nameRule + "; DEFAULT without WECOM_CONNECTIONS):\n\n")
	for _, row := range rows {
		fmt.Fprintf(&b, "  %-*s  %s", width, row.name, row.doc)
		if row.need != "" {
			b.WriteString(" [" + row.need + "]")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// Markdown lists every setting as the README's table.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| Variable | Default | Meaning |\n| --- | --- | --- |\n")
	for i, row := range rows {
		name, doc := "`"+strings.ReplaceAll(row.name, ", ", "`, `")+"`", row.doc
		switch {
		case strings.HasSuffix(row.name, fileSuffix):
			continue // told with the variable that it replaces
		case i+1 < len(rows) && rows[i+1].name == row.name+fileSuffix:
			name += ", `" + row.name + fileSuffix + "`"
			doc += "; or a file that holds it"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", name, row.need, doc)
	}
	b.WriteString("\n`<NAME>` " + nameRule + "; `DEFAULT` without `WECOM_CONNECTIONS`.\n")
	return b.String()
}
