package httpapi_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

const (
	upload    = "/actions/media.upload"
	botUpload = "/actions/chatbot.media.upload"
	reportPDF = "%PDF-1.4 排班表"
	formHead  = "multipart/form-data; boundary=b7"
)

// field is a part of a form that is a text.
func field(name, value string) string {
	return "--b7\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n"
}

// filePart is the part of a file, whose header says its name so.
func filePart(filename, content string) string {
	return "--b7\r\nContent-Disposition: form-data; name=\"media\"; " + filename + "\r\nContent-Type: application/octet-stream\r\n\r\n" + content + "\r\n"
}

const closing = "--b7--\r\n"

// fileForm is a good form with a file.
func fileForm(kind, content string) string {
	return field("type", kind) + filePart(`filename="a.bin"`, content) + closing
}

// rawForm is a request with a form by hand. Its Content-Length is wrong by so many bytes.
func rawForm(body string, wrong int) string {
	return strings.Replace(rawPost(upload, fmt.Sprintf("Content-Length: %d\r\n", len(body)+wrong), body), "application/json", formHead, 1)
}

func (s *service) form(t *testing.T, path, body string, headers ...header) answer {
	t.Helper()
	return s.post(t, path, body, append([]header{{"Content-Type", formHead}}, headers...)...)
}

// uploaded are the files that WeCom has beside those of the demo enterprise.
func (s *service) uploaded() []wecomsim.Media {
	return s.sim.State().Media[len(wecomsim.Seed().Media):]
}

func TestAFormUploadsAFile(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, path, body string
		want             wecomsim.Media
	}{
		{"by an application", upload, field("type", "file") + filePart(`filename="排班表.pdf"`, reportPDF) + closing, wecomsim.Media{Type: "file", Filename: "排班表.pdf"}},
		{"by a chatbot", botUpload, field("type", "file") + filePart(`filename="排班表.pdf"`, reportPDF) + closing, wecomsim.Media{Type: "file", Filename: "排班表.pdf", Key: wecomsim.SeedChatbotKey}},
		{"with its connection", upload, field("connection", "default") + field("type", "file") + filePart(`filename="a.pdf"`, reportPDF) + closing, wecomsim.Media{Type: "file", Filename: "a.pdf"}},
		{"with a name as RFC 5987 has it", upload, field("type", "file") + filePart(`filename="x.pdf"; filename*=UTF-8''%E6%8E%92%E7%8F%AD%E8%A1%A8.pdf`, reportPDF) + closing, wecomsim.Media{Type: "file", Filename: "排班表.pdf"}},
		{"as .NET writes it", upload, field("type", "file") + filePart(`filename="=?utf-8?B?5o6S?="; filename*=utf-8''%E6%8E%92.pdf`, reportPDF) + closing, wecomsim.Media{Type: "file", Filename: "排.pdf"}},
		{"with a quote in its name", upload, field("type", "file") + filePart(`filename="a \"b\".pdf"`, reportPDF) + closing, wecomsim.Media{Type: "file", Filename: `a "b".pdf`}},
		{"with a quote in its name, as curl and browsers write it", upload, field("type", "file") + filePart(`filename="a %22b%22 %20.pdf"`, reportPDF) + closing, wecomsim.Media{Type: "file", Filename: `a "b" %20.pdf`}},
		{"with a name that needs no quotes", upload, field("type", "file") + filePart(`filename=a.pdf`, reportPDF) + closing, wecomsim.Media{Type: "file", Filename: "a.pdf"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			output := s.form(t, test.path, test.body).result(t)["output"].(map[string]any)
			files := s.uploaded()
			require.Len(t, files, 1)
			assert.Equal(t, files[0].MediaID, output["media_id"])
			assert.Equal(t, test.want.Type, output["type"])
			assert.InDelta(t, 3*24*3600, output["expires_at"].(float64)-output["created_at"].(float64), 0)
			assert.Equal(t, test.want, wecomsim.Media{Type: files[0].Type, Filename: files[0].Filename, Key: files[0].Key})
			assert.Equal(t, reportPDF, string(files[0].Content))
		})
	}
}

