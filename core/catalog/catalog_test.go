package catalog_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

// eachAction runs a test for every action.
func eachAction(t *testing.T, test func(t *testing.T, a *catalog.Action)) {
	t.Helper()
	for _, a := range catalog.Actions() {
		t.Run(a.ID, func(t *testing.T) {
			t.Parallel()
			test(t, a)
		})
	}
}

func TestTheCatalogueIsComplete(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{
		"chatbot.file.send", "chatbot.image.send", "chatbot.markdown.send", "chatbot.media.upload", "chatbot.news.send", "chatbot.text.send",
		"department.create", "department.delete", "department.list", "department.update",
		"groupchat.create", "groupchat.file.send", "groupchat.get", "groupchat.image.send", "groupchat.markdown.send",
		"groupchat.mpnews.send", "groupchat.text.send", "groupchat.textcard.send", "groupchat.update",
		"media.upload", "member.create", "member.delete", "member.list", "member.update",
		"message.file.send", "message.image.send", "message.markdown.send", "message.mpnews.send", "message.recall",
		"message.text.send", "message.textcard.send",
	}, catalog.IDs())
	assert.Nil(t, catalog.Lookup("message.text"))
	assert.Same(t, catalog.Actions()[0], catalog.Lookup("chatbot.file.send"))
}

// An action's file, its test and its type follow from its id.
func TestFileAndTypeFollowFromTheID(t *testing.T) {
	t.Parallel()
	eachAction(t, func(t *testing.T, a *catalog.Action) {
		file := strings.ReplaceAll(a.ID, ".", "_")
		source, err := os.ReadFile(file + ".go")
		require.NoError(t, err)
		assert.Equal(t, 1, strings.Count(string(source), "define("), "one action in each file")
		assert.Contains(t, string(source), `"`+a.ID+`"`)
		assert.FileExists(t, file+"_test.go")
		want := ""
		for segment := range strings.SplitSeq(a.ID, ".") {
			want += strings.ToUpper(segment[:1]) + segment[1:]
		}
		assert.Equal(t, want, reflect.TypeOf(a.New()).Elem().Name())
	})
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	var defining []string
	for _, file := range files {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		if !strings.HasSuffix(file, "_test.go") && strings.Contains(string(source), "= define(") {
			defining = append(defining, strings.ReplaceAll(strings.TrimSuffix(file, ".go"), "_", "."))
		}
	}
	assert.ElementsMatch(t, catalog.IDs(), defining)
}

func TestEveryActionIsDescribed(t *testing.T) {
	t.Parallel()
	eachAction(t, func(t *testing.T, a *catalog.Action) {
		assert.NotEmpty(t, a.Title)
		assert.True(t, strings.HasSuffix(a.Doc, "."), "the doc is sentences")
		assert.Regexp(t, `^(GET|POST) [a-z]+/[a-z_]+$`, a.Call)
		assert.Greater(t, a.Document, 90_000)
		assert.NotEmpty(t, a.Examples)
		assert.Equal(t, reflect.Pointer, reflect.TypeOf(a.Output).Kind(), "the output is a typed zero value")
		assert.NotEmpty(t, a.Refusals)
		assert.Subset(t, wecom.KnownErrcodes(), a.Refusals, "refusals are errcodes with a meaning")
		want := connection.Application
		if strings.HasPrefix(a.ID, "chatbot.") {
			want = connection.Chatbot
		}
		assert.Equal(t, want, a.Connection)
	})
}

func TestEveryFieldIsDescribed(t *testing.T) {
	t.Parallel()
	eachAction(t, func(t *testing.T, a *catalog.Action) {
		eachField(action.FieldsOf(a.New()), "", func(pointer string, field *action.Field) {
			assert.Regexp(t, `^[a-z][a-z0-9_]*$`, field.Name)
			assert.NotEmpty(t, field.Title, pointer)
			assert.NotEmpty(t, field.Doc, pointer)
			if field.Truncate {
				assert.Contains(t, field.Doc, "is cut", pointer)
			}
		})
	})
}

// eachField visits the fields and those inside them. The pointer of an item of a list has "0" as its place.
func eachField(fields *action.Fields, path string, visit func(pointer string, field *action.Field)) {
	for _, field := range fields.List() {
		pointer := path + "/" + field.Name
		visit(pointer, field)
		if nested := field.Nested(); nested != nil {
			if field.Kind == action.Objects {
				pointer += "/0"
			}
			eachField(nested, pointer, visit)
		}
	}
}

