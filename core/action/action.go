package action

import "reflect"

// Input is the input of an action: a struct whose members Bind declares.
type Input interface {
	Bind(f *Fields)
}

// Info is what an action says of itself.
type Info struct {
	// ID names the action, in lower-case segments: "message.text.send". Every other name is computed from it.
	ID string
	// Title is the name that people know: "Pushing a text message".
	Title string
	// Doc says what it does, what to know before calling it, and its limits, in a few sentences.
	Doc string
	// Call is the WeCom call behind it, such as "POST message/send".
	Call string
	// Document is the number of WeCom's own page about that call, on developer.work.weixin.qq.com/document/path/.
	Document int
	// Examples are inputs that work in the emulator's demo enterprise, with what they answer.
	Examples []Example
	// Refusals are the errcodes that this call is most often refused with.
	Refusals []int64
}

// Example is an input and its output, both JSON objects.
type Example struct {
	Title  string
	Input  string
	Output string
}

// FieldsOf declares the fields of an input.
func FieldsOf(in Input) *Fields {
	f := &Fields{list: make([]*Field, 0, 12)}
	in.Bind(f)
	return f
}

// Form is an input whose fields stay declared, to be filled in for one call after another: what declaring costs is then
// paid once. It is for one call at a time.
type Form struct {
	Input  Input
	fields *Fields
}

// NewForm makes a form of an input that is empty.
func NewForm(in Input) *Form { return &Form{Input: in, fields: FieldsOf(in)} }

// Decode is Decode into the form's own input.
func (f *Form) Decode(data []byte) *Report { return decode(f.fields, data) }

// Supply gives a field a text that came beside the JSON, which must not have the field then. The field's rules are
// checked as always.
func (f *Form) Supply(name, value string) {
	field := f.fields.Lookup(name)
	field.seen = true
	field.setString(token{stringToken, value}, nil)
}

// SupplyUnread says that a field is given beside the JSON, as a stream that no rule can look at yet.
func (f *Form) SupplyUnread(name string) {
	field := f.fields.Lookup(name)
	field.seen, field.given, field.beside = true, true, true
}

// Clear makes the form fit for another call.
func (f *Form) Clear() {
	reflect.ValueOf(f.Input).Elem().SetZero()
	for _, field := range f.fields.list {
		field.seen, field.given, field.beside = false, false, false
	}
}