func TestAPathInTheNameOfAFileIsLeftOut(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{`filename="C:\fakepath\a.pdf"`: "a.pdf", `filename="../../etc/passwd"`: "passwd", `filename*=UTF-8''%2Ftmp%2Fb.pdf`: "b.pdf"} {
		s := start(t)
		result := s.form(t, upload, field("type", "file")+filePart(given, reportPDF)+closing).result(t)
		require.Len(t, s.uploaded(), 1)
		assert.Equal(t, want, s.uploaded()[0].Filename)
		assert.Contains(t, fmt.Sprint(result["warnings"]), "path")
	}
}

func TestFormsThatAreWrong(t *testing.T) {
	t.Parallel()
	good := filePart(`filename="a.pdf"`, reportPDF)
	s := start(t)
	for _, test := range []struct {
		name, body string
		status     int
		says       string // in the answer, somewhere
	}{
		{"nothing", "", 411, "which is not 0"},
		{"nothing but the end", closing, 400, "media is required"},
		{"another boundary", strings.ReplaceAll(fileForm("file", reportPDF), "b7", "b8"), 400, "does not begin with the boundary"},
		{"text before the form", "hello\r\n" + fileForm("file", reportPDF), 400, "does not begin with the boundary"},
		{"no media", field("type", "file") + closing, 400, `"field":"/media","rule":"required"`},
		{"no type", good + closing, 400, `"field":"/type","rule":"required"`},
		{"a type that is none", fileForm("document", reportPDF), 400, "must be image, voice, video or file"},
		{"the type after the file", good + field("type", "file") + closing, 400, "then the file as the last part"},
		{"something after the file", field("type", "file") + good + field("connection", "default") + closing, 400, "goes on after its part media"},
		{"two files", field("type", "file") + good + good + closing, 400, "goes on after its part media"},
		{"an empty file before another part", field("type", "file") + filePart(`filename="a"`, "") + good + closing, 400, "goes on after its part media"},
		{"a file that is nothing but a boundary", field("type", "file") + strings.TrimSuffix(filePart(`filename="a"`, ""), "\r\n") + good + closing, 400, "goes on after its part media"},
		{"an unknown field", field("typ", "file") + good + closing, 400, `Did you mean \"type\"?`},
		{"a field of the JSON", field("type", "file") + field("filename", "x.pdf") + good + closing, 400, `There is no field \"filename\" here.`},
		{"a field twice", field("type", "file") + field("type", "image") + good + closing, 400, "type stands twice"},
		{"a connection that is none", field("type", "file") + field("connection", "nobody") + good + closing, 404, "connection"},
		{"a connection of the wrong type", field("type", "file") + field("connection", "bot") + good + closing, 400, "connection"},
		{"no name of a file", field("type", "file") + "--b7\r\nContent-Disposition: form-data; name=\"media\"\r\n\r\nx\r\n" + closing, 400, "media has no filename"},
		{"a name in another charset", field("type", "file") + filePart(`filename*=gbk''%C5%C5.pdf`, reportPDF) + closing, 400, "media has no filename, or one in another charset"},
		{"an empty name", field("type", "file") + filePart(`filename=""`, reportPDF) + closing, 400, `"field":"/media"`},
		{"a name that is not UTF-8", field("type", "file") + filePart("filename=\"\xc5\xc5.pdf\"", reportPDF) + closing, 400, "must be UTF-8"},
		{"a name with a line break", field("type", "file") + filePart(`filename*=UTF-8''a%0D%0Ab.pdf`, reportPDF) + closing, 400, "control characters"},
		{"a name with a colon", field("type", "file") + filePart(`filename="a:b.pdf"`, reportPDF) + closing, 400, "colon"},
		{"a long name", field("type", "file") + filePart(`filename="`+strings.Repeat("排", 86)+`"`, reportPDF) + closing, 400, "255 bytes"},
		{"a part without a name", "--b7\r\nContent-Type: text/plain\r\n\r\nfile\r\n" + good + closing, 400, "with a name that can be read, or two"},
		{"a part with two names", strings.Replace(field("type", "file"), "\r\n\r\n", "\r\nContent-Disposition: form-data; name=\"media\"\r\n\r\n", 1) + good + closing, 400, "or two"},
		{"a header that is none", "--b7\r\nhello\r\n\r\nfile\r\n" + good + closing, 400, "header that cannot be read"},
		{"a part in base64", field("type", "file") + strings.Replace(good, "Content-Type: application/octet-stream", "Content-Transfer-Encoding: base64", 1) + closing, 400, "must not have a Content-Transfer-Encoding"},
		{"lines that end with LF", strings.ReplaceAll(fileForm("file", reportPDF), "\r\n", "\n"), 400, "does not end with CR LF"},
		{"too much before the file", strings.Repeat(field("type", strings.Repeat("x", 1000)), 20) + good + closing, 400, "more than 16384 bytes"},
		{"a line that is too long", field("type", strings.Repeat("x", 5000)) + good + closing, 400, "a line of more than 4096"},
		{"it breaks off before the file", field("type", "file"), 400, "breaks off before its file"},
		{"it breaks off in the file", field("type", "file") + good, 400, "does not end with the boundary"},
		{"it breaks off where the file begins", strings.TrimSuffix(field("type", "file")+filePart(`filename="a"`, ""), "\r\n"), 400, "does not end with the boundary"},
		{"the last line has no end", strings.TrimSuffix(fileForm("file", reportPDF), "\r\n"), 400, "ends without a line break"},
		{"text after the form", fileForm("file", reportPDF) + "and more", 400, "or its Content-Length is wrong"},
		{"an empty file", fileForm("file", ""), 400, `"field":"/media","rule":"bytes"`},
		{"5 bytes", fileForm("file", "12345"), 400, "more than 5 bytes"},
		{"an image that is none", fileForm("image", reportPDF), 400, "must be a JPG or PNG image"},
		{"a voice that is too large", fileForm("voice", "#!AMR"+strings.Repeat("x", 2<<20)), 413, "at most 2,097,152"},
		{"an image that is too large", fileForm("image", "\x89PNG\r\n\x1a\n"+strings.Repeat("x", 10<<20)), 413, "at most 10,485,760"},
		{"a file that is too large", fileForm("file", strings.Repeat("x", 20<<20+1)), 413, "at most 20,971,520"},
		{"a body that is too large", fileForm("file", strings.Repeat("x", 21<<20)), 413, "WeCom takes files of up to 20 MB"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			answer := s.form(t, upload, test.body)
			problem := answer.problem(t)
			assert.Equal(t, test.status, answer.status, string(answer.body))
			assert.Contains(t, string(answer.body), test.says)
			assert.Equal(t, "media.upload", problem.Action)
			assert.False(t, problem.Retryable)
		})
	}
	t.Cleanup(func() { assert.Empty(t, s.uploaded(), "nothing wrong arrived") })
}

func TestAllThatIsWrongWithTheFieldsIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	problem := start(t).form(t, upload, field("typ", "x")+field("connection", "a")+field("connection", "b")+filePart("x=y", "z")+closing).problem(t)
	var fields []string
	for _, v := range problem.Violations {
		fields = append(fields, v.Field)
	}
	assert.Equal(t, []string{"/typ", "/connection", "/media"}, fields)
	assert.Contains(t, problem.Hint, "-F type=file -F media=@report.pdf")
}

func TestHeadersOfForms(t *testing.T) {
	t.Parallel()
	s := start(t)
	body := fileForm("file", reportPDF)
	for _, test := range []struct {
		name    string
		path    string
		headers []header
		status  int
		says    string
	}{
		{"no boundary", upload, []header{{"Content-Type", "multipart/form-data"}}, 400, "Let the client write Content-Type by itself"},
		{"an empty boundary", upload, []header{{"Content-Type", `multipart/form-data; boundary=""`}}, 400, "names no boundary"},
		{"a boundary that is too long", upload, []header{{"Content-Type", "multipart/form-data; boundary=" + strings.Repeat("b", 71)}}, 400, "1 to 70 characters"},
		{"compressed", upload, []header{{"Content-Encoding", "gzip"}}, 415, "must not be compressed"},
		{"compressed otherwise", upload, []header{{"Content-Encoding", "br"}}, 415, "compressed"},
		{"what only begins like a form", upload, []header{{"Content-Type", "multipart/form-dataish; boundary=b7"}}, 400, "names no boundary"},
		{"a file without a form", upload, []header{{"Content-Type", "application/pdf"}}, 415, "curl -F"},
		{"another kind of multipart", upload, []header{{"Content-Type", "multipart/mixed; boundary=b7"}}, 415, "must be JSON"},
		{"two connections", upload + "?connection=bot", nil, 400, "connection"},
		{"an action that takes files as JSON", "/actions/message.file.send", nil, 415, "media.upload and chatbot.media.upload alone"},
		{"an action without files", sendText, nil, 415, "media.upload and chatbot.media.upload alone"},
		{"no such action", "/actions/media.uplaod", nil, 404, "Did you mean media.upload?"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			answer := s.form(t, test.path, body, test.headers...)
			assert.Equal(t, test.status, answer.status)
			assert.Contains(t, string(answer.body), test.says)
		})
	}
	t.Run("the form and the query name two connections", func(t *testing.T) {
		t.Parallel()
		answer := s.form(t, upload+"?connection=other", field("connection", "default")+body)
		assert.Equal(t, 400, answer.status)
		assert.Contains(t, string(answer.body), "name two connections")
	})
	t.Run("the form and the query name one connection", func(t *testing.T) {
		t.Parallel()
		start(t).form(t, upload+"?connection=default", field("connection", "default")+body).result(t)
	})
	t.Run("in chunks", func(t *testing.T) {
		t.Parallel()
		answer := s.do(t, http.MethodPost, upload, io.MultiReader(strings.NewReader(body)), header{"Content-Type", formHead})
		assert.Equal(t, http.StatusLengthRequired, answer.status)
		assert.Equal(t, "length_required", answer.problem(t).Reason)
	})
	t.Run("a boundary in quotes", func(t *testing.T) {
		t.Parallel()
		start(t).form(t, upload, body, header{"Content-Type", `Multipart/Form-Data; charset=utf-8; boundary="b7"`}).result(t)
	})
}

