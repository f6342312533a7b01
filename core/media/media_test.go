package media_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/media"
)

func TestSizes(t *testing.T) {
	t.Parallel()
	for kind, most := range map[media.Type]int64{media.Image: 10 << 20, media.Voice: 2 << 20, media.Video: 10 << 20, media.File: 20 << 20} {
		rules := media.Rules{Type: kind}
		assert.Equal(t, most, rules.Limit())
		for n, ok := range map[int64]bool{-1: false, 0: false, 5: false, 6: true, most: true, most + 1: false} {
			wrong := rules.Size(n)
			assert.Equal(t, ok, wrong == nil, "%s of %d bytes", kind, n)
			if wrong != nil {
				assert.Equal(t, fault.RuleBytes, wrong.Rule)
				assert.NotEmpty(t, wrong.Detail)
			}
		}
	}
	assert.EqualValues(t, 2<<20, media.Rules{Type: media.Image, Most: 2 << 20}.Limit())
}

func TestFirstBytes(t *testing.T) {
	t.Parallel()
	const jpg, png, amr, mp4 = "\xff\xd8\xff\xe0", "\x89PNG\r\n\x1a\n", "#!AMR\n", "\x00\x00\x00\x18ftypisom"
	for _, c := range []struct {
		kind media.Type
		fits []string
	}{
		{media.Image, []string{jpg, png}},
		{media.Voice, []string{amr, "#!AMR-WB\n"}},
		{media.Video, []string{mp4}},
		{media.File, []string{jpg, png, amr, mp4, "", "GIF89a"}},
	} {
		for _, head := range []string{jpg, png, amr, mp4, "", "\xff\xd8", "\x89PNG", "#!", "GIF89a", "<html>" + png, "ftyp", "RIFF\x00\x00\x00\x00WEBP", "#!AMR-WB\n"} {
			fits := false
			for _, one := range c.fits {
				fits = fits || one == head
			}
			if c.kind != media.File {
				assert.Equal(t, fits, media.Rules{Type: c.kind}.Head([]byte(head)) == nil, "%s %q", c.kind, head)
			}
		}
	}
}

func TestConfidentialNames(t *testing.T) {
	t.Parallel()
	for _, ending := range []string{"txt", "pdf", "doc", "docx", "ppt", "pptx", "xls", "xlsx", "xml", "jpg", "jpeg", "png", "bmp", "gif"} {
		assert.Nil(t, media.Rules{Confidential: true}.Name("a.b."+strings.ToUpper(ending)))
		assert.Contains(t, media.ConfidentialTypes, ending)
	}
	for _, name := range []string{"a.zip", "pdf", "a.", "", "a.pdf.exe", "a.pdf "} {
		assert.NotNil(t, media.Rules{Confidential: true}.Name(name), name)
		assert.Nil(t, media.Rules{}.Name(name))
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		given, base string
		ok          bool
	}{
		{"report.pdf", "report.pdf", true},
		{"排班表 9 月.xlsx", "排班表 9 月.xlsx", true},
		{" a.txt ", "a.txt", true},
		{`a"b;c.txt`, `a"b;c.txt`, true},
		{"../../etc/passwd", "passwd", true},
		{`C:\Users\bo\a.txt`, "a.txt", true},
		{"a/b\\c.txt", "c.txt", true},
		{".gitignore", ".gitignore", true},
		{strings.Repeat("x", 255), strings.Repeat("x", 255), true},
		{strings.Repeat("汉", 85), strings.Repeat("汉", 85), true},
		{"", "", false},
		{" ", "", false},
		{".", ".", false},
		{"..", "..", false},
		{"a/", "", false},
		{"a/..", "..", false},
		{". .", ". .", false},
		{"a\r\nX: y", "a\r\nX: y", false},
		{"a\x00.txt", "a\x00.txt", false},
		{"a\x7f", "a\x7f", false},
		{"a\u0085", "a", false},
		{"10:30.txt", "10:30.txt", false},
		{strings.Repeat("x", 256), strings.Repeat("x", 256), false},
		{strings.Repeat("汉", 86), strings.Repeat("汉", 86), false},
		{"a\xff.txt", "a\xff.txt", false},
	} {
		assert.Equal(t, c.base, media.Base(c.given), "%q", c.given)
		assert.Equal(t, c.ok, media.CheckName(c.given) == "", "%q: %s", c.given, media.CheckName(c.given))
	}
}

func TestANameThatNobodyHasChosen(t *testing.T) {
	t.Parallel()
	const png = "\x89PNG\r\n\x1a\n"
	for _, c := range []struct {
		head, want string
		candidates []string
	}{
		{"", "a.txt", []string{"a.txt", "b.txt"}},
		{"", "b.txt", []string{"", "..", "/", "b.txt"}},
		{"", "file", nil},
		{png, "file.png", []string{"."}},
		{"\xff\xd8\xff", "file.jpg", nil},
		{"", "10_30.txt", []string{"10:30.txt"}},
		{"", "ab.txt", []string{"a\r\nb.txt"}},
		{"", "ab.txt", []string{"a\xffb.txt"}},
		{"", "reportfdp.exe", []string{"report\u202efdp.exe"}},
		{"", strings.Repeat("汉", 83) + ".txt", []string{strings.Repeat("汉", 90) + ".txt"}},
	} {
		name := media.NameOf([]byte(c.head), c.candidates...)
		assert.Equal(t, c.want, name)
		assert.Empty(t, media.CheckName(name))
	}
}

