package openapi

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/rawjson"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

// exampleRequestID is the request_id of every example.
const exampleRequestID = "example"

// failures are the examples of what goes wrong with an action, by HTTP status.
func failures(a *catalog.Action) (map[int]object, error) {
	broken, err := brokenInput(a)
	if err != nil {
		return nil, err
	}
	byStatus := make(map[int]object)
	put := func(name, summary string, e *fault.Error, more object) {
		e.Action, e.RequestID = a.ID, exampleRequestID
		example := object{"summary": summary, "value": e.Problem()}
		for key, value := range more {
			example[key] = value
		}
		status := e.HTTPStatus()
		if byStatus[status] == nil {
			byStatus[status] = object{}
		}
		byStatus[status][name] = example
	}
	put("invalid_input", "An input that breaks the rules: nothing is sent to WeCom", broken.fault, object{"x-input": broken.input})
	for _, errcode := range a.Refusals {
		e := wecom.Refusal(CallPath(a), errcode, errmsg(errcode))
		put("errcode_"+strconv.FormatInt(errcode, 10), "WeCom answers errcode "+strconv.FormatInt(errcode, 10), e, nil)
	}
	return byStatus, nil
}

// CallPath is the path of the action's WeCom call below /cgi-bin/.
func CallPath(a *catalog.Action) string {
	_, path, _ := strings.Cut(a.Call, " ")
	return path
}

// broken is an input that the action refuses, and how.
type broken struct {
	input object
	fault *fault.Error
}

// brokenInput finds an input that the action refuses: one without anything, or with an impossible number.
func brokenInput(a *catalog.Action) (broken, error) {
	inputs := []object{{}}
	for _, field := range action.FieldsOf(a.New()).List() {
		if field.Kind == action.Integer {
			inputs = append(inputs, object{field.Name: -1})
		}
	}
	for _, input := range inputs {
		encoded, err := rawjson.Marshal(input)
		if err != nil {
			return broken{}, err
		}
		if report := action.Decode(a.New(), encoded); len(report.Violations) > 0 {
			return broken{input, fault.Invalid(report.Violations...)}, nil
		}
	}
	return broken{}, fmt.Errorf("%s takes any input", a.ID)
}

// errmsg is how WeCom words an errcode, with the tail that it adds to most of them.
func errmsg(errcode int64) string {
	text := "refused"
	for _, known := range wordings {
		if known.errcode == errcode {
			text = known.text
		}
	}
	return fmt.Sprintf("%s, hint: [1726800000123456789012345], from ip: 203.0.113.9, more info at "+
		"https://open.work.weixin.qq.com/devtool/query?e=%d", text, errcode)
}

// wordings are WeCom's texts for the errcodes that the catalogue lists as refusals.
var wordings = []struct {
	errcode int64
	text    string
}{
	{40004, "invalid media type"},
	{40006, "invalid file size"},
	{40007, "invalid media_id"},
	{40058, "invalid Request Parameter"},
	{42052, "msgid expired"},
	{44004, "empty content"},
	{45002, "content size out of limit"},
	{45009, "api freq out of limit"},
	{45034, "url without http or https scheme"},
	{48002, "api forbidden"},
	{50100, "invalid paging cursor"},
	{60003, "department not found"},
	{60004, "parent department not found"},
	{60005, "department contains user"},
	{60006, "department contains sub-department"},
	{60008, "department existed"},
	{60011, "no privilege to access/modify contact/party/agent "},
	{60020, "not allow to access from your ip"},
	{60102, "userid existed"},
	{60104, "mobile existed"},
	{60111, "userid not found"},
	{60123, "invalid party id"},
	{81013, "user & party & tag all invalid"},
	{86003, "chatid not exist"},
	{86006, "invalid chat member list size"},
	{86008, "agent has no privilege to access this chat, which is created by other agent."},
	{86215, "chatid existed"},
	{86216, "invalid chat member id"},
	{93000, "invalid webhook url"},
	{301019, "media md5 not match"},
}