func TestADeploymentOfTheUploadAloneTakesFormsOnEveryPath(t *testing.T) {
	t.Parallel()
	s := start(t, only("media.upload"))
	s.form(t, "/", fileForm("file", reportPDF)).result(t)
	require.Len(t, s.uploaded(), 1)
}

// random are so many bytes among which there is whatever could look like an end.
func random(size int) string {
	source := rand.NewChaCha8([32]byte{1})
	data := make([]byte, size)
	_, _ = source.Read(data) // it never fails
	for at := 0; at+20 < size; at += 5000 {
		copy(data[at:], "\r\n--b"[at/5000%5:]+"!")
	}
	return string(data)
}

// Whatever the pieces that a body arrives in, what WeCom gets is the file.
func TestFilesArriveByteByByte(t *testing.T) {
	t.Parallel()
	for _, size := range []int{6, 511, 512, 513, 4095, 4096, 4097, 32 << 10, 200_001, 20 << 20} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			s := start(t)
			content := random(size)
			s.form(t, upload, fileForm("file", content)).result(t)
			require.Len(t, s.uploaded(), 1)
			assert.True(t, content == string(s.uploaded()[0].Content))
		})
	}
	t.Run("in small pieces", func(t *testing.T) {
		t.Parallel()
		s := start(t)
		content := random(3000)
		body := fileForm("file", content)
		conn := s.dial(t)
		for _, piece := range strings.SplitAfter(rawForm(body, 0), "b") { // the most unlucky places
			_, err := io.WriteString(conn, piece)
			require.NoError(t, err)
			time.Sleep(time.Millisecond)
		}
		readAnswer(t, conn).result(t)
		require.Len(t, s.uploaded(), 1)
		assert.Equal(t, content, string(s.uploaded()[0].Content))
	})
}

