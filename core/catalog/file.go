package catalog

import (
	"context"
	"fmt"
	"io"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/fetch"
	"github.com/wecom-functions/wecom-functions/core/media"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

// File is a file as people have it: its bytes and its name, or a link to it.
type File struct {
	Filename string
	Content  []byte
	URL      string
}

// Desk is what an action needs to take files, beside its input.
type Desk struct {
	Links *fetch.Fetcher
	// Loopback: the connection's BASE_URL leads to this machine, and so may links.
	Loopback bool
	// Stream is a file that came beside the input; nil if none did.
	Stream *Stream
}

// Stream is a file of which only the size is known until it is sent.
type Stream struct {
	Size    int64
	Content io.Reader
	Cancel  func() // ends a Read that waits
}

// FileTaker is the input of an action that takes files.
type FileTaker interface{ TakeFiles(desk Desk) }

// streamTaker is the input of an action whose file may come as a stream. What is said of that beside the input are its
// fields filename and content.
type streamTaker interface {
	FileTaker
	takesStream()
}

// bind declares the fields. more says what follows from the use of the file, as sentences.
func (file *File) bind(f *action.Fields, more string) {
	f.String("filename", &file.Filename).Name().RequiredUnless("url").Is(fileName).Title("File Name").
		Doc("What people see, with its ending; at most 255 bytes. A path in front of it is left out. A link may go without: then the name is the one that comes with the file, or stands in the link.").
		Example("report.pdf")
	f.Base64("content", &file.Content).RequiredUnless("url").Bytes(media.Least, media.Most).Title("Content").
		Doc("The file in standard base64 with padding; white space in it and a data:...;base64, in front are removed." + more)
	f.String("url", &file.URL).Secret().Bytes(1, maxLink).Is(fileLink).Title("Link").
		Doc("Where the file is, in place of content: a link by https, which may be signed, to a host that this deployment lists in " + fetch.Setting + ". Redirects are followed to such hosts alone." + more)
	f.Exclusive("url", "content")
	f.Check(file.tidy)
}

var (
	fileName = &action.Format{Name: "the name of a file", Check: media.CheckName}
	fileLink = &action.Format{Name: "a link by https", Check: fetch.CheckURL}
)

// tidy leaves out what stands in front of a file's name.
func (file *File) tidy(r *action.Report) {
	if base := media.Base(file.Filename); r.Fit("filename") && base != file.Filename {
		file.Filename = base
		r.Warn("filename", fault.RuleDropped, "what is not part of the file's name is left out: a path in front of it, blanks around it")
	}
}

// verify checks what is known of the file before anything is sent.
func (file *File) verify(r *action.Report, rules media.Rules) {
	if file.Content == nil || !r.Fit("content") {
		return
	}
	wrong := rules.Size(int64(len(file.Content)))
	if wrong == nil {
		wrong = rules.Head(file.Content[:min(media.HeadSize, len(file.Content))])
	}
	if wrong != nil {
		r.Violate("content", wrong.Rule, wrong.Limit, wrong.Given, wrong.Detail)
	}
}

// AnyFile is a file of any type.
type AnyFile struct{ File }

// Bind declares the fields.
func (file *AnyFile) Bind(f *action.Fields) {
	rules := media.Rules{Type: media.File}
	file.bind(f, fmt.Sprintf(" More than 5 bytes and at most %s.", megabytes(rules)))
	f.Check(func(r *action.Report) { file.verify(r, rules) })
}

// Picture is a JPG or PNG.
type Picture struct{ File }

// Bind declares the fields.
func (file *Picture) Bind(f *action.Fields) {
	bindPicture(f, &file.File, media.Rules{Type: media.Image})
}

func bindPicture(f *action.Fields, file *File, rules media.Rules) {
	file.bind(f, fmt.Sprintf(" A JPG or PNG of at most %s.", megabytes(rules)))
	f.Check(func(r *action.Report) { file.verify(r, rules) })
}

func megabytes(rules media.Rules) string { return fmt.Sprintf("%d MB", rules.Limit()>>20) }

// upload uploads the file. once: an earlier upload of the same bytes will do.
func (file *File) upload(ctx context.Context, client wecom.Client, desk *Desk, rules media.Rules, field string, once bool) (*wecom.Uploaded, bool, error) {
	source := media.Source(media.Bytes{Name: file.Filename, Data: file.Content})
	switch {
	case desk.Stream != nil:
		source = media.NewStream(file.Filename, desk.Stream.Size, desk.Stream.Content, desk.Stream.Cancel, rules, field+"/content")
	case file.URL != "":
		begun, err := file.fetch(ctx, desk, rules, field)
		if err != nil {
			return nil, false, err
		}
		defer begun.Close()
		source = begun
		if data := begun.First.Data; data != nil {
			source = media.Bytes{Name: begun.First.Name, Data: data}
		}
	}
	if data, inMemory := source.(media.Bytes); inMemory && once {
		return wecom.UploadOnce(ctx, client, rules.Type, data)
	}
	uploaded, err := wecom.Upload(ctx, client, rules.Type, source)
	return uploaded, false, err
}

// fetch follows the link and looks at how the file begins.
func (file *File) fetch(ctx context.Context, desk *Desk, rules media.Rules, field string) (*media.Begun, error) {
	link, err := file.link(desk, rules, field)
	if err != nil {
		return nil, err
	}
	first, err := link.Open(ctx)
	if err != nil {
		return nil, err
	}
	return &media.Begun{First: first, Again: link}, nil
}

// link tells whether the link may be followed.
func (file *File) link(desk *Desk, rules media.Rules, field string) (*fetch.Link, error) {
	link, refused := desk.Links.Link(file.URL, fetch.Wanted{
		Rules: rules, Name: file.Filename, Field: field + "/url", Loopback: desk.Loopback,
	})
	if refused != nil {
		return nil, refused
	}
	return link, nil
}