func TestNamesAreDeclaredOnce(t *testing.T) {
	t.Parallel()
	eachAction(t, func(t *testing.T, a *catalog.Action) {
		seen := map[string]bool{}
		eachField(action.FieldsOf(a.New()), "", func(pointer string, _ *action.Field) {
			assert.False(t, seen[pointer], pointer)
			seen[pointer] = true
		})
	})
}

// Every member of an input is bound, and by one field only.
func TestEveryMemberIsBoundExactlyOnce(t *testing.T) {
	t.Parallel()
	eachAction(t, func(t *testing.T, a *catalog.Action) {
		in := a.New()
		requireBound(t, in, notForAll[a.ID])
		for _, nested := range nestedInputs(in) {
			requireBound(t, nested, nil)
		}
	})
}

// requireBound compares the addresses of the members with the destinations of the fields. An object's destination is
// hidden in a function, so it is found by reading one.
func requireBound(t *testing.T, in action.Input, unbound []string) {
	t.Helper()
	bound := map[uintptr]int{}
	var objects []*action.Field
	for _, field := range action.FieldsOf(in).List() {
		if to := reflect.ValueOf(field).Elem().FieldByName("to"); to.IsNil() {
			objects = append(objects, field)
		} else {
			bound[to.Elem().Pointer()]++
		}
	}
	filled := fillObjects(t, in, objects)
	eachMember(reflect.ValueOf(in).Elem(), func(name string, member reflect.Value) {
		want, have := 1, bound[member.Addr().Pointer()]
		if slices.Contains(unbound, name) {
			want = 0
		}
		if isObject(member.Type()) {
			have = filled[name]
		}
		assert.Equal(t, want, have, "%T.%s", in, name)
	})
}

// fillObjects counts by how many of the fields each member is set.
func fillObjects(t *testing.T, in action.Input, objects []*action.Field) map[string]int {
	t.Helper()
	filled := map[string]int{}
	for _, field := range objects {
		value := `{}`
		if field.Kind == action.Objects {
			value = `[{}]`
		}
		fresh := reflect.New(reflect.TypeOf(in).Elem())
		action.Decode(fresh.Interface().(action.Input), []byte(`{"`+field.Name+`":`+value+`}`))
		eachMember(fresh.Elem(), func(name string, member reflect.Value) {
			if isObject(member.Type()) && !member.IsNil() {
				filled[name]++
			}
		})
	}
	return filled
}

// isObject tells whether a member is *T or []*T of another input.
func isObject(t reflect.Type) bool {
	if t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	return t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct
}

// eachMember visits the members of a struct and of those that it embeds.
func eachMember(v reflect.Value, visit func(name string, member reflect.Value)) {
	for i := range v.NumField() {
		if kind := v.Type().Field(i); kind.Anonymous {
			eachMember(v.Field(i), visit)
		} else if kind.IsExported() { // what is not belongs to the action itself
			visit(kind.Name, v.Field(i))
		}
	}
}

// notForAll are members of an envelope or body that WeCom does not have for every message of the kind.
var notForAll = map[string][]string{
	"message.markdown.send":   {"Safe", "EnableIDTrans"},
	"message.file.send":       {"EnableIDTrans"},
	"message.image.send":      {"EnableIDTrans"},
	"message.textcard.send":   {"Safe"},
	"groupchat.markdown.send": {"Safe"},
	"groupchat.text.send":     {"MentionedMobileList"},
}

// nestedInputs makes one of every input that stands inside another.
func nestedInputs(in action.Input) []action.Input {
	var list []action.Input
	seen := map[reflect.Type]bool{}
	var visit func(t reflect.Type)
	visit = func(t reflect.Type) {
		eachMember(reflect.New(t).Elem(), func(_ string, member reflect.Value) {
			inner := member.Type()
			if !isObject(inner) || seen[inner] {
				return
			}
			seen[inner] = true
			for inner.Kind() != reflect.Struct {
				inner = inner.Elem()
			}
			list = append(list, reflect.New(inner).Interface().(action.Input))
			visit(inner)
		})
	}
	visit(reflect.TypeOf(in).Elem())
	return list
}