// A boundary within the file is found wherever it stands, also between two pieces.
func TestAPartAfterALargeFileIsFoundAnywhere(t *testing.T) {
	t.Parallel()
	s := start(t)
	second := filePart(`filename="b"`, "x")
	for _, size := range []int{100, 500, 512, 4000, 4096, 32<<10 - 120, 32 << 10, 64<<10 + 1, 3 << 20} {
		for shift := range 5 {
			answer := s.form(t, upload, field("type", "file")+filePart(`filename="a"`, strings.Repeat("x", size-shift))+second+closing)
			assert.Equal(t, 400, answer.status, size)
			assert.Contains(t, string(answer.body), "goes on after its part media", size)
		}
	}
	assert.Empty(t, s.uploaded())
}

func TestLengthsThatLie(t *testing.T) {
	t.Parallel()
	body := fileForm("file", strings.Repeat("x", 100_000))
	for _, test := range []struct {
		name  string
		wrong int
		ends  bool // the client sends nothing more, as net/http takes for its leaving
		says  string
	}{
		{"less than there is", -10, false, "does not end with the boundary"},
		{"a byte less", -1, false, "does not end with the boundary"},
		{"more than there is", 10, true, "or its Content-Length is wrong"},
		{"a byte more", 1, true, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			conn := s.dial(t)
			_, err := io.WriteString(conn, rawForm(body, test.wrong))
			require.NoError(t, err)
			if test.ends {
				require.NoError(t, conn.(*net.TCPConn).CloseWrite())
			}
			answer := readAnswer(t, conn)
			assert.GreaterOrEqual(t, answer.status, 400)
			assert.Contains(t, string(answer.body), test.says)
			assert.Empty(t, s.uploaded(), "an unfinished file is none")
		})
	}
}

func TestClientsOfFormsThatTakeTheirTime(t *testing.T) {
	t.Parallel()
	body := fileForm("file", strings.Repeat("x", 200_000))
	request, _, _ := strings.Cut(rawForm(body, 0), body)
	t.Run("a file that arrives steadily has more time than other bodies", func(t *testing.T) {
		t.Parallel()
		s := start(t, quick) // which has half a second for bodies
		conn := s.dial(t)
		_, err := io.WriteString(conn, request)
		for rest := body; len(rest) > 0 && err == nil; {
			n := min(len(rest), 20_000)
			_, err = io.WriteString(conn, rest[:n])
			rest = rest[n:]
			time.Sleep(100 * time.Millisecond)
		}
		require.NoError(t, err)
		readAnswer(t, conn).result(t)
	})
	for name, sends := range map[string]string{
		"a file that does not begin": "",
		"a file that trickles":       body[:2000],
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, quick)
			conn := s.dial(t)
			_, err := io.WriteString(conn, request) // its header has less time
			require.NoError(t, err)
			go trickle(conn, sends)
			begun := time.Now()
			answer := readAnswer(t, conn)
			assert.Equal(t, http.StatusBadRequest, answer.status)
			assert.Equal(t, "timeout", answer.problem(t).Reason)
			assert.Less(t, time.Since(begun), 10*time.Second)
			assert.Empty(t, s.uploaded())
		})
	}
	t.Run("JSON with a file that trickles", func(t *testing.T) {
		t.Parallel()
		s := start(t, quick)
		conn := s.dial(t)
		_, err := io.WriteString(conn, rawPost(upload, "Content-Length: 100000\r\n", ""))
		require.NoError(t, err)
		go trickle(conn, strings.Repeat(" ", 2000))
		assert.Equal(t, "timeout", readAnswer(t, conn).problem(t).Reason)
	})
}

func TestACallerOfAFormThatGoesAway(t *testing.T) {
	t.Parallel()
	s := start(t)
	conn := s.dial(t)
	_, err := io.WriteString(conn, rawForm(fileForm("file", strings.Repeat("x", 1<<20)), 0)[:500_000])
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	require.Eventually(t, func() bool { return len(s.log.Lines(t)) == 1 }, 5*time.Second, 10*time.Millisecond)
	assert.Equal(t, "canceled", s.log.Lines(t)[0]["kind"])
	assert.Empty(t, s.uploaded())
}

