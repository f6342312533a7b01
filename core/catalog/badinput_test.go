package catalog_test

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

// Bad input, and odd input that is good. The rows B01 to B12 are tested where JSON is read, in package action.
func TestBadInput(t *testing.T) {
	t.Parallel()
	for _, row := range badRows() {
		t.Run(row.id, func(t *testing.T) {
			t.Parallel()
			applied := 0
			for _, a := range catalog.Actions() {
				eachField(action.FieldsOf(a.New()), "", func(pointer string, f *action.Field) {
					if !row.on(a, f) {
						return
					}
					applied++
					for _, value := range row.values {
						t.Run(a.ID+pointer+": "+value.name, func(t *testing.T) {
							t.Parallel()
							value.check(t, a, pointer, f)
						})
					}
				})
			}
			assert.NotZero(t, applied, "the row applies to no field")
		})
	}
}

func badRows() []badRow {
	return concat(jsonRows(), textRows(), lengthRows(), idRows(), numberRows(), listRows(), memberRows(), chatRows(), imageRows(), linkRows(), abuseRows())
}

func concat(lists ...[]badRow) []badRow {
	var all []badRow
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

func jsonRows() []badRow {
	return []badRow{
		{"B18 strings", where(isText, anywhere), []badValue{
			refuses("a number", 7, fault.RuleType), refuses("true", true, fault.RuleType),
			refuses("a list", []string{"x"}, fault.RuleType), refuses("an object", map[string]any{}, fault.RuleType),
		}},
		{"B18 base64", where(func(f *action.Field) bool { return f.Kind == action.Base64 }, anywhere), []badValue{
			refuses("a number", 7, fault.RuleType), refuses("true", true, fault.RuleType), refuses("a list", []string{"x"}, fault.RuleType),
		}},
		{"B18 integers", where(isInteger, anywhere), []badValue{
			refuses("1.0", raw("1.0"), fault.RuleType), refuses("1e3", raw("1e3"), fault.RuleType), refuses("true", true, fault.RuleType),
			refuses("a word", "one", fault.RuleType), refuses("a list", []int{1}, fault.RuleType), refuses("-0", raw("-0"), fault.RuleType),
		}},
		{"B18 lists", where(isList, anywhere), []badValue{
			refuses("a number", 7, fault.RuleType), refuses("true", true, fault.RuleType), refuses("an object", map[string]any{}, fault.RuleType),
			refuses("an item that is true", []any{true}, fault.RuleType), refuses("an item that is null", []any{nil}, fault.RuleType),
		}},
		{"B18 objects", where(func(f *action.Field) bool { return f.Kind == action.Object || f.Kind == action.Objects }, anywhere), []badValue{
			refuses("a string", "x", fault.RuleType), refuses("a number", 1, fault.RuleType), refuses("true", true, fault.RuleType),
		}},
		{"B18 booleans", where(func(f *action.Field) bool { return f.Kind == action.Boolean }, anywhere), []badValue{
			refuses("1", 1, fault.RuleType), refuses("a string", "true", fault.RuleType),
		}},
		{"B19 required", where(isRequired, anywhere), []badValue{refuses("null", nil, fault.RuleRequired)}},
	}
}

func textRows() []badRow {
	return []badRow{
		{"B20", where(isText, anywhere), []badValue{
			{name: "a byte that is no UTF-8", value: raw("\"a\xffb\""), rule: fault.RuleFormat, whole: true},
			{name: "an overlong form", value: raw("\"a\xc0\xafb\""), rule: fault.RuleFormat, whole: true},
			{name: "a surrogate as three bytes", value: raw("\"a\xed\xa0\x80b\""), rule: fault.RuleFormat, whole: true},
			{name: "a lone surrogate", value: raw(`"a\ud800b"`), rule: fault.RuleFormat, whole: true},
		}},
		{"B21", where(isFree, anywhere), []badValue{
			refuses("NUL", "a\x00b", fault.RuleForbiddenChars), refuses("escape", "a\x1bb", fault.RuleForbiddenChars), refuses("DEL", "a\x7fb", fault.RuleForbiddenChars),
		}},
		{"B21 ids and forms", where(func(f *action.Field) bool { return isText(f) && !isFree(f) && f.Name != "base64" }, anywhere), []badValue{
			refuses("NUL", "a\x00bcdef", fault.RuleForbiddenChars), refuses("a line break", "abc\r\nX: def", fault.RuleForbiddenChars), refuses("a tab", "abc\tdef", fault.RuleForbiddenChars),
		}},
		{"B22", where(free, anywhere), []badValue{
			sends("line separators, a BOM inside, emoji", "a\u2028b\u2029c\ufeffd👩‍👧", "\"a\u2028b\u2029c\ufeffd👩‍👧\""),
		}},
		{"B22 names", where(func(f *action.Field) bool { return f.Named }, anywhere), []badValue{
			warns("a bidirectional override", "a\u202eb", fault.RuleForbiddenChars),
		}},
		{"B25", where(func(f *action.Field) bool { return isFree(f) && f.Required }, anywhere), []badValue{
			refuses("empty", "", fault.RuleRequired), refuses("blank", " \n\t\u3000", fault.RuleRequired),
		}},
		{"B34", where(func(f *action.Field) bool { return f.Multiline }, anywhere), []badValue{
			sends("line ends become LF", "a\r\nb\rc\nd", `"a\nb\nc\nd"`),
		}},
		{"B34 HTML", where(func(f *action.Field) bool { return isText(f) && isUncut(f) }, of("message.mpnews", field("content"))), []badValue{
			sends("line ends stay", "a\r\nb\rc\nd", `"a\r\nb\rc\nd"`),
		}},
		{"B35", where(isID, field("chatid", "msgid", "media_id", "thumb_media_id", "avatar_mediaid", "cursor", "new_userid")), []badValue{
			sends("spaces around", "  x1 ", `"x1"`),
		}},
		{"B74", where(free, anywhere), []badValue{sends("a formula", "=cmd()|' /C calc'!A0", quoted("=cmd()|' /C calc'!A0"))}},
		{"B93", where(free, anywhere), []badValue{sends("a forged log line", "x\n{\"level\":\"error\"}", quoted("x\n{\"level\":\"error\"}"))}},
		{"B94", where(isFree, anywhere), []badValue{refuses("an ANSI sequence", "\x1b[31mred", fault.RuleForbiddenChars)}},
		{"B95", where(free, anywhere), []badValue{
			sends("format verbs", "%s%n%!d", `"%s%n%!d"`), sends("a template", "{{.}} ${jndi:x}", `"{{.}} ${jndi:x}"`),
		}},
	}
}

func lengthRows() []badRow {
	isContent := func(f *action.Field) bool { return f.Name == "content" && !f.Truncate && f.Bytes.Max < 666*1024 }
	isHTML := func(f *action.Field) bool { return f.Name == "content" && f.Bytes.Max == 666*1024 }
	return []badRow{
		{"B23", where(isCut, field("content")), []badValue{
			sends("2,048 bytes", long(2048), quoted(long(2048))),
			{name: "2,049 bytes", value: long(2049), warning: fault.RuleTruncated, sent: quoted(long(2048))},
			{name: "683 Chinese characters", value: han(683), warning: fault.RuleTruncated, sent: quoted(han(682))},
		}},
		{"B24", where(isContent, of("chatbot.", anywhere)), []badValue{accepts("4,096 bytes", long(4096)), refuses("4,097 bytes", long(4097), fault.RuleBytes)}},
		{"B24 application", where(isContent, func(a *catalog.Action, _ *action.Field) bool { return !strings.HasPrefix(a.ID, "chatbot.") }), []badValue{
			accepts("2,048 bytes", long(2048)), refuses("2,049 bytes", long(2049), fault.RuleBytes),
		}},
		{"B26", of("department.", field("name")), append([]badValue{
			accepts("64 characters", han(64)), refuses("65 characters", han(65), fault.RuleChars),
			sends("full-width variants", "＼：＊？＂＜＞｜", `"＼：＊？＂＜＞｜"`), refuses("only spaces", "  ", fault.RuleRequired),
		}, forbidden()...)},
		{"B27", field("name_en"), append([]badValue{accepts("64 characters", han(64)), refuses("65 characters", han(65), fault.RuleChars)}, forbidden()...)},
		{"B28", of("member.", where(func(f *action.Field) bool { return f.Named }, field("name", "alias"))), []badValue{
			accepts("64 characters", han(64)), refuses("65 characters", han(65), fault.RuleChars),
		}},
		{"B29", field("position", "address"), []badValue{accepts("128 characters", han(128)), refuses("129 characters", han(129), fault.RuleChars)}},
		{"B30", of("groupchat.", field("name")), []badValue{
			sends("50 characters", han(50), quoted(han(50))),
			{name: "51 characters", value: han(51), warning: fault.RuleTruncated, sent: quoted(han(50))},
		}},
		{"B31", where(isCut, field("title")), []badValue{
			sends("128 bytes", long(128), quoted(long(128))), {name: "129 bytes", value: han(43), warning: fault.RuleTruncated, sent: quoted(han(42))},
		}},
		{"B31 descriptions", where(isCut, field("description", "digest")), []badValue{
			sends("512 bytes", long(512), quoted(long(512))), {name: "513 bytes", value: han(171), warning: fault.RuleTruncated, sent: quoted(han(170))},
		}},
		{"B32", field("btntxt"), []badValue{
			sends("4 emoji", "😀😁😂🤣", `"😀😁😂🤣"`),
			{name: "5 characters", value: "一二三四五", warning: fault.RuleTruncated, sent: `"一二三四"`},
			{name: "4 combining sequences", value: strings.Repeat("e\u0301", 4), warning: fault.RuleTruncated, sent: quoted(strings.Repeat("e\u0301", 2))},
		}},
		{"B33", where(isHTML, anywhere), []badValue{accepts("666 KB", long(666*1024)), refuses("666 KB and a byte", long(666*1024+1), fault.RuleBytes)}},
		{"B33 author", field("author"), []badValue{accepts("64 bytes", long(64)), refuses("65 bytes", long(65), fault.RuleBytes)}},
	}
}

// forbidden are the characters that a department's name must not have, one by one.
func forbidden() []badValue {
	var values []badValue
	for _, char := range `\:*?"<>|` {
		values = append(values, refuses("with "+string(char), "a"+string(char)+"b", fault.RuleForbiddenChars))
	}
	return values
}

// wrongUserIDs are no userids, in a list or by themselves.
func wrongUserIDs(wrap func(id string) any) []badValue {
	values := []badValue{refuses("a slash", wrap("a/b"), fault.RuleFormat), refuses("a space", wrap("a b"), fault.RuleFormat), refuses("Chinese", wrap("张三"), fault.RuleFormat)}
	for _, first := range "_-@." {
		values = append(values, refuses("beginning with "+string(first), wrap(string(first)+"a"), fault.RuleFormat))
	}
	return values
}

func idRows() []badRow {
	single := field("userid", "new_userid", "owner")
	lists := field("touser", "userlist", "add_user_list", "del_user_list", "direct_leader", "mentioned_list")
	itself := func(id string) any { return id }
	listed := func(id string) any { return []string{"okay", id} }
	isChat := func(a *catalog.Action, f *action.Field) bool { return f.Name == "chatid" && a.ID != "groupchat.create" }
	return []badRow{
		{"B36", where(isText, func(a *catalog.Action, f *action.Field) bool { return single(a, f) && a.ID != "groupchat.create" }), append(wrongUserIDs(itself),
			accepts("64 bytes", long(64)), refuses("65 bytes", long(65), fault.RuleBytes), accepts("all its characters", "0aZ_-@."),
			refuses("a vertical bar", "a|b", fault.RuleFormat), refuses("a comma", "a,b", fault.RuleFormat),
		)},
		{"B36 owner of a new chat", of("groupchat.create", field("owner")), []badValue{
			accepts("64 bytes", long(64)).with(map[string]any{"userlist": []string{"bo", long(64)}}),
		}},
		{"B36 lists", lists, append(wrongUserIDs(listed),
			accepts("64 bytes", []string{"okay", long(64)}), refuses("65 bytes", []string{"okay", long(65)}, fault.RuleFormat),
		)},
		{"B37", lists, []badValue{accepts("twice, also in another case", []string{"Ann", "bob", "ANN", "bob"})}},
		{"B37 receivers", field("touser"), []badValue{sends("twice, also in another case", "Ann|bob|ANN", `"Ann|bob"`)}},
		{"B37 chat members", field("userlist", "add_user_list"), []badValue{sends("twice, also in another case", "Ann,bob,ANN", `["Ann","bob"]`)}},
		{"B44", field("cursor"), []badValue{
			sends("one byte", "c", `"c"`), sends("4 KB", long(4096), quoted(long(4096))), sends("reserved characters", "a&b=c+d/e", `"a&b=c+d/e"`),
			accepts("empty", ""), refuses("over 4 KB", long(4097), fault.RuleBytes), refuses("CRLF", "a\r\nb", fault.RuleForbiddenChars),
		}},
		{"B47", of("groupchat.create", field("chatid")), []badValue{
			accepts("32 characters", long(32)), refuses("33 characters", long(33), fault.RuleFormat), refuses("a hyphen", "a-b", fault.RuleFormat),
			refuses("an underscore", "a_b", fault.RuleFormat), refuses("Chinese", "群", fault.RuleFormat), refuses("a path", "../../x", fault.RuleFormat), accepts("empty", ""),
		}},
		{"B47 existing", isChat, []badValue{
			accepts("an old id that may differ", "ops-2024_群"), refuses("65 bytes", long(65), fault.RuleBytes),
			refuses("empty", "", fault.RuleRequired), refuses("CRLF", "a\r\nb", fault.RuleForbiddenChars),
		}},
		{"B48", field("msgid"), []badValue{
			refuses("empty", "", fault.RuleRequired), refuses("10 KB", long(10_000), fault.RuleBytes), refuses("CRLF", "a\r\nb", fault.RuleForbiddenChars),
		}},
		{"B49", field("media_id", "thumb_media_id", "avatar_mediaid"), []badValue{
			accepts("an id", "3a_-Zx"), refuses("a URL", "https://example.com/x", fault.RuleFormat), refuses("a path", "../../etc/passwd", fault.RuleFormat),
			refuses("1 KB", long(1024), fault.RuleBytes), refuses("a control character", "a\x01b", fault.RuleForbiddenChars),
		}},
		{"B49 empty", where(isRequired, field("media_id", "thumb_media_id")), []badValue{refuses("empty", "", fault.RuleRequired)}},
	}
}

func numberRows() []badRow {
	isPlace := func(f *action.Field) bool { return f.Name == "order" && f.Kind == action.Integer }
	is32bit := func(f *action.Field) bool {
		return isInteger(f) && strings.Contains(" id parentid main_department agentid ", " "+f.Name+" ")
	}
	tooLarge := []badValue{
		refuses("-1", -1, fault.RuleRange), refuses("2^32", 1<<32, fault.RuleRange), refuses("2^53+1", raw("9007199254740993"), fault.RuleRange),
		refuses("2^63", raw("9223372036854775808"), fault.RuleRange), refuses("0", 0, fault.RuleRange),
	}
	return []badRow{
		{"B38", field("agentid"), append([]badValue{
			sends("a string of digits", " 1000002 ", "1000002"), refuses("a fraction", raw("1000002.5"), fault.RuleType), sends("2^31", 1<<31, "2147483648"),
		}, tooLarge...)},
		{"B39", where(is32bit, anywhere), append([]badValue{accepts("2^32-1", 1<<32-1)}, tooLarge...)},
		{"B39 id of a new department", of("department.create", field("id")), []badValue{refuses("1", 1, fault.RuleRange)}},
		{"B40", where(isPlace, anywhere), []badValue{
			sends("0", 0, "0"), sends("2^32-1", 1<<32-1, "4294967295"), refuses("-1", -1, fault.RuleRange), refuses("2^32", 1<<32, fault.RuleRange),
		}},
		{"B41", of("department.", where(isOptional, field("parentid"))), []badValue{refuses("its own id", 2, fault.RuleFormat)}},
		{"B41 on creation", of("department.create", field("parentid")), []badValue{
			refuses("its own id", 5, fault.RuleFormat).with(map[string]any{"id": 5}), refuses("missing", absent, fault.RuleRequired),
		}},
		{"B42", of("department.update", field("id")), []badValue{sends("the root", 1, "1")}},
		{"B42 deletion", of("department.delete", field("id")), []badValue{refuses("the root", 1, fault.RuleUnsupported)}},
		{"B43", field("limit"), []badValue{
			refuses("0", 0, fault.RuleRange), sends("1", 1, "1"), sends("10,000", 10_000, "10000"), refuses("10,001", 10_001, fault.RuleRange), sends("a string", "100", "100"),
		}},
		{"B45 gender", field("gender"), []badValue{
			refuses("0", 0, fault.RuleOneOf), refuses("3", 3, fault.RuleOneOf), sends("a string", "1", `"1"`), sends("a number", 2, `"2"`), refuses("a word", "male", fault.RuleType),
		}},
		{"B45 enable", field("enable"), []badValue{refuses("2", 2, fault.RuleOneOf), refuses("true", true, fault.RuleType), sends("0", 0, "0")}},
		{"B46", where(func(f *action.Field) bool { return len(f.OneOf) == 2 }, field("safe", "enable_id_trans", "enable_duplicate_check")), []badValue{
			refuses("-1", -1, fault.RuleOneOf), refuses("2", 2, fault.RuleOneOf), sends("0", 0, "0"), {name: "true", value: true, rule: fault.RuleType},
		}},
		{"B46 image and text", where(func(f *action.Field) bool { return len(f.OneOf) == 3 }, field("safe")), []badValue{
			sends("2", 2, "2"), refuses("3", 3, fault.RuleOneOf), refuses("-1", -1, fault.RuleOneOf), sends("a string", "1", "1"),
		}},
		{"B50", field("duplicate_check_interval"), []badValue{
			refuses("0", 0, fault.RuleRange), refuses("14,401", 14_401, fault.RuleRange), refuses("-1", -1, fault.RuleRange), sends("4 hours", 14_400, "14400"),
		}},
	}
}

func listRows() []badRow {
	isPlural := func(f *action.Field) bool { return isList(f) && !f.Parallel }
	return []badRow{
		{"B51", field("touser"), []badValue{
			accepts("1,000", ids(1000)), refuses("1,001", ids(1001), fault.RuleItems), accepts("1,000 and one of them twice", append(ids(1000), "U0")),
		}},
		{"B52", field("toparty", "totag"), []badValue{
			accepts("100", numbers(100)), refuses("101", numbers(101), fault.RuleItems), refuses("0", []int{0}, fault.RuleRange), refuses("a name", "sales", fault.RuleType),
		}},
		{"B53", field("touser"), []badValue{
			refuses("absent", absent, fault.RuleAnyOf), refuses("null", nil, fault.RuleAnyOf), refuses("empty", "", fault.RuleAnyOf), refuses("an empty list", []string{}, fault.RuleAnyOf),
		}},
		{"B54", field("touser"), []badValue{
			sends("@all", "@all", `"@all"`), refuses("@all and others", "@all|amy", fault.RuleExclusive), refuses("others and @all", []string{"amy", "@all"}, fault.RuleExclusive),
			refuses("@ALL", "@ALL", fault.RuleFormat),
		}},
		{"B54 departments", field("toparty", "totag"), []badValue{
			{name: "beside @all", value: []int{2}, extra: map[string]any{"touser": "@all"}, warning: fault.RuleDropped},
		}},
		{"B56 userids", where(func(f *action.Field) bool {
			return f.Kind == action.Strings && f.Name != "item" && f.Name != "mentioned_mobile_list"
		}, anywhere), []badValue{
			accepts("empty elements", []string{"", "a", " ", "b"}),
		}},
		{"B56 receivers", field("touser"), []badValue{
			sends("empty elements of a string", "|a||b|", `"a|b"`), sends("1 MB of separators", "a"+strings.Repeat("|", 1<<20)+"b", `"a|b"`),
			refuses("nothing but separators", strings.Repeat("|", 1<<20), fault.RuleAnyOf),
		}},
		{"B56 optional", where(func(f *action.Field) bool { return isList(f) && f.Separator == "," && !f.Required }, func(a *catalog.Action, f *action.Field) bool {
			return f.Name != "add_user_list" && f.Name != "del_user_list"
		}), []badValue{accepts("nothing but separators", " , ，, ")}},
		{"B57 receivers", field("touser"), []badValue{refuses("commas", "a,b", fault.RuleFormat), refuses("semicolons", "a;b", fault.RuleFormat)}},
		{"B57 departments", field("toparty", "totag"), []badValue{refuses("commas", "1,2", fault.RuleType), refuses("semicolons", "1;2", fault.RuleType)}},
		{"B57 full-width comma", where(func(f *action.Field) bool { return isPlural(f) && f.Separator == "," && f.Name != "item" }, anywhere), []badValue{
			accepts("separates like the other", "1，2"),
		}},
		{"B66", field("mentioned_list"), []badValue{
			accepts("none", []string{}), sends("@all and names", "@all,amy", `["@all","amy"]`), accepts("1,001", ids(1001)), accepts("unknown names", "nobody"),
		}},
		{"B66 mobile numbers", field("mentioned_mobile_list"), []badValue{
			accepts("none", ""), sends("@all and numbers", "@all,+86-138,0138", `["@all","+86-138","0138"]`), refuses("letters", []string{"13x"}, fault.RuleFormat),
		}},
		{"B67", field("articles"), []badValue{
			refuses("none", []any{}, fault.RuleItems), refuses("nine", objects(9), fault.RuleItems), accepts("eight", objects(8)),
		}},
	}
}

// objects are so many of what the field takes, free of violations.
func objects(n int) func(*action.Field) any {
	return func(f *action.Field) any {
		list := make([]any, n)
		for i := range list {
			list[i] = least(f.Nested())
		}
		return list
	}
}

func memberRows() []badRow {
	parallel := func(name string, value any, rule fault.Rule) badValue {
		return refuses(name, value, rule).with(map[string]any{"department": []int{1, 2}})
	}
	return []badRow{
		{"B58", field("department"), []badValue{
			refuses("none", []int{}, fault.RuleItems), accepts("100", numbers(100)), refuses("101", numbers(101), fault.RuleItems),
			refuses("one twice", []int{1, 2, 1}, fault.RuleDuplicate), refuses("0", []int{0}, fault.RuleRange), refuses("an empty element", "1,,2", fault.RuleRequired),
		}},
		{"B59", of("member.", where(func(f *action.Field) bool { return f.Parallel && !f.Unique }, anywhere)), []badValue{
			parallel("too few", []int{1}, fault.RuleSameLength), parallel("too many", []int{1, 1, 1}, fault.RuleSameLength),
			refuses("without departments", []int{1}, fault.RuleSameLength).with(map[string]any{"department": absent}), parallel("an empty element", "1,,1", fault.RuleRequired),
		}},
		{"B60", field("is_leader_in_dept"), []badValue{parallel("2", []int{1, 2}, fault.RuleOneOf), parallel("true", []any{1, true}, fault.RuleType)}},
		{"B61", field("direct_leader"), []badValue{
			accepts("5", ids(5)), refuses("6", ids(6), fault.RuleItems), refuses("the member itself", []string{"bo", "MEMBER"}, fault.RuleFormat),
		}},
		{"B62", field("main_department"), []badValue{
			parallel("not one of the departments", 3, fault.RuleOneOf), accepts("by itself", 3), accepts("one of them", 2).with(map[string]any{"department": []int{1, 2}}),
		}},
		{"B68", of("member.create", field("mobile")), []badValue{
			refuses("neither it nor email", absent, fault.RuleAnyOf), refuses("both empty", "", fault.RuleAnyOf).with(map[string]any{"email": ""}),
			accepts("email alone", nil).with(map[string]any{"email": "a@b.cn"}),
		}},
		{"B69", field("email", "biz_mail"), []badValue{
			refuses("5 bytes", "a@b.c", fault.RuleBytes), accepts("6 bytes", "a@b.cn"), accepts("64 bytes", long(57)+"@abc.cn"), refuses("65 bytes", long(58)+"@abc.cn", fault.RuleBytes),
			refuses("two @", "a@b@c.cn", fault.RuleFormat), accepts("an internationalised domain", "a@例子.中国"), refuses("a display name", "Amy <a@b.cn>", fault.RuleFormat),
			refuses("angle brackets", "<a@b.cn>", fault.RuleFormat), refuses("CRLF", "a@b.cn\r\nBcc: x", fault.RuleForbiddenChars), refuses("no @", "amyexample", fault.RuleFormat),
		}},
		{"B69 aliases", field("item"), []badValue{refuses("5 bytes", []string{"a@b.c"}, fault.RuleFormat), refuses("64 bytes", []string{long(57) + "@abc.cn"}, fault.RuleFormat)}},
		{"B70", field("mobile"), []badValue{
			refuses("letters", "138x", fault.RuleFormat), refuses("33 characters", strings.Repeat("1", 33), fault.RuleFormat), accepts("32 characters", strings.Repeat("1", 32)),
			refuses("spaces", "+86 138", fault.RuleFormat), sends("with a country code", "+86-138", `"+86-138"`),
		}},
		{"B71", field("telephone"), []badValue{
			accepts("32 bytes", strings.Repeat("1", 32)), refuses("33 bytes", strings.Repeat("1", 33), fault.RuleBytes), refuses("letters", "020x", fault.RuleFormat),
			sends("all its characters", "020-1,+2", `"020-1,+2"`),
		}},
		{"B72", field("biz_mail"), []badValue{sends("another domain", "amy@elsewhere.example", `"amy@elsewhere.example"`)}},
		{"B73", of("member.update", where(func(f *action.Field) bool { return isText(f) && f.Empty == action.EmptyClears }, anywhere)), []badValue{
			sends("empty clears", "", `""`), accepts("null leaves alone", nil),
		}},
	}
}

func chatRows() []badRow {
	return []badRow{
		{"B63", field("userlist"), []badValue{
			refuses("1", ids(1), fault.RuleItems), accepts("2", ids(2)), accepts("2,000", ids(2000)), refuses("2,001", ids(2001), fault.RuleItems),
			refuses("2 that are the same", []string{"Amy", "amy"}, fault.RuleItems),
		}},
		{"B64", of("groupchat.create", field("owner")), []badValue{
			refuses("no member", "lisi", fault.RuleOneOf), accepts("a member in another case", "AMY"),
		}},
		{"B65", of("groupchat.update", field("chatid")), []badValue{
			refuses("nothing to change", "c1", fault.RuleAnyOf).with(map[string]any{"name": absent}),
		}},
		{"B65 both", of("groupchat.update", field("del_user_list")), []badValue{
			refuses("the same member in both", []string{"lisi", "AMY"}, fault.RuleExclusive).with(map[string]any{"add_user_list": "amy"}),
		}},
	}
}

func imageRows() []badRow {
	encode := base64.StdEncoding.EncodeToString
	jpg := []byte("\xff\xd8\xff\xe0 and what follows")
	sized := func(n int) string { return encode(append(jpg[:len(jpg):len(jpg)], make([]byte, n-len(jpg))...)) }
	// The header says 100,000 x 100,000 pixels; nothing decodes them.
	vast := encode([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01\x86\xa0\x00\x01\x86\xa0\x08\x06\x00\x00\x00"))
	sum := func(data []byte) string { s := md5.Sum(data); return hex.EncodeToString(s[:]) }
	decoded, _ := base64.StdEncoding.DecodeString(pngBase64)
	foreign := []badValue{}
	for name, data := range map[string]string{
		"GIF": "GIF89a", "BMP": "BM\x00\x00", "WEBP": "RIFF\x00\x00\x00\x00WEBP", "SVG": "<svg/>", "HTML": "<html>", "a PNG behind HTML": "<html>\x89PNG\r\n\x1a\n",
	} {
		foreign = append(foreign, refuses(name, encode([]byte(data)), fault.RuleFormat))
	}
	return []badRow{
		{"B75", field("base64"), []badValue{
			sends("spaces and line breaks", " "+pngBase64[:4]+"\r\n "+pngBase64[4:]+"\n", quoted(pngBase64)),
			sends("a data URL", "data:image/png;base64,"+pngBase64, quoted(pngBase64)),
			refuses("the URL-safe alphabet", "_9j_4A==", fault.RuleFormat), refuses("no padding", strings.TrimRight(pngBase64, "="), fault.RuleFormat),
			refuses("another character", "iVBO!w0KGgoAAAA=", fault.RuleFormat), refuses("odd bits", pngBase64[:len(pngBase64)-2]+"B=", fault.RuleFormat),
			refuses("a data URL that is not base64", "data:image/png,"+pngBase64, fault.RuleFormat),
		}},
		{"B76", field("base64"), []badValue{
			refuses("0 bytes", "", fault.RuleRequired), refuses("0 bytes behind a prefix", "data:image/png;base64,", fault.RuleBytes),
			accepts("2 MiB", sized(2<<20)), refuses("2 MiB and a byte", sized(2<<20+1), fault.RuleBytes),
		}},
		{"B77", field("md5"), []badValue{
			sends("missing", nil, quoted(sum(decoded))), sends("right", sum(decoded), quoted(sum(decoded))), sends("upper case", strings.ToUpper(sum(decoded)), quoted(sum(decoded))),
			refuses("wrong", sum(jpg), fault.RuleFormat), refuses("31 digits", sum(decoded)[1:], fault.RuleFormat), refuses("of the base64", sum([]byte(pngBase64)), fault.RuleFormat),
		}},
		{"B78", field("base64"), append(foreign, accepts("a PNG of 100,000 x 100,000 pixels", vast), accepts("a JPG", encode(jpg)))},
		{"B81", func(a *catalog.Action, f *action.Field) bool {
			return strings.Contains(a.ID, ".file.") && f.Name == "safe"
		}, []badValue{
			warns("confidential, of a type that is not known", 1, fault.RuleUnsupported), accepts("public", 0),
		}},
	}
}

func linkRows() []badRow {
	links := where(func(f *action.Field) bool { return !f.Secret }, field("url", "picurl", "content_source_url"))
	isBare := func(a *catalog.Action, f *action.Field) bool { return a.ID == "chatbot.news.send" && f.Name == "url" }
	schemes := []badValue{
		refuses("javascript:", "javascript:alert(1)", fault.RuleFormat), refuses("javascript: with a dot", "javascript:/*.*/alert(1)", fault.RuleFormat),
		refuses("data:", "data:text/html,x.y", fault.RuleFormat), refuses("file:", "file:///etc/passwd.txt", fault.RuleFormat), refuses("file: without slashes", "file:/etc/x.txt", fault.RuleFormat),
		refuses("ftp:", "ftp://x.cn/y", fault.RuleFormat), refuses("mailto:", "mailto:a@b.cn", fault.RuleFormat), refuses("tel:", "tel:123.4", fault.RuleFormat),
		refuses("no host", "http:///x.y", fault.RuleFormat), refuses("two slashes alone", "//x.cn/y", fault.RuleFormat), refuses("a path", "/x.y", fault.RuleFormat),
	}
	at := "https://x.cn/" + long(2048-len("https://x.cn/"))
	return []badRow{
		{"B82", links, schemes},
		{"B82 no scheme", func(a *catalog.Action, f *action.Field) bool { return links(a, f) && !isBare(a, f) }, []badValue{
			refuses("a host", "www.qq.com", fault.RuleFormat), refuses("a host and a path", "www.qq.com/x", fault.RuleFormat),
		}},
		{"B82 chatbot news", isBare, []badValue{
			accepts("a host", "www.qq.com"), accepts("a port and a path", "qq.com:8080/x?u=http://y"), refuses("a word", "qq", fault.RuleFormat),
			refuses("a user name", "a:b@qq.com", fault.RuleFormat), refuses("a space", "www.qq.com/a b", fault.RuleFormat),
		}},
		{"B83", links, []badValue{
			sends("2,048 bytes", at, quoted(at)), refuses("2,049 bytes", at+"x", fault.RuleBytes), refuses("a space", "https://x.cn/a b", fault.RuleFormat),
			refuses("CRLF", "https://x.cn/\r\nX: y", fault.RuleForbiddenChars), warns("user name and password", "https://a:b@x.cn/", fault.RuleUnsupported),
			sends("an internationalised host", "https://例子.中国/路径", `"https://例子.中国/路径"`), sends("punycode", "https://xn--fsqu00a.xn--fiqs8s", `"https://xn--fsqu00a.xn--fiqs8s"`),
			sends("a query and a fragment", "https://x.cn/?a=1&b=<2>#c", `"https://x.cn/?a=1&b=<2>#c"`),
		}},
		{"B84", field("picurl"), []badValue{ // the ledger would show a call if the picture were fetched
			accepts("loopback", "http://127.0.0.1/x.png"), accepts("a metadata service", "http://169.254.169.254/x.png"), accepts("IPv6", "http://[::1]/x.png"), accepts("an odd address", "http://0x7f.1/x.png"),
		}},
	}
}

func abuseRows() []badRow {
	isMarkdown := func(a *catalog.Action, f *action.Field) bool {
		return strings.Contains(a.ID, ".markdown.") && f.Name == "content"
	}
	isPlain := func(a *catalog.Action, f *action.Field) bool {
		return strings.Contains(a.ID, ".text.") && f.Name == "content"
	}
	warnsAndSends := func(name, text string) badValue {
		return badValue{name: name, value: text, warning: fault.RuleUnsupported, sent: quoted(text)}
	}
	inBot := func(bot bool) func(*catalog.Action, *action.Field) bool {
		return func(a *catalog.Action, f *action.Field) bool {
			return (isMarkdown(a, f) || isPlain(a, f)) && strings.HasPrefix(a.ID, "chatbot.") == bot
		}
	}
	return []badRow{
		{"B87", isPlain, []badValue{
			warnsAndSends("a script link", `<a href="javascript:alert(1)">x</a>`), warnsAndSends("a script", "<script>x</script>"), warnsAndSends("a tag that is not closed", `<a href="https://x.cn">x`),
			sends("a link", `<a href="https://x.cn">x</a>`, quoted(`<a href="https://x.cn">x</a>`)),
		}},
		{"B88", isMarkdown, []badValue{
			warnsAndSends("an unknown colour", `<font color="red">x</font>`), accepts("a known colour", `<font color="warning">x</font>`),
			accepts("an image", "<img src=x onerror=y>"), accepts("a script link", "[x](javascript:y)"), accepts("deep quotes", strings.Repeat(">", 2000)), accepts("backticks", "``` ` ``"),
		}},
		{"B89", field("description"), []badValue{
			accepts("scripts and styles", `<script>x</script><div style="x" onclick="y">z</div>`), accepts("nested div", strings.Repeat("<div>", 100)),
		}},
		{"B90", where(func(f *action.Field) bool { return f.Bytes.Max == 666*1024 }, field("content")), []badValue{
			sends("HTML of every kind", `<script src="//x"></script><iframe></iframe><form></form>`, quoted(`<script src="//x"></script><iframe></iframe><form></form>`)),
		}},
		{"B91", isPlain, []badValue{sends("a token with a bad id", "$userName=nobody$", `"$userName=nobody$"`)}},
		{"B92", inBot(false), []badValue{warnsAndSends("an inline mention", "<@amy> hello")}},
		{"B92 chatbots", inBot(true), []badValue{sends("an inline mention", "<@amy> hello", `"<@amy> hello"`)}},
	}
}
