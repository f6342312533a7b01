package wecomsim

import "fmt"

// refusal is a business error: the errcode, the text in front of the hint, and fields that the answer carries besides.
type refusal struct {
	code   int
	text   string
	fields fields
}

func (r *refusal) Error() string { return fmt.Sprintf("errcode %d: %s", r.code, r.text) }

// refuse answers an errcode with its usual text.
func refuse(code int) error { return &refusal{code: code, text: errorText(code)} }

// refuseText answers an errcode with a text of its own.
func refuseText(code int, format string, args ...any) error {
	return &refusal{code: code, text: fmt.Sprintf(format, args...)}
}

// refuseParameter is the family of 40058: it says what is wrong, then names the family.
func refuseParameter(format string, args ...any) error {
	return refuseText(codeParameter, format+". invalid Request Parameter", args...)
}

// refuseInvalid is the member that names the parameter and, as observed, not the family.
func refuseInvalid(parameter string) error {
	return refuseText(codeParameter, "invalid param '%s'", parameter)
}

// refuseLength is the member for a string that is too long.
func refuseLength(field string, limit int) error {
	return refuseParameter("%s exceed max length %d", field, limit)
}

// The errcodes that the emulator decides on by itself. Faults can answer any other.
const (
	codeCredential         = 40001
	codeUserIDInvalid      = 40003
	codeMediaType          = 40004
	codeUploadType         = 40005
	codeMediaSize          = 40006
	codeMediaID            = 40007
	codeMsgType            = 40008
	codePictureSize        = 40009
	codeCorpID             = 40013
	codeTokenInvalid       = 40014
	codeUserList           = 40031
	codeUserListSize       = 40032
	codeListInvalid        = 40035
	codeURLSize            = 40039
	codeAgentID            = 40056
	codeParameter          = 40058
	codeParameterEmpty     = 40063
	codePartyList          = 40066
	codeNewsSafe           = 40074
	codePictureFormat      = 40123
	codeBodyTooLarge       = 40206
	codeTokenMissing       = 41001
	codeCorpIDMissing      = 41002
	codeSecretMissing      = 41004
	codeMediaMissing       = 41006
	codeUserIDMissing      = 41009
	codeURLMissing         = 41010
	codeAgentIDMissing     = 41011
	codeTitleMissing       = 41016
	codePartyMissing       = 41019
	codeDescriptionMissing = 41033
	codeTokenExpired       = 42001
	codeMsgIDExpired       = 42052
	codeMediaEmpty         = 44001
	codeEmptyContent       = 44004
	codeContentSize        = 45002
	codeTooManyArticles    = 45008
	codeFrequency          = 45009
	codeHeadCount          = 45024
	codeAuthorSize         = 45032
	codeURLScheme          = 45034
	codeForbidden          = 48002
	codeNewIP              = 48009
	codeChatDissolved      = 49008
	codeAgentDisabled      = 50003
	codeCursor             = 50100
	codeNameLength         = 60001
	codePartyUnknown       = 60003
	codeParentUnknown      = 60004
	codePartyHasMembers    = 60005
	codePartyHasParties    = 60006
	codePartyIsRoot        = 60007
	codePartyExists        = 60008
	codeNameInvalid        = 60009
	codePartyLoop          = 60010
	codeNoPrivilege        = 60011
	codeUntrustedIP        = 60020
	codeUserExists         = 60102
	codeMobileInvalid      = 60103
	codeMobileExists       = 60104
	codeEmailInvalid       = 60105
	codeEmailExists        = 60106
	codeTooManyParties     = 60110
	codeUserUnknown        = 60111
	codeUserName           = 60112
	codePartyInvalid       = 60123
	codeParentInvalid      = 60124
	codeUnreachable        = 60129
	codeLeaderCount        = 60132
	codeBizMailInvalid     = 60143
	codeBizMailExists      = 60145
	codePartyFull          = 81001
	codeTooManyLevels      = 81002
	codeAllInvalid         = 81013
	codeMailDomain         = 81015
	codeNoReceiver         = 82001
	codeTooManyToParty     = 82002
	codeTooManyToTag       = 82003
	codeChatID             = 86001
	codeChatUnknown        = 86003
	codeChatName           = 86004
	codeChatOwner          = 86005
	codeChatSize           = 86006
	codeChatMember         = 86007
	codeChatForeign        = 86008
	codeChatIDMissing      = 86201
	codeChatNameMissing    = 86202
	codeChatOwnerMissing   = 86203
	codeChatMembersMissing = 86204
	codeChatIDLength       = 86205
	codeOwnerNotMember     = 86207
	codeChatExists         = 86215
	codeChatChange         = 86216
	codeWebhookKey         = 93000
	codeChatbotDisabled    = 93004
	codeAgentForeign       = 301002
	codeCreator            = 301005
	codePosition           = 301012
	codeTelephone          = 301013
	codeAvatar             = 301015
	codeVoiceFormat        = 301017
	codePictureSum         = 301019
	codeUserIDFixed        = 301036
)

func errorText(code int) string {
	if text, ok := errorTexts[code]; ok {
		return text
	}
	return "unknown error"
}