// A deadline in the middle of a file ends the call, also where its caller sends nothing any more.
func TestADeadlineInTheMiddleOfAFile(t *testing.T) {
	t.Parallel()
	s := start(t, func(s *setup) { s.options.Timeout = 300 * time.Millisecond })
	body := fileForm("file", strings.Repeat("x", 1<<20))
	conn := s.dial(t)
	begun := time.Now()
	_, err := io.WriteString(conn, rawForm(body, 0)[:500_000])
	require.NoError(t, err)
	answer := readAnswer(t, conn)
	assert.Equal(t, "timeout", answer.problem(t).Reason, string(answer.body))
	assert.Less(t, time.Since(begun), 4*time.Second)
	assert.Empty(t, s.uploaded())
}

func TestATokenThatExpiresUnderAForm(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.post(t, sendText, goodText).result(t)
	require.NoError(t, s.sim.SetFaults(wecomsim.Faults{Faults: []wecomsim.Fault{
		{Match: wecomsim.Match{Path: "/cgi-bin/media/upload"}, Do: wecomsim.Do{Errcode: 42001}, Times: 1},
	}}))
	form := fileForm("file", strings.Repeat("x", 3<<20))
	answer := s.form(t, upload, form)
	problem := answer.problem(t)
	assert.Equal(t, http.StatusServiceUnavailable, answer.status)
	assert.Equal(t, fault.Unavailable, problem.Kind)
	assert.Equal(t, "token_renewed", problem.Reason)
	assert.True(t, problem.Retryable)
	assert.Equal(t, "1", answer.header.Get("Retry-After"))
	s.form(t, upload, form).result(t)
	assert.Len(t, s.uploaded(), 1)
}

func TestOneConnectionServesFormAfterForm(t *testing.T) {
	t.Parallel()
	s := start(t, quick)
	conn := s.dial(t)
	for i, body := range []string{fileForm("file", reportPDF), fileForm("image", strings.Repeat("x", 300_000)), fileForm("file", strings.Repeat("x", 300_000))} {
		_, err := io.WriteString(conn, rawForm(body, 0))
		require.NoError(t, err)
		assert.Equal(t, []int{200, 400, 200}[i], readAnswer(t, conn).status)
		time.Sleep(100 * time.Millisecond)
	}
	assert.Len(t, s.uploaded(), 2)
}

func TestFormsTakeUpLittleMemory(t *testing.T) {
	t.Parallel()
	const size = 20 << 20
	s := start(t, func(s *setup) { s.options.MaxInFlight = 1 << 20 })
	body := fileForm("file", strings.Repeat("x", size))
	s.form(t, upload, body).result(t)
	answer := s.post(t, upload, `{"type":"file","filename":"a","content":"`+strings.Repeat("eHh4", 1<<18)+`"}`)
	assertBusy(t, answer)
}

// What a file in JSON is decoded to counts, too.
func TestFilesInJSONCountTwice(t *testing.T) {
	t.Parallel()
	input := `{"type":"file","filename":"a","content":"` + strings.Repeat("eHh4", 1<<18) + `"}`
	for limit, status := range map[int64]int{int64(len(input)) * 3 / 2: 429, int64(len(input)) * 2: 200} {
		s := start(t, func(s *setup) { s.options.MaxInFlight = limit })
		assert.Equal(t, status, s.post(t, upload, input).status, limit)
	}
}

func TestBodiesWithFilesMayBeLarger(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, id := range []string{"media.upload", "message.file.send", "message.mpnews.send", "chatbot.image.send"} {
		assert.NotEqual(t, http.StatusRequestEntityTooLarge, s.post(t, "/actions/"+id, `{"x":"`+strings.Repeat("x", 5<<20)+`"}`).status, id)
	}
	answer := s.post(t, upload, `{"x":"`+strings.Repeat("x", 28<<20)+`"}`)
	assertTooLarge(t, answer)
	assert.Contains(t, answer.problem(t).Hint, "url")
}

