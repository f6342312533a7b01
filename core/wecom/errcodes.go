package wecom

import (
	"cmp"
	"math"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

// Errcode knowledge. The meanings are those of WeCom's global table of errcodes (document 90313); what to do about
// them is ours. Codes that the table lacks are classed as internal, and kept.

// meaning is what is known of one errcode.
type meaning struct {
	errcode int64
	kind    fault.Kind
	reason  string
	means   string // end of a sentence that begins with "WeCom refused the call: "
	hint    string
}

// The reasons, the finer words of the kinds.
const (
	authority  = "upstream_auth"
	permission = "upstream_permission"
	invalid    = "validation"
	missing    = "not_found"
	exists     = "conflict"
	state      = "state"
	quota      = "quota"
)

const (
	syncHint    = "The contact-sync secret does not belong to this corp id; it may have been reset. Copy it again: admin console > Management tools > Contact sync."
	secretHint  = "The secret does not belong to this corp id or app; it may have been reset. Copy it again: admin console > Apps > the app > Secret."
	lengthHint  = "A value is too long or a needed one is missing; the text of WeCom names it."
	memberHint  = "Check the userid: the member does not exist, has left, or is outside the app's visible range."
	deptHint    = "Check the department id: it does not exist or is not visible to this secret; department.list shows those that are."
	chatHint    = "Check the chatid, owner and members: a chat must have been made by this very app, with groupchat.create."
	rightsHint  = "Contact writes and member.list need the contact-sync secret (WECOM_<NAME>_CONTACTS_SECRET); group chats need an app whose visible range is the root department; messages need the app's own secret."
	rangeHint   = "Widen the app's visible range in the admin console, or name members and departments inside it."
	agentHint   = "agentid does not belong to the app whose secret is used; both stand on the app's page in the admin console."
	botHint     = "The webhook key is wrong, or the bot was removed from its group or disabled. Copy the webhook URL again from WeCom."
	tokenHint   = "A new access token was fetched and refused too: the app may be disabled, or its secret was just reset."
	takenHint   = "It exists already; the text of WeCom says which field or id."
	limitHint   = "A limit of the company's plan or structure is reached; an administrator must make room."
	wordingHint = "The wording is blocked by WeCom; change it."
)

// known is sorted by errcode. It is a slice of constants, so that it costs nothing at start-up.
var known = []meaning{
	{-1, fault.Unavailable, "upstream_busy", "it is busy", "A call that can be repeated was, up to three times, as WeCom advises. Wait some seconds before you send it again."},
	{6000, fault.Unavailable, "upstream_busy", "several callers changed the same data at once", "Wait a second and send the call again; run changes of contacts and chats one after the other."},
	{40001, fault.ConnectionRejected, authority, "the secret is not valid", secretHint},
	{40003, fault.NotFound, missing, "the userid is not valid or not in the contacts", memberHint},
	{40004, fault.InvalidInput, invalid, "the type of media is not allowed", ""},
	{40005, fault.InvalidInput, invalid, "the type parameter is not valid", ""},
	{40006, fault.InvalidInput, invalid, "the size of the file is not allowed", "More than 5 bytes, and at most 10 MB for images and videos, 2 MB for voice, 20 MB for files."},
	{40007, fault.NotFound, missing, "the media id is not valid", "A media id lives three days and belongs to the endpoint that made it: upload the file again. A chatbot's file needs the chatbot's own upload."},
	{40008, fault.InvalidInput, invalid, "the message type is not valid", ""},
	{40009, fault.InvalidInput, invalid, "the size of the image is not allowed", "At most 2 MB before base64 for a chatbot's image, 10 MB elsewhere."},
	{40011, fault.InvalidInput, invalid, "the size of the video is not allowed", "At most 10 MB."},
	{40013, fault.ConnectionRejected, authority, "the corp id is not valid", "The corp id is wrong: admin console > My company > Company information."},
	{40014, fault.ConnectionRejected, authority, "the access token is not valid", tokenHint},
	{40031, fault.InvalidInput, invalid, "the list of users is not valid", ""},
	{40032, fault.InvalidInput, invalid, "the list of users is too long", "At most 1,000 members in one message."},
	{40033, fault.InvalidInput, invalid, "the request has characters that are not allowed", "Remove the unusual characters, such as control characters, from the values; the text of WeCom may name the field."},
	{40035, fault.InvalidInput, invalid, "a parameter is not valid", "The text of WeCom names the field; check its type and count."},
	{40039, fault.InvalidInput, invalid, "the URL is too long", lengthHint},
	{40050, fault.NotFound, missing, "the chat does not exist", chatHint},
	{40056, fault.ConnectionRejected, permission, "the agentid is not valid", agentHint},
	{40058, fault.InvalidInput, invalid, "a parameter is not valid", "The text of WeCom names the field. A recall answers this too when another app sent the message."},
	{40063, fault.InvalidInput, invalid, "a parameter is empty or in the wrong place", "The text of WeCom names the field."},
	{40066, fault.NotFound, missing, "a department is not valid", deptHint},
	{40074, fault.InvalidInput, invalid, "news cannot be confidential", "Use an mpnews message for confidential articles."},
	{40091, fault.ConnectionRejected, authority, "the secret belongs to another enterprise", secretHint},
	{40123, fault.InvalidInput, invalid, "the format of the picture is not valid", "Only JPG and PNG."},
	{40201, fault.InvalidInput, state, "the content is blocked", wordingHint},
	{40203, fault.InvalidInput, invalid, "a parameter is not supported any more", ""},
	{40204, fault.InvalidInput, state, "the content is blocked as spam", wordingHint},
	{40206, fault.InvalidInput, invalid, "the request is too large", lengthHint},
	{41001, fault.ConnectionRejected, authority, "the access token is missing", tokenHint},
	{41002, fault.ConnectionRejected, authority, "the corp id is missing", "Set CORP_ID of the connection."},
	{41004, fault.ConnectionRejected, authority, "the secret is missing", "Set SECRET of the connection."},
	{41006, fault.InvalidInput, invalid, "the media id is missing", ""},
	{41009, fault.InvalidInput, invalid, "the userid is missing", ""},
	{41010, fault.InvalidInput, invalid, "the URL is missing", ""},
	{41011, fault.InvalidInput, invalid, "the agentid is missing", "Give agentid, or set WECOM_<NAME>_AGENT_ID of the connection."},
	{41016, fault.InvalidInput, invalid, "the title is missing", lengthHint},
	{41019, fault.InvalidInput, invalid, "the departments are missing", ""},
	{41024, fault.ConnectionRejected, authority, "the secret is missing", "Set SECRET of the connection."},
	{41033, fault.InvalidInput, invalid, "the description is missing", lengthHint},
	{42001, fault.ConnectionRejected, authority, "the access token has expired", tokenHint},
	{42052, fault.Conflict, state, "the message is older than 24 hours", "Only messages of the last 24 hours can be withdrawn."},
	{44001, fault.InvalidInput, invalid, "the file is empty", ""},
	{44004, fault.InvalidInput, invalid, "the content is empty", lengthHint},
	{45001, fault.InvalidInput, invalid, "the file is too large", ""},
	{45002, fault.InvalidInput, invalid, "the message is too large", lengthHint},
	{45007, fault.InvalidInput, invalid, "the voice is longer than 60 seconds", ""},
	{45008, fault.InvalidInput, invalid, "there are too many articles", "At most 8 articles in one message. " + lengthHint},
	{45009, fault.RateLimited, "rate_limited", "the frequency limit is reached", "Wait before the next call: WeCom blocks for about as long as the window that was exceeded, at least a minute (chatbots: 20 messages a minute). Sending on prolongs it."},
	{45024, fault.Conflict, quota, "the limit of accounts is reached", limitHint},
	{45026, fault.Conflict, state, "it protects against mass deletion", "An administrator must confirm the deletions in the admin console."},
	{45029, fault.InvalidInput, invalid, "the answer would be too large", "Ask for a smaller part."},
	{45031, fault.ConnectionRejected, authority, "the secret is not safe enough any more", "Reset the secret in the admin console."},
	{45032, fault.InvalidInput, invalid, "the author is too long", "At most 64 bytes. " + lengthHint},
	{45033, fault.RateLimited, "concurrency_limited", "too many calls run at once", "Wait until the calls that run have ended, about a second, and run fewer at once."},
	{45034, fault.InvalidInput, invalid, "the URL does not begin with http:// or https://", ""},
	{45035, fault.RateLimited, "concurrency_limited", "calls that run at once are in conflict", "Wait a second, and run the calls one after the other."},
	{46004, fault.NotFound, missing, "the member does not exist", memberHint},
	{48001, fault.ConnectionRejected, permission, "this API is not authorized for the app", rightsHint},
	{48002, fault.ConnectionRejected, permission, "this secret may not make this call", rightsHint},
	{48004, fault.ConnectionRejected, permission, "the authorization of the app is not valid", ""},
	{48005, fault.ConnectionRejected, permission, "this API has been retired", ""},
	{48006, fault.ConnectionRejected, permission, "the right was withdrawn since the app was not used for long", "An administrator must enable it again in the admin console."},
	{48008, fault.ConnectionRejected, permission, "the right to edit contacts covers only some calls", rightsHint},
	{48009, fault.ConnectionRejected, permission, "the contact-sync secret may not read details from a new address", "department.list and member.list still work; or use the app's secret."},
	{49008, fault.Conflict, state, "the chat was dissolved by its owner", chatHint},
	{50002, fault.ConnectionRejected, permission, "the member is outside the app's range", rangeHint},
	{50003, fault.ConnectionRejected, permission, "the app is disabled", "An administrator must enable it in the admin console."},
	{50006, fault.ConnectionRejected, permission, "the system app is disabled", "An administrator must enable it in the admin console."},
	{50100, fault.InvalidInput, invalid, "the cursor is not valid", "Use next_cursor of the previous page, or begin again without a cursor."},
	{60001, fault.InvalidInput, invalid, "the department name is empty or too long", ""},
	{60003, fault.NotFound, missing, "the department does not exist", deptHint},
	{60004, fault.NotFound, missing, "the parent department does not exist", deptHint},
	{60005, fault.Conflict, state, "the department has members", "Move or delete its members first."},
	{60006, fault.Conflict, state, "the department has sub-departments", "Delete its sub-departments first."},
	{60007, fault.Conflict, state, "the root department cannot be deleted", "The root department stays."},
	{60008, fault.Conflict, exists, "the department exists already", "Another department has this id, or this name under the same parent."},
	{60009, fault.InvalidInput, invalid, "the department has characters or numbers that are not allowed", ""},
	{60010, fault.InvalidInput, invalid, "a department cannot stand below itself", "Choose a parent that is not the department itself or below it."},
	{60011, fault.ConnectionRejected, permission, "the app has no right to this member, department or tag", rangeHint},
	{60020, fault.ConnectionRejected, permission, "this address is not trusted", ""},
	{60021, fault.ConnectionRejected, permission, "the member is outside the visible range", rangeHint},
	{60030, fault.ConnectionRejected, permission, "the operation exceeds the visible range", rangeHint},
	{60031, fault.ConnectionRejected, permission, "the app is barred from calling APIs", ""},
	{60102, fault.Conflict, exists, "the userid exists already", takenHint},
	{60103, fault.InvalidInput, invalid, "the mobile number is not valid", "Digits, + and -, at most 32; a number from outside mainland China needs its country code."},
	{60104, fault.Conflict, exists, "the mobile number is another member's", takenHint},
	{60105, fault.InvalidInput, invalid, "the e-mail address is not valid", ""},
	{60106, fault.Conflict, exists, "the e-mail address is another member's", takenHint},
	{60110, fault.InvalidInput, invalid, "there are too many departments", "WeCom documents 100 departments for a member; its errcode table says 20."},
	{60111, fault.NotFound, missing, "the member does not exist", memberHint},
	{60112, fault.InvalidInput, invalid, "the name is empty or too long", ""},
	{60123, fault.NotFound, missing, "the department does not exist", deptHint},
	{60124, fault.NotFound, missing, "the parent department does not exist", deptHint},
	{60125, fault.InvalidInput, invalid, "the department name is not valid", ""},
	{60127, fault.InvalidInput, invalid, "the departments are missing", ""},
	{60129, fault.InvalidInput, invalid, "mobile and email are both empty", "Give at least one of them."},
	{60132, fault.InvalidInput, invalid, "is_leader_in_dept has another length than department", ""},
	{60141, fault.InvalidInput, invalid, "the e-mail address is not valid and there is no mobile number", ""},
	{60142, fault.Conflict, exists, "the e-mail address cannot be set: it exists already", takenHint},
	{60143, fault.InvalidInput, invalid, "the enterprise mailbox is not valid", ""},
	{60144, fault.Conflict, state, "the enterprise mailbox cannot be changed any more", "A generated mailbox address can be changed once."},
	{60145, fault.Conflict, exists, "the enterprise mailbox exists already", takenHint},
	{81001, fault.Conflict, quota, "the department has too many nodes", limitHint},
	{81002, fault.Conflict, quota, "departments are nested too deep", "At most 15 levels. " + limitHint},
	{81012, fault.NotFound, missing, "there is no valid receiver", "None of the recipients exists inside the app's visible range."},
	{81013, fault.NotFound, missing, "none of the recipients is valid", "None of the recipients exists inside the app's visible range."},
	{81015, fault.InvalidInput, invalid, "the mail domain is not the enterprise's", "The enterprise mailbox must be of one of the enterprise's own domains."},
	{81026, fault.Unavailable, "upstream_busy", "the function is under maintenance", "Try again later."},
	{82001, fault.InvalidInput, invalid, "there is no recipient", "Give touser, toparty or totag."},
	{82002, fault.InvalidInput, invalid, "there are too many departments", "At most 100."},
	{82003, fault.InvalidInput, invalid, "there are too many tags", "At most 100."},
	{82004, fault.InvalidInput, invalid, "the content would crash clients", ""},
	{85002, fault.InvalidInput, invalid, "the wording is blocked", wordingHint},
	{86001, fault.NotFound, missing, "the chatid is not valid", chatHint},
	{86003, fault.NotFound, missing, "the chat does not exist", chatHint},
	{86004, fault.InvalidInput, invalid, "the name of the chat is not valid", ""},
	{86005, fault.InvalidInput, invalid, "the owner is not valid", chatHint},
	{86006, fault.InvalidInput, invalid, "the chat has too many or too few members", "2 to 2,000 members, and no more than the enterprise's own limit. " + chatHint},
	{86007, fault.InvalidInput, invalid, "a member is not valid", chatHint},
	{86008, fault.ConnectionRejected, permission, "the chat was made by another app", chatHint},
	{86101, fault.ConnectionRejected, permission, "only the owner may do this", ""},
	{86201, fault.InvalidInput, invalid, "the chatid is missing", ""},
	{86202, fault.InvalidInput, invalid, "the name of the chat is missing", ""},
	{86203, fault.InvalidInput, invalid, "the owner is missing", ""},
	{86204, fault.InvalidInput, invalid, "the members are missing", ""},
	{86205, fault.InvalidInput, invalid, "the chatid is too long", ""},
	{86206, fault.InvalidInput, invalid, "the chatid is too large", ""},
	{86207, fault.InvalidInput, invalid, "the owner is not among the members", chatHint},
	{86215, fault.Conflict, exists, "the chatid exists already", takenHint},
	{86216, fault.InvalidInput, invalid, "a member to add is not in the contacts, or one to remove is not in the chat", chatHint},
	{86217, fault.InvalidInput, invalid, "the sender is not in the chat", chatHint},
	{86220, fault.InvalidInput, invalid, "a parameter of the chat is not valid", ""},
	{90100, fault.InvalidInput, invalid, "an extended attribute is not valid", ""},
	{90101, fault.InvalidInput, invalid, "an extended attribute's text is too long", ""},
	{90102, fault.InvalidInput, invalid, "an extended attribute's title is too long", ""},
	{90103, fault.InvalidInput, invalid, "an extended attribute's URL is not valid", ""},
	{90104, fault.InvalidInput, invalid, "an extended attribute's mini program title is not valid", ""},
	{90105, fault.InvalidInput, invalid, "an extended attribute's mini program page is not valid", ""},
	{90106, fault.InvalidInput, invalid, "an extended attribute is not valid", ""},
	{90200, fault.InvalidInput, invalid, "the mini program is missing", ""},
	{90201, fault.InvalidInput, invalid, "there are too many content items", ""},
	{93000, fault.ConnectionRejected, authority, "the webhook key is not valid", botHint},
	{93004, fault.ConnectionRejected, permission, "the bot is disabled", botHint},
	{93006, fault.InvalidInput, invalid, "the group id is not valid", ""},
	{93008, fault.ConnectionRejected, permission, "the bot is not in the group", botHint},
	{301002, fault.ConnectionRejected, permission, "the agentid is not that of the app", agentHint},
	{301005, fault.Conflict, state, "the creator of the enterprise cannot be deleted", ""},
	{301007, fault.ConnectionRejected, permission, "the enterprise is dissolved or blocked", ""},
	{301012, fault.InvalidInput, invalid, "the position is not valid", ""},
	{301013, fault.InvalidInput, invalid, "the telephone number is not valid", ""},
	{301014, fault.InvalidInput, invalid, "the English name is not valid", ""},
	{301015, fault.InvalidInput, invalid, "the avatar's media id is not valid", ""},
	{301016, fault.InvalidInput, invalid, "the voice file is not acceptable", ""},
	{301017, fault.InvalidInput, invalid, "the voice is not AMR", ""},
	{301019, fault.InvalidInput, invalid, "md5 is not that of the image", "md5 is taken of the image before base64, in lower-case hex; leave it out and it is computed."},
	{301021, fault.NotFound, missing, "the member does not exist", memberHint},
	{301022, fault.Unavailable, "upstream_busy", "it has a failure of its own", "Try again later."},
	{301036, fault.Conflict, state, "the userid may not be changed", "Only a generated userid can be changed, and only once."},
}

// KnownErrcodes lists the errcodes with a meaning, ascending.
func KnownErrcodes() []int64 {
	list := make([]int64, len(known))
	for i, m := range known {
		list[i] = m.errcode
	}
	return list
}

// Refusal is the error that an errcode becomes for a call to path, such as "department/create".
func Refusal(path string, errcode int64, errmsg string) *fault.Error {
	call := &Call{Path: path, Contacts: writesContacts(path)}
	return refusal(&failure{stage: rejected, errcode: errcode, errmsg: errmsg}, call, nil)
}

// writesContacts tells whether the contact-sync secret is what a call to the path is made with.
func writesContacts(path string) bool {
	switch path {
	case "department/create", "department/update", "department/delete":
		return true
	default:
		return strings.HasPrefix(path, "user/")
	}
}

func refusal(f *failure, call *Call, secrets []string) *fault.Error {
	errmsg := clean(f.errmsg, secrets)
	m := lookup(f.errcode)
	m.adjust(call, errmsg)
	e := fault.New(m.kind, "WeCom refused the call: %s (errcode %d).", m.means, f.errcode)
	e.Reason, e.Hint = m.reason, m.hint
	e.WeCom = &fault.WeCom{Errcode: f.errcode, Errmsg: errmsg}
	if e.Retryable() {
		e.RetryAfter = waitFor(f.errcode)
	}
	return e
}

func lookup(errcode int64) meaning {
	at, found := slices.BinarySearchFunc(known, errcode, func(m meaning, code int64) int { return cmp.Compare(m.errcode, code) })
	if found {
		return known[at]
	}
	unknown := meaning{
		errcode: errcode, kind: fault.Internal, reason: "unknown_errcode", means: "it gives a code that is not documented",
		hint: "The text of WeCom says more; its page explains codes: https://open.work.weixin.qq.com/devtool/query",
	}
	if errcode < 0 || errcode > math.MaxInt32 {
		unknown.reason, unknown.means = "upstream_protocol", "it gives a number that is no code of WeCom's"
	}
	return unknown
}

// adjust refines what the code alone does not tell.
func (m *meaning) adjust(call *Call, errmsg string) {
	switch m.errcode {
	case 40058:
		if call.Path == "message/recall" {
			m.hint = "There is no message with this msgid, or another app sent it: a message is withdrawn by the app that sent it."
		}
	case 40003:
		if call.Path == "user/create" {
			m.kind, m.reason, m.means = fault.InvalidInput, invalid, "the userid is not valid"
			m.hint = "1 to 64 bytes: letters, digits, _ - @ . beginning with a letter or digit."
		}
	case 40066:
		if misread(errmsg) {
			m.kind, m.reason = fault.InvalidInput, invalid
		}
	case 48002:
		if call.Contacts {
			m.hint = "This call needs the contact-sync secret: admin console > Management tools > Contact sync, with the right to edit. Set it as WECOM_<NAME>_CONTACTS_SECRET of the connection."
		}
	case 60020:
		m.hint = "Add the address " + callerAddress(errmsg) +
			" to the app's trusted IPs (admin console > Apps > the app > Trusted IPs; effective after a minute). Functions need a fixed egress address for that, usually a NAT gateway."
	}
}

// callerAddress takes the address out of "..., from ip: 203.0.113.9, more info at ...".
func callerAddress(errmsg string) string {
	_, after, found := strings.Cut(errmsg, "from ip: ")
	address, _, _ := strings.Cut(after, ",")
	if _, err := netip.ParseAddr(address); !found || err != nil {
		return "from which this function calls"
	}
	return address
}

// waitFor is how long to wait after a refusal for frequency or load. Minute limits block for a minute; which limit was
// met is not told.
func waitFor(errcode int64) time.Duration {
	switch errcode {
	case 45009:
		return time.Minute
	case 81026:
		return 10 * time.Minute
	default:
		return time.Second
	}
}
