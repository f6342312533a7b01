package wecomsim

import (
	"encoding/base64"
	"strings"
)

// The demo enterprise, for tests and documentation to refer to.
const (
	SeedCorpID         = "ww5f3a9c1e7b2d4860"
	SeedContactsSecret = "contacts-secret-for-the-emulator-only-0001"

	SeedAgentID         = 1000002
	SeedAppSecret       = "ops-app-secret-for-the-emulator-only-00001"
	SeedSecondAgentID   = 1000003
	SeedSecondAppSecret = "rnd-app-secret-for-the-emulator-only-00001"

	SeedChatbotKey         = "693axxx6-7aoc-4bc4-97a0-0ec2sifa5aaa"
	SeedDisabledChatbotKey = "00000000-dead-4bot-0000-000000000000"
	SeedChatID             = "ops20240901"

	SeedImageMediaID   = "MEDIA_IMAGE_dashboard_0123456789abcdefghijklmnopqrstuvwxyzABCDEF"
	SeedFileMediaID    = "MEDIA_FILE_rota_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJK"
	SeedBotFileMediaID = "MEDIA_BOTFILE_release_0123456789abcdefghijklmnopqrstuvwxyzABCDEF"
)

// Seed returns the demo enterprise: seven departments, twelve members, two apps, one chat, two chatbots, three media.
// It is the same on every call.
func Seed() State {
	return State{
		Corp:        Corp{CorpID: SeedCorpID, Name: "Harbour Lights 港灯科技"},
		ContactSync: ContactSync{Secret: SeedContactsSecret},
		Agents: []Agent{
			{AgentID: SeedAgentID, Name: "Ops Assistant 运维助手", Secret: SeedAppSecret, AllowParty: []int{rootID}},
			{AgentID: SeedSecondAgentID, Name: "R&D Notices 研发通知", Secret: SeedSecondAppSecret, AllowParty: []int{2}},
		},
		Departments: seedDepartments(),
		Members:     seedMembers(),
		Tags:        []Tag{{ID: 1, Name: "oncall", UserList: []string{"zhangsan", "lisi"}}},
		Chats: []Chat{{
			ChatID: SeedChatID, Name: "值班群 On-call", Owner: "lisi",
			UserList: []string{"zhangsan", "lisi", "wangwu", "amy.lin"}, AgentID: SeedAgentID,
		}},
		Chatbots: []Chatbot{
			{Key: SeedChatbotKey, Name: "发布播报 Release Bot"},
			{Key: SeedDisabledChatbotKey, Name: "停用机器人 Retired Bot", Disabled: true},
		},
		Media:  seedMedia(),
		Limits: DefaultLimits(),
	}
}

func seedDepartments() []Department {
	return []Department{
		{ID: rootID, Name: "港灯科技", NameEN: "Harbour Lights"},
		{ID: 2, Name: "研发中心", NameEN: "R&D", ParentID: rootID, Order: 100},
		{ID: 3, Name: "市场部", NameEN: "Marketing", ParentID: rootID, Order: 90},
		{ID: 4, Name: "行政人事部", NameEN: "HR & Admin", ParentID: rootID, Order: 80},
		{ID: 5, Name: "平台组", NameEN: "Platform", ParentID: 2, Order: 20},
		{ID: 6, Name: "客户端组", NameEN: "Client", ParentID: 2, Order: 10},
		{ID: 7, Name: "华东区", NameEN: "East China", ParentID: 3, Order: 10},
	}
}

func seedMembers() []Member {
	members := []Member{
		seedMember("zhangsan", "张三", "13800000001", 5),
		seedMember("lisi", "李四", "13800000002", 5),
		seedMember("wangwu", "王五", "13800000003", 6),
		seedMember("zhaoliu", "赵六", "13800000004", 6),
		seedMember("amy.lin", "Amy Lin", "13800000005", 2, 5),
		seedMember("bo.chen", "Bo Chen", "13800000006", 2),
		seedMember("carol.wu", "Carol Wu", "13800000007", 3),
		seedMember("david-zhou", "David Zhou", "13800000008", 7),
		seedMember("sunqi", "孙七", "13800000009", 7),
		seedMember("zhouba", "周八", "13800000010", 4),
		seedMember("wujiu", "吴九", "13800000011", 4),
		seedMember("emily@hl", "Emily Zheng", "13800000012", 3, 4),
	}
	for i := range members {
		if members[i].UserID == "wujiu" {
			members[i].Status = StatusNotActivated
			members[i].GeneratedUserID = true
		}
	}
	return members
}

func seedMember(userID, name, mobile string, departments ...int) Member {
	return Member{
		UserID: userID, Name: name, Mobile: mobile,
		Email:          strings.ReplaceAll(userID, "@", ".") + "@harbourlights.example",
		Department:     departments,
		Order:          make([]int, len(departments)),
		IsLeaderInDept: make([]int, len(departments)),
		MainDepartment: departments[0],
		Status:         StatusActive,
	}
}

func seedMedia() []Media {
	return []Media{
		{MediaID: SeedImageMediaID, Type: "image", Filename: "dashboard.png", Content: onePixelPNG()},
		{MediaID: SeedFileMediaID, Type: "file", Filename: "排班表.pdf", Content: []byte("%PDF-1.4\n% rota\n%%EOF\n")},
		{MediaID: SeedBotFileMediaID, Type: "file", Filename: "release-notes.txt", Key: SeedChatbotKey, Content: []byte("v1.8.2: fixes\n")},
	}
}

// onePixelPNG is the smallest picture that every viewer opens.
func onePixelPNG() []byte {
	const encoded = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
	picture, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		panic("wecomsim: the built-in picture is damaged: " + err.Error())
	}
	return picture
}