// curl, which waits to be told to go on before it sends what is large, is told why it must not.
func TestCurl(t *testing.T) {
	t.Parallel()
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("NOT CHECKED: curl is not on this machine")
	}
	s := start(t)
	folder := t.TempDir()
	large, small := filepath.Join(folder, "排班表.pdf"), filepath.Join(folder, "b.pdf")
	require.NoError(t, os.WriteFile(large, []byte(random(20<<20)), 0o600))
	require.NoError(t, os.WriteFile(small, []byte(reportPDF), 0o600))
	run := func(args ...string) string {
		output, err := exec.CommandContext(t.Context(), curl, append([]string{"-sS", "--max-time", "20"}, args...)...).CombinedOutput()
		require.NoError(t, err, string(output))
		return string(output)
	}
	assert.Contains(t, run("-F", "type=file", "-F", "media=@"+large, s.url+upload), `"media_id"`)
	assert.Contains(t, run("-F", "type=file", "-F", "media=@"+small, s.url+botUpload), `"media_id"`)
	require.Len(t, s.uploaded(), 2)
	assert.Equal(t, "排班表.pdf", s.uploaded()[0].Filename)
	assert.Equal(t, 20<<20, s.uploaded()[0].Size)
	assert.Contains(t, run("-F", "type=voice", "-F", "media=@"+large, s.url+upload), "at most 2,097,152")
	assert.Contains(t, run("-F", "type=image", "-F", "media=@"+small, s.url+upload), "must be a JPG or PNG image")
	assert.Contains(t, run("-F", "type=file", "-F", "media=@"+large, s.url+sendText), "media.upload and chatbot.media.upload alone")
	assert.Contains(t, run("-F", "type=file", "-F", "media=@"+large, "-H", "Transfer-Encoding: chunked", s.url+upload), "length_required")
}

func TestWhatOtherLibrariesWrite(t *testing.T) {
	t.Parallel()
	s := start(t)
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	require.NoError(t, w.WriteField("type", "file"))
	part, err := w.CreateFormFile("media", "排班表.pdf")
	require.NoError(t, err)
	_, err = io.WriteString(part, reportPDF)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	s.post(t, upload, body.String(), header{"Content-Type", w.FormDataContentType()}).result(t)
	assert.Equal(t, "排班表.pdf", s.uploaded()[0].Filename)
}

// cutting is a transport on which WeCom closes the connection in the middle of a file.
type cutting struct{ after int64 }

func (c cutting) RoundTrip(r *http.Request) (*http.Response, error) {
	_, _ = io.CopyN(io.Discard, r.Body, c.after) // whatever comes
	_ = r.Body.Close()
	return nil, errors.New("connection reset by peer")
}

func TestWeComThatGoesAwayInTheMiddleOfAFile(t *testing.T) {
	t.Parallel()
	s := start(t, func(s *setup) {
		s.settings.Connections[1] = connection.Settings{
			Name: "bot", Type: connection.Chatbot, BaseURL: s.settings.Connections[1].BaseURL,
			Key: s.settings.Connections[1].Key, Transport: cutting{1 << 20},
		}
	})
	for range 3 {
		problem := s.form(t, botUpload, fileForm("file", strings.Repeat("x", 10<<20))).problem(t)
		assert.Equal(t, fault.Unavailable, problem.Kind)
		assert.True(t, problem.Retryable)
	}
}

// The time that WeCom takes to receive a file is not its sender's.
func TestAWeComThatReceivesSlowly(t *testing.T) {
	t.Parallel()
	slow := &slowReceiver{}
	s := start(t, quick, func(s *setup) { s.settings.Connections[1].Transport = slow })
	s.form(t, botUpload, fileForm("file", strings.Repeat("x", 10<<20))).result(t)
	assert.Greater(t, slow.took, time.Second, "more than the server's patience")
}

// slowReceiver is a WeCom that pauses while it receives.
type slowReceiver struct{ took time.Duration }

func (s *slowReceiver) RoundTrip(r *http.Request) (*http.Response, error) {
	begun := time.Now()
	for {
		time.Sleep(200 * time.Millisecond)
		if _, err := io.CopyN(io.Discard, r.Body, 2<<20); errors.Is(err, io.EOF) {
			break
		}
	}
	s.took = time.Since(begun)
	answer := `{"errcode":0,"type":"file","media_id":"3abc","created_at":"1767225600"}`
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(answer)), Request: r}, nil
}
