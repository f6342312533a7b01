package wecomsim

import "net/http"

// access says who may call an endpoint.
type access int

const (
	withoutToken  access = iota // gettoken and the webhooks
	anyToken                    // both kinds
	contactsOnly                // only the contact-sync token: contact writes and list_id
	appOnly                     // only an app's token: messages and chats
	detailReading               // an app's token, or contact sync from an old address (48009 otherwise)
)

// endpoint is one path of the API.
type endpoint struct {
	method  string
	access  access
	empty   fields // the containers that an error answer carries
	free    bool   // does not count into the basic frequency limits
	upload  bool   // takes multipart instead of JSON
	perform func(*call) (success, error)
}

// The containers that error answers carry, empty.
var (
	noDepartmentIDs = fields{{"department_id", []int{}}}
	noDepartments   = fields{{"department", []int{}}}
	noMemberRows    = fields{{"dept_user", []int{}}}
	noMembers       = fields{{"userlist", []int{}}}
	noMember        = fields{{"department", []int{}}, {"order", []int{}}, {"is_leader_in_dept", []int{}}, {"direct_leader", []int{}}}
)

var endpoints = map[string]endpoint{
	"/cgi-bin/gettoken": {method: http.MethodGet, perform: (*call).getToken},

	"/cgi-bin/department/simplelist": {method: http.MethodGet, access: anyToken, empty: noDepartmentIDs, perform: (*call).departmentSimpleList},
	"/cgi-bin/department/list":       {method: http.MethodGet, access: detailReading, empty: noDepartments, perform: (*call).departmentList},
	"/cgi-bin/department/get":        {method: http.MethodGet, access: detailReading, perform: (*call).departmentGet},
	"/cgi-bin/department/create":     {method: http.MethodPost, access: contactsOnly, perform: (*call).departmentCreate},
	"/cgi-bin/department/update":     {method: http.MethodPost, access: contactsOnly, perform: (*call).departmentUpdate},
	"/cgi-bin/department/delete":     {method: http.MethodGet, access: contactsOnly, perform: (*call).departmentDelete},

	"/cgi-bin/user/list_id":     {method: http.MethodPost, access: contactsOnly, empty: noMemberRows, perform: (*call).userListID},
	"/cgi-bin/user/get":         {method: http.MethodGet, access: detailReading, empty: noMember, perform: (*call).userGet},
	"/cgi-bin/user/simplelist":  {method: http.MethodGet, access: detailReading, empty: noMembers, perform: (*call).userSimpleList},
	"/cgi-bin/user/create":      {method: http.MethodPost, access: contactsOnly, perform: (*call).userCreate},
	"/cgi-bin/user/update":      {method: http.MethodPost, access: contactsOnly, perform: (*call).userUpdate},
	"/cgi-bin/user/delete":      {method: http.MethodGet, access: contactsOnly, perform: (*call).userDelete},
	"/cgi-bin/user/batchdelete": {method: http.MethodPost, access: contactsOnly, perform: (*call).userBatchDelete},

	"/cgi-bin/message/send":   {method: http.MethodPost, access: appOnly, free: true, perform: (*call).messageSend},
	"/cgi-bin/message/recall": {method: http.MethodPost, access: appOnly, perform: (*call).messageRecall},

	"/cgi-bin/appchat/create": {method: http.MethodPost, access: appOnly, perform: (*call).chatCreate},
	"/cgi-bin/appchat/update": {method: http.MethodPost, access: appOnly, perform: (*call).chatUpdate},
	"/cgi-bin/appchat/get":    {method: http.MethodGet, access: appOnly, perform: (*call).chatGet},
	"/cgi-bin/appchat/send":   {method: http.MethodPost, access: appOnly, free: true, perform: (*call).chatSend},

	"/cgi-bin/webhook/send":         {method: http.MethodPost, free: true, perform: (*call).webhookSend},
	"/cgi-bin/webhook/upload_media": {method: http.MethodPost, free: true, upload: true, perform: (*call).webhookUpload},

	"/cgi-bin/media/upload": {method: http.MethodPost, access: anyToken, upload: true, perform: (*call).mediaUpload},
	"/cgi-bin/media/get":    {method: http.MethodGet, access: anyToken, perform: (*call).mediaGet},
}