// errorTexts are the English texts in front of the hint. Those marked "seen" were observed on the real server; the
// others are our wording of the meaning in the official table, because official pages do not list texts.
var errorTexts = map[int]string{
	-1:     "system busy",
	6000:   "data version conflict",
	40001:  "invalid credential", // seen
	40003:  "invalid userid",
	40004:  "invalid media type",
	40005:  "invalid type parameter",
	40006:  "invalid file size",    // seen
	40007:  "invalid media_id",     // seen
	40008:  "invalid message type", // seen
	40009:  "invalid image size",
	40011:  "invalid video size",
	40013:  "invalid corpid",       // seen
	40014:  "invalid access_token", // seen
	40031:  "invalid user list",
	40032:  "invalid user list size",
	40033:  "invalid request character",
	40035:  "invalid parameter",
	40039:  "invalid url size",
	40050:  "chatid not exist",
	40056:  "invalid agentid",
	40058:  "invalid Request Parameter", // seen
	40063:  "some parameters are empty",
	40066:  "invalid party list", // seen
	40074:  "news can not be confidential",
	40091:  "secret is invalid",
	40123:  "invalid picture format",
	40201:  "content contains sensitive words",
	40203:  "deprecated parameter",
	40204:  "message blocked by anti-spam",
	40206:  "request body too large",
	41001:  "access_token missing", // seen
	41002:  "corpid missing",
	41004:  "corpsecret missing", // seen
	41006:  "media_id missing",
	41009:  "userid missing",
	41010:  "url missing",
	41011:  "missing agentid", // seen
	41016:  "title missing",
	41019:  "department missing",
	41033:  "description missing",
	42001:  "access_token expired", // seen
	42052:  "msgid expired",
	44001:  "empty media data", // seen
	44004:  "empty content",    // seen
	45001:  "media size out of limit",
	45002:  "content size out of limit", // seen
	45007:  "voice length out of limit",
	45008:  "article size out of limit",
	45009:  "api freq out of limit", // seen
	45024:  "account number out of limit",
	45026:  "mass deletion protection",
	45029:  "response too large",
	45032:  "author size out of limit",
	45033:  "api concurrent out of limit",
	45034:  "url without http or https scheme",
	45035:  "operation conflict",
	46004:  "user not exist",
	48001:  "api unauthorized",
	48002:  "api forbidden", // seen
	48004:  "authorization relation invalid",
	48005:  "api retired",
	48006:  "api right withdrawn",
	48009:  "contact details not readable from a new ip",
	49008:  "chat dissolved",
	50002:  "user not in scope",
	50003:  "agent disabled",
	50100:  "invalid paging cursor",
	60001:  "department invalid length",          // seen
	60003:  "department not found",               // seen
	60004:  "parent department not found",        // seen
	60005:  "department contains user",           // seen
	60006:  "department contains sub-department", // seen
	60007:  "root department can not be deleted",
	60008:  "department existed",                   // seen
	60009:  "department name include invalid char", // seen
	60010:  "department loop",
	60011:  "no privilege to access/modify contact/party/agent ", // seen, with the blank
	60020:  "not allow to access from your ip",                   // seen
	60021:  "userid not in scope",
	60102:  "userid existed", // seen
	60103:  "invalid mobile",
	60104:  "mobile existed", // seen, with ":<userid>"
	60105:  "invalid email",
	60106:  "email existed",
	60110:  "too many departments of a user",
	60111:  "userid not found", // seen
	60112:  "invalid name",
	60123:  "invalid party id",        // seen
	60124:  "invalid parent party id", // seen
	60127:  "department missing",
	60129:  "mobile and email both empty",
	60132:  "is_leader_in_dept size not match department",
	60143:  "invalid biz_mail",
	60145:  "biz_mail existed",
	81001:  "department nodes out of limit",
	81002:  "department level out of limit",
	81013:  "user & party & tag all invalid", // seen
	81015:  "mail domain is not the corp's",
	81026:  "function under maintenance",
	82001:  "All touser & toparty & totag invalid", // seen
	82002:  "toparty size out of limit",
	82003:  "totag size out of limit",
	82004:  "invalid message content",
	86001:  "invalid chatid",
	86003:  "chatid not exist",
	86004:  "invalid chat name",
	86005:  "invalid chat owner",
	86006:  "invalid chat member list size", // seen
	86007:  "invalid chat member",
	86008:  "agent has no privilege to access this chat, which is created by other agent.", // seen from "has" on
	86101:  "only chat owner allowed",
	86201:  "chatid missing",
	86202:  "chat name missing",
	86203:  "chat owner missing",
	86204:  "chat member list missing",
	86205:  "chatid exceed max length",
	86206:  "chatid out of range",
	86207:  "chat owner not in member list",
	86215:  "chatid existed",
	86216:  "invalid chat member id",
	86217:  "sender not in chat",
	86220:  "invalid chat parameter",
	93000:  "invalid webhook url", // seen
	93004:  "chatbot disabled",
	93006:  "invalid chat id",
	93008:  "not in chat",
	301002: "not allow operate another agent with this accesstoken.", // seen
	301005: "not allow to delete the corp creator",
	301007: "corp unavailable",
	301012: "invalid position",
	301013: "invalid telephone",
	301015: "invalid avatar mediaid",
	301017: "voice format must be amr",
	301019: "media md5 not match", // seen
	301036: "userid can not be changed",
	830002: "download too large without range",
}