// "order" is a number of departments and a list of members; but within one resource a name means one thing.
func TestANameIsOfOneKindWithinAResource(t *testing.T) {
	t.Parallel()
	kinds := map[string]action.Kind{}
	for _, a := range catalog.Actions() {
		resource, _, _ := strings.Cut(a.ID, ".")
		eachField(action.FieldsOf(a.New()), "", func(pointer string, field *action.Field) {
			name, kind := resource+pointer, field.Kind
			if kind == action.Base64 {
				kind = action.String // which it is in JSON
			}
			if have, known := kinds[name]; known {
				assert.Equal(t, have, kind, "%s of %s", pointer, a.ID)
			}
			kinds[name] = kind
		})
	}
}

func TestEveryExampleIsFreeOfViolations(t *testing.T) {
	t.Parallel()
	eachAction(t, func(t *testing.T, a *catalog.Action) {
		for _, example := range a.Examples {
			report := action.Decode(a.New(), []byte(example.Input))
			assert.Empty(t, report.Violations, example.Title)
			assert.Empty(t, report.Warnings, example.Title)
			assert.NotEmpty(t, example.Title)
			assert.True(t, json.Valid([]byte(example.Output)), example.Title)
		}
	})
}

// A form is lent to one call after another: nothing of one may be left in the next.
func TestAFormIsEmptyAfterUse(t *testing.T) {
	t.Parallel()
	eachAction(t, func(t *testing.T, a *catalog.Action) {
		form := a.Borrow()
		require.Empty(t, form.Decode([]byte(a.Examples[0].Input)).Violations)
		form.Clear()
		assert.Equal(t, a.New(), form.Input)
		assert.Equal(t, action.Decode(a.New(), []byte(`{}`)).Violations, form.Decode([]byte(`{}`)).Violations)
		a.Return(form)
	})
}

// The labels of the connector's document, table by table, under WeCom's names.
func TestTitlesAreTheLabelsOfTheDocument(t *testing.T) {
	t.Parallel()
	message := "touser=Receiver ID|toparty=Recipient Dept ID|agentid=Enterprise App ID|"
	article := "title=Subject|thumb_media_id=Message Thumbnail|content=Content|author=Message Author|content_source_url=Source Link|digest=Description|safe=Confidentiality"
	card := "title=Subject|description=Description|url=Redirection Link|btntxt=Button Text"
	member := "userid=Member ID|name=Member Name|alias=Alias|gender=Gender|enable=Enable Member|main_department=Major Dept ID|department=Dept IDs|" +
		"order=Sorting Members in Dept|is_leader_in_dept=Department Leaders?|direct_leader=Immediate Superior IDs|telephone=Fixed-line Phone|" +
		"mobile=Mobile Number|email=Email Address|biz_mail=Enterprise Mailbox|address=Address|position="
	department := "name=Dept Name|name_en=English Name|parentid=Parent Dept ID|order=Order|id=Dept ID"
	chat := "chatid=Group Chat ID|"
	tables := map[string]struct{ title, fields string }{
		"department.list":         {"Obtaining department IDs", "id=Department ID"},
		"department.create":       {"Creating a department", department},
		"department.update":       {"Updating a department", department},
		"department.delete":       {"Deleting a department", "id=Dept ID"},
		"member.list":             {"Obtaining member IDs", "cursor=Pagination Cursor|limit=Total Data"},
		"member.create":           {"Creating a member", member + "Title"},
		"member.update":           {"Updating a member", member + "Job Title"},
		"member.delete":           {"Deleting a member", "userid=Member ID"},
		"groupchat.get":           {"Obtaining a group chat", "chatid=Group Chat ID"},
		"groupchat.create":        {"Creating a group chat", "name=Group Chat Name|owner=Group Owner ID|userlist=Group Member IDs|chatid=Group Chat ID"},
		"groupchat.update":        {"Modifying a group chat", chat + "name=Group Chat Name|owner=Group Owner ID|add_user_list=Member IDs to Add|del_user_list=Member IDs to Remove"},
		"message.text.send":       {"Pushing a text message", message + "content=Content|safe=Confidentiality"},
		"message.markdown.send":   {"Pushing a markdown message", message + "content=Content"},
		"message.file.send":       {"Pushing a file message", message + "media_id=File ID|safe=Confidentiality"},
		"message.image.send":      {"Pushing an image message", message + "media_id=Image Media File ID|safe=Confidentiality"},
		"message.mpnews.send":     {"Pushing an image and text message", message + article},
		"message.textcard.send":   {"Pushing a text card message", message + card},
		"message.recall":          {"Withdrawing an application message", "msgid=Message ID"},
		"groupchat.text.send":     {"Pushing a text message to a group chat", chat + "content=Content|safe=Confidentiality"},
		"groupchat.markdown.send": {"Pushing a markdown message to a group chat", chat + "content=Content"},
		"groupchat.file.send":     {"Pushing a file message to a group chat", chat + "media_id=File ID|safe=Confidentiality"},
		"groupchat.image.send":    {"Pushing an image message to a group chat", chat + "media_id=Image Media File ID|safe=Confidentiality"},
		"groupchat.mpnews.send":   {"Pushing a text and image message to a group chat", chat + article},
		"groupchat.textcard.send": {"Pushing a text card message to a group chat", chat + card},
		"chatbot.text.send":       {"Pushing a text message by chatbot", "content=Content|mentioned_list=User IDs to Mention|mentioned_mobile_list=Mobile Numbers to Remind"},
		"chatbot.markdown.send":   {"Pushing a markdown message by chatbot", "content=Content"},
		"chatbot.file.send":       {"Pushing a file message by chatbot", "media_id=File ID"},
		"chatbot.image.send":      {"Pushing an image message by chatbot", "base64=Base64-encoded Image Content|md5=MD5 Value"},
		"chatbot.news.send":       {"Pushing an image and text message by chatbot", "title=Subject|description=Description|url=Redirection URL|picurl=Image URL"},
	}
	eachAction(t, func(t *testing.T, a *catalog.Action) {
		table, is := tables[a.ID]
		if !is {
			assert.Contains(t, []string{"media.upload", "chatbot.media.upload"}, a.ID, "the actions that the document has not")
			return
		}
		assert.Equal(t, table.title, a.Title)
		fields := action.FieldsOf(a.New())
		for label := range strings.SplitSeq(table.fields, "|") {
			name, title, _ := strings.Cut(label, "=")
			require.NotNil(t, fields.Lookup(name), "no parameter of the table is dropped: %s", label)
			assert.Equal(t, title, fields.Lookup(name).Title)
		}
	})
}

