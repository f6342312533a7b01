// Package wecomsim emulates the server API of WeCom (企业微信) for one enterprise, so that a connector can be tried,
// tested and measured without an account. A Sim is an http.Handler: WeCom's API is under /cgi-bin/, and a control API
// for tests and consoles under /_sim/.
//
//	sim := wecomsim.New()
//	defer sim.Close()
//	// ... point the connector at sim.URL() and call it ...
//	for _, m := range sim.Inbox(wecomsim.InboxFilter{UserID: "zhangsan"}) {
//		fmt.Println(m.Text())
//	}
//
// The package is an independent witness: it is written from WeCom's documentation and from what was observed of the
// real server, never from the connector. It may import the standard library only, and nothing of this module, so that
// one misreading of WeCom can not pass its own test.
//
// The emulator holds secrets in the open and trusts whoever reaches its port: it belongs on loopback.
//
// # What it offers
//
//   - gettoken
//   - department/simplelist, list, get, create, update, delete
//   - user/list_id, get, simplelist, create, update, delete, batchdelete
//   - message/send (text, markdown, image, voice, video, file, textcard, news, mpnews) and message/recall
//   - appchat/create, update, get, send (the same types)
//   - webhook/send (text, markdown, markdown_v2, image, news, file, voice) and webhook/upload_media
//   - media/upload and media/get
//
// Everything that ages follows the Clock: tokens (7200 s), media (3 days), recall (24 h), frequency windows and the
// duplicate check. The journal and the inbox keep the newest 10,000 entries each, and fewer when their bodies come to
// more than 64 MiB. Receipts for recall, the duplicate check and tokens are kept for the newest 10,000, too. Uploaded
// media stay until Reset; of their contents the newest 256 MiB (see Limits) are kept, the others can be sent but not downloaded.
//
// # Official rules
//
// From the documents 91039 (gettoken), 90205, 90206, 95350, 90208 (departments), 96067, 90195, 90197, 90198, 90199
// (members), 90236 (application messages), 94867 (recall), 90245, 98913, 98914, 90248 (group chats), 91770 (chatbots),
// 90253, 90254 (media), 90312 (frequency) and 90313 (errcodes):
//
//   - which kind of token may call what (48002, 48009), the visible range of an app (60011), trusted IPs (60020);
//   - the token stands in the query and nowhere else (41001), errors come with HTTP 200;
//   - lengths, alphabets and uniqueness of names, userids, mobiles and mail addresses; 15 levels; counts of order and
//     is_leader_in_dept; fields not sent stay, "" clears; a mobile is ignored once the member has activated WeCom;
//     new_userid once; an unknown department of a new member is created and reported;
//   - recipients: 1000, 100, 100; partly invalid ones are listed and the rest is served; @all is the visible range;
//   - text of message/send is cut at 2048 bytes, titles, descriptions and digests where their tables say so;
//   - which type takes "safe", and 2 for mpnews only; the files that may be confidential;
//   - recall by the same app within 24 hours; group and chatbot messages have no msgid;
//   - chats belong to the app that made them (86008), whose visible range must be the root; 2 to 2000 members with the
//     app counted in; a removed owner needs a successor;
//   - media live three days; those of a chatbot are for that chatbot alone;
//   - the numbers of Limits, what they answer (45009, or silence for receivers over their quota) and how long a block
//     lasts.
//
// # Observed rules
//
// From captures and public test suites of the real server:
//
//   - the check order of gettoken; 404 without body for an unknown path; the token is judged before all parameters;
//   - error texts with a hint of 25 digits, the caller's address and a help page, and 40014 without them; the headers
//     Error-Code and Error-Msg; the empty containers on errors;
//   - the errcodes of department calls: name missing 60001, name "" 40058, name_en "" 60001, parent 60004 on create and
//     60124 on update, self 60003 on update and 60123 on delete, bad numbers 60009;
//   - broken JSON is read up to the mistake and answered with "Warning: wrong json format.", even next to errcode 0;
//   - "mobile existed:<userid>" names the holder; invaliduser is lower-cased; userids ignore case;
//   - a stray blank in agentid answers 301002;
//   - chatbot text passes up to 5120 bytes and markdown up to 4096, then 40058 names the field; a wrong checksum is
//     301019; a missing key 93000 on send, 40058 on upload_media, where the file is judged before the key;
//   - filename*= of RFC 5987 is not understood (44001).
//
// # Our choices
//
// Where nothing is documented or observed, the emulator must still answer something:
//
//   - every gettoken issues a fresh token, and the older ones live on; 100 wrong secrets in an hour ban an address;
//   - error texts of which none was seen (errcodes.go marks those that were);
//   - the order of checks inside a call, which follows the documents' tables; of message/send it is type, agent,
//     recipients, content;
//   - numbers as strings, and strings as numbers, pass everywhere; other wrong types count as not sent;
//   - a wrong method answers 40058 on GET endpoints, too;
//   - the root's parentid in lists is 0, the order of lists is that of creation, list_id without limit gives 10,000 rows
//     and a limit out of range is 40058;
//   - order of another count 40035, too many direct leaders 40058, unknown ones 40031, an unknown department in
//     user/update or main_department 60003, an empty department list in user/update 40066; leaving out enable enables;
//   - the names of the holding department and of departments that user/create makes;
//   - when no receiver is left because none has a licence: 81013; @all inside a list is an unknown member;
//   - safe out of range is 40058, a confidential file of the wrong type 40004; an mpnews without content 44004, news
//     without articles 40058; markdown and group text over their limit are 45002;
//   - a repetition within the duplicate check gets the first answer; an interval over four hours is 40058;
//   - an unknown msgid on recall is 40058; recalling twice succeeds;
//   - appchat answers 60011 to an app without the root and 86003 for an unknown chatid; an empty name or owner in
//     appchat/update counts as missing; control characters make a name bad (86004); the first member is the default
//     owner; a deleted member leaves the chats, and the next one owns them;
//   - windows are fixed and start with the first call; every call of a known, enabled chatbot counts;
//   - an upload in chunks, without a length, is 44001; a video that is no MP4 40004;
//   - an oversized upload is 40006, a picture of a chatbot over 2 MB 40009, base64 that can not be decoded 40123.
//
// # What it does not imitate
//
//   - HTTPS and the redirect to it; limits per IP address, per account cap, person-times of a whole enterprise, the
//     debug mode and concurrency (45033): faults can answer their errcodes;
//   - template cards, mini-program notices and task cards (40008); their callbacks;
//   - the console's custom attributes: extattr and external_profile are kept as sent, without the 90100 family;
//   - invitations, mailboxes made by the system and their being changeable once, open_userid, avatars, tags' own API;
//   - content filters (40201, 40204, 82004), translation of ids, the inside of voices, videos and HTML;
//   - a member's status in delivering: members who have not activated WeCom or are disabled get messages like others;
//   - media above 20 MB (830002), uploadimg, upload_by_url; chats dissolved by people, save by the state's own field;
//   - 40033 for escapes, 41005, 86101, 86206, 86217 and other errcodes that need an actor the emulator does not have.
//
// # Control API
//
// JSON in WeCom's field names, raw UTF-8. Misuse answers 4xx with {"error":"..."}; unknown keys are refused. Every other
// answer is what a GET of the same thing would show.
//
//	GET, PUT     /_sim/state                          the whole enterprise, see State
//	POST         /_sim/state/reset                    as Reset
//	GET, DELETE  /_sim/journal                        an array of Entry
//	GET, DELETE  /_sim/inbox?userid=|chatid=|key=     an array of Message, each with its line of text
//	GET, PUT, DELETE /_sim/faults                     see Faults
//	POST         /_sim/tokens/expire, tokens/revoke   42001 or 40014 for all tokens so far
//	GET, POST    /_sim/clock {"advance_seconds":7200} answers {"time","advanced_seconds"}
//	GET          /_sim/media?media_id=                the file itself, of any owner and age
//	GET          /_sim/events                         server-sent events "inbox", "journal", "recall" and "reset"
package wecomsim