// explain is what a broken reading means in these tests.
func explain(read int64, cause error) *fault.Error {
	if cause == nil {
		return fault.New(fault.InvalidInput, "more than %d", read)
	}
	return fault.New(fault.Unavailable, "broke after %d: %v", read, cause)
}

func TestOpenedFiles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, content, wrong string
		fails                error
	}{
		{"as announced", "123456", "", nil},
		{"shorter", "12345", "broke after 5: unexpected EOF", nil},
		{"empty", "", "broke after 0: unexpected EOF", nil},
		{"longer", "1234567", "more than 6", nil},
		{"broken", "123", "broke after 3: reset", errors.New("reset")},
		{"broken after its end", "123456", "broke after 6: reset", errors.New("reset")},
	} {
		for how, wrap := range map[string]func(io.Reader) io.Reader{
			"whole": func(r io.Reader) io.Reader { return r }, "byte by byte": iotest.OneByteReader, "with the end": iotest.DataErrReader,
		} {
			t.Run(c.name+", "+how, func(t *testing.T) {
				t.Parallel()
				content := io.Reader(strings.NewReader(c.content))
				if c.fails != nil {
					content = io.MultiReader(content, iotest.ErrReader(c.fails))
				}
				released := 0
				opened := media.Streamed("a", 6, wrap(content), func() { released++ }, explain)
				got, err := io.ReadAll(opened)
				assert.True(t, strings.HasPrefix(c.content, string(got)), "nothing but what there is")
				if c.wrong == "" {
					require.NoError(t, err)
					assert.True(t, opened.Whole())
					assert.Nil(t, opened.Err())
				} else {
					require.EqualError(t, err, opened.Err().Error())
					assert.Contains(t, opened.Err().Detail, c.wrong)
					assert.False(t, opened.Whole())
				}
				require.NoError(t, opened.Close())
				require.NoError(t, opened.Close())
				assert.Equal(t, 1, released)
				_, err = opened.Read(make([]byte, 1))
				require.Error(t, err, "nobody reads on")
			})
		}
	}
	t.Run("what was still to come when it was closed came too late", func(t *testing.T) {
		t.Parallel()
		waits, closed := make(chan struct{}), make(chan struct{})
		content := readerFunc(func([]byte) (int, error) {
			close(waits)
			<-closed
			return 0, errors.New("closed")
		})
		opened := media.Streamed("a", 6, content, func() { close(closed) }, explain)
		done := make(chan error)
		go func() {
			_, err := opened.Read(make([]byte, 6))
			done <- err
		}()
		<-waits
		require.NoError(t, opened.Close())
		require.Error(t, <-done)
		assert.Contains(t, opened.Err().Detail, "broke after 0: "+context.DeadlineExceeded.Error())
	})
	t.Run("that nobody wanted more when it was closed is not the file's fault", func(t *testing.T) {
		t.Parallel()
		opened := media.Streamed("a", 6, strings.NewReader("123456"), nil, explain)
		require.NoError(t, opened.Close())
		_, err := opened.Read(make([]byte, 6))
		require.Error(t, err)
		assert.Nil(t, opened.Err())
	})
	t.Run("a reader that panics harms its own file alone", func(t *testing.T) {
		t.Parallel()
		opened := media.Streamed("a", 6, readerFunc(func([]byte) (int, error) { panic("boom") }), nil, explain)
		_, err := opened.Read(make([]byte, 6))
		require.ErrorIs(t, err, fault.Internal)
		assert.Equal(t, err, opened.Err())
		assert.False(t, opened.Whole())
	})
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestBegunSources(t *testing.T) {
	t.Parallel()
	first := media.InMemory("a", []byte("first!"))
	begun := &media.Begun{First: first, Again: media.Bytes{Name: "a", Data: []byte("second")}}
	for _, want := range []string{"first!", "second", "second"} {
		opened, err := begun.Open(t.Context())
		require.NoError(t, err)
		got, err := io.ReadAll(opened)
		require.NoError(t, err)
		assert.Equal(t, want, string(got))
		assert.False(t, begun.Spent())
	}
}

func TestAStreamIsSpentOnceItWasRead(t *testing.T) {
	t.Parallel()
	stream := media.NewStream("a", 6, strings.NewReader("123456"), nil, media.Rules{Type: media.File}, "/content")
	for range 2 { // it was looked at, and not read
		opened, err := stream.Open(t.Context())
		require.NoError(t, err)
		assert.False(t, stream.Spent())
		require.NoError(t, opened.Close())
	}
	opened, err := stream.Open(t.Context())
	require.NoError(t, err)
	got, err := io.ReadAll(opened)
	require.NoError(t, err)
	assert.Equal(t, "123456", string(got))
	assert.True(t, stream.Spent())

	_, err = media.NewStream("a", 6, strings.NewReader("GIF89a"), nil, media.Rules{Type: media.Image}, "/content").Open(t.Context())
	require.ErrorIs(t, err, fault.InvalidInput)
	assert.Equal(t, "/content", fault.From(err).Violations[0].Field)
}