// What WeCom has on the same call beside the tables.
func TestFieldsBesideTheTables(t *testing.T) {
	t.Parallel()
	beside := map[string]string{
		"groupchat.text.send": "mentioned_list", "groupchat.textcard.send": "safe",
		"message.mpnews.send": "articles enable_id_trans", "groupchat.mpnews.send": "articles", "chatbot.news.send": "articles",
		"message.text.send": "enable_id_trans", "message.textcard.send": "enable_id_trans",
		"member.create": "extattr avatar_mediaid external_position external_profile nickname to_invite",
		"member.update": "extattr avatar_mediaid external_position external_profile nickname new_userid biz_mail_alias",
	}
	eachAction(t, func(t *testing.T, a *catalog.Action) {
		names := strings.Fields(beside[a.ID])
		switch {
		case strings.HasSuffix(a.ID, ".file.send"), strings.HasSuffix(a.ID, ".image.send"):
			names = append(names, "file")
		case strings.HasSuffix(a.ID, ".mpnews.send"):
			names = append(names, "thumb")
		}
		assert.Equal(t, len(names) > 0 && (slices.Contains(names, "file") || slices.Contains(names, "thumb")) || a.TakesStream(), a.TakesFiles())
		if strings.HasPrefix(a.ID, "message.") && a.ID != "message.recall" {
			names = append(names, "totag", "enable_duplicate_check", "duplicate_check_interval")
		}
		fields := action.FieldsOf(a.New())
		for _, name := range names {
			assert.NotNil(t, fields.Lookup(name), name)
		}
		for _, name := range []string{"enable_id_trans", "enable_duplicate_check", "to_invite", "new_userid"} {
			assert.Equal(t, slices.Contains(names, name), fields.Lookup(name) != nil, name)
		}
	})
}

// WeCom drops what exceeds its limits without a word, so every action that sends says them.
func TestEveryActionThatSendsSaysHowOftenItMay(t *testing.T) {
	t.Parallel()
	for _, a := range catalog.Actions() {
		family, _, _ := strings.Cut(a.ID, ".")
		if limit := map[string]string{
			"message": "30 messages a minute to one member", "groupchat": "200 messages a minute", "chatbot": "20 messages a minute",
		}[family]; limit != "" && strings.HasSuffix(a.ID, ".send") {
			assert.Contains(t, a.Doc, limit, a.ID)
		}
	}
}
