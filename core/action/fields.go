package action

import "reflect"

// Fields collects the declarations of one input.
type Fields struct {
	list   []*Field
	across []across
}

// List is the declared fields, in order.
func (f *Fields) List() []*Field { return f.list }

// Lookup finds a field by name; nil if there is none.
func (f *Fields) Lookup(name string) *Field {
	for _, field := range f.list {
		if field.Name == name {
			return field
		}
	}
	return nil
}

// String declares a string for which empty and absent are the same.
func (f *Fields) String(name string, to *string) *Text { return f.text(name, to) }

// OptString declares a string for which empty and absent differ: see Text.Clears and Text.NotEmpty.
func (f *Fields) OptString(name string, to **string) *Text { return f.text(name, to) }

// Int declares an integer that is zero when absent.
func (f *Fields) Int(name string, to *int64) *Number { return f.number(name, to) }

// OptInt declares an integer for which zero and absent differ.
func (f *Fields) OptInt(name string, to **int64) *Number { return f.number(name, to) }

// OptBool declares a boolean for which false and absent differ.
func (f *Fields) OptBool(name string, to **bool) *Flag {
	b := &Flag{}
	b.bind(f, b, Field{Name: name, Kind: Boolean, to: to})
	return b
}

// Base64 declares bytes that are given as a string of base64.
func (f *Fields) Base64(name string, to *[]byte) *Data {
	d := &Data{}
	d.bind(f, d, Field{Name: name, Kind: Base64, to: to})
	return d
}

// Strings declares a list of strings, which may be given as one string joined with commas.
func (f *Fields) Strings(name string, to *[]string) *TextList {
	l := &TextList{}
	l.bind(f, l, Field{Name: name, Kind: Strings, Separator: ",", to: to})
	return l
}

// Ints declares a list of integers, which may be given as one string joined with commas.
func (f *Fields) Ints(name string, to *[]int64) *NumberList {
	l := &NumberList{}
	l.bind(f, l, Field{Name: name, Kind: Integers, Separator: ",", to: to})
	return l
}

// ObjectField declares an object; the destination is nil when it is absent.
func ObjectField[P Input](f *Fields, name string, to *P) *Nested {
	return f.nested(Field{Name: name, Kind: Object}, reflect.TypeFor[P](), func(in Input) { *to = in.(P) })
}

// ObjectsField declares a list of objects.
func ObjectsField[P Input](f *Fields, name string, to *[]P) *Nested {
	return f.nested(Field{Name: name, Kind: Objects}, reflect.TypeFor[P](), func(in Input) { *to = append(*to, in.(P)) })
}

// nested declares a field whose values are inputs of their own, pointers of the given type; keep puts one into its place.
func (f *Fields) nested(field Field, pointer reflect.Type, keep func(Input)) *Nested {
	fresh := func() Input { return reflect.New(pointer.Elem()).Interface().(Input) }
	field.item = func() Input {
		in := fresh()
		keep(in)
		return in
	}
	field.members = func() *Fields { return FieldsOf(fresh()) }
	n := &Nested{}
	n.bind(f, n, field)
	return n
}

func (f *Fields) text(name string, to any) *Text {
	t := &Text{}
	t.bind(f, t, Field{Name: name, Kind: String, to: to})
	return t
}

func (f *Fields) number(name string, to any) *Number {
	n := &Number{}
	n.bind(f, n, Field{Name: name, Kind: Integer, to: to})
	return n
}

// Text, Number, Flag, Data, TextList, NumberList and Nested carry the rules that make sense for their kind, so that a
// rule on the wrong kind does not compile.
type (
	// Text declares the rules of a string.
	Text struct{ about[Text] }
	// Number declares the rules of an integer.
	Number struct{ about[Number] }
	// Flag declares a boolean, which has no rules of its own.
	Flag struct{ about[Flag] }
	// Data declares the rules of bytes.
	Data struct{ about[Data] }
	// TextList declares the rules of a list of strings.
	TextList struct{ about[TextList] }
	// NumberList declares the rules of a list of integers.
	NumberList struct{ about[NumberList] }
	// Nested declares the rules of an object or a list of objects.
	Nested struct{ about[Nested] }
)

// about is what every kind of field can say; each method returns the field's own type, so that calls chain.
type about[F any] struct {
	Field
	self *F
}

// bind adds the field. In each of the 130 declarations that call it, its code would be 40 KB of every program.
//
//go:noinline
func (a *about[F]) bind(f *Fields, self *F, field Field) {
	a.Field, a.self = field, self
	f.list = append(f.list, &a.Field)
}

// Title is the field's name for people.
func (a *about[F]) Title(s string) *F { a.Field.Title = s; return a.self }

// Doc says what the field means, with its units and limits.
func (a *about[F]) Doc(s string) *F { a.Field.Doc = s; return a.self }

// Example is a value for the documents.
func (a *about[F]) Example(v any) *F { a.Field.Example = v; return a.self }

// Required refuses an input without the field, or with an empty or blank one.
func (a *about[F]) Required() *F { a.Field.Required = true; return a.self }

// RequiredUnless is Required where none of the other fields is given.
func (a *about[F]) RequiredUnless(others ...string) *F {
	a.Field.Required, a.Unless = true, others
	return a.self
}

// Default is what WeCom assumes when the field is absent. It is shown, never sent.
func (a *about[F]) Default(v any) *F { a.Field.Default = v; return a.self }

// Chars bounds the length in characters (runes).
func (t *Text) Chars(least, most int64) *Text { t.Field.Chars = Limits{least, most}; return t }

// Bytes bounds the length in bytes of UTF-8.
func (t *Text) Bytes(least, most int64) *Text { t.Field.Bytes = Limits{least, most}; return t }

// MaxBytes bounds the length in bytes from above.
func (t *Text) MaxBytes(most int64) *Text { return t.Bytes(0, most) }

// Truncate cuts what is over the limit at a character boundary, with a warning, instead of refusing it.
func (t *Text) Truncate() *Text { t.Field.Truncate = true; return t }

// WholeTags keeps Truncate from cutting inside <...>.
func (t *Text) WholeTags() *Text { t.Field.WholeTags = true; return t }

// Lines declares text of several lines: CRLF and CR become LF before anything is counted.
func (t *Text) Lines() *Text { t.Multiline = true; return t }

// ID declares an opaque id: space around it is trimmed, and a line break or tab inside is refused like every other
// control character.
func (t *Text) ID() *Text { t.Token = true; return t }

// Name declares a name that is shown to people.
func (t *Text) Name() *Text { t.Named = true; return t }

// Without refuses each of the given characters.
func (t *Text) Without(chars string) *Text { t.Forbidden = chars; return t }

// Is demands a form.
func (t *Text) Is(format *Format) *Text { t.Format = format; return t }

// Secret keeps the value out of violations: it may hold a password or a signature.
func (t *Text) Secret() *Text { t.Field.Secret = true; return t }

// Clears sends an empty string, which clears what WeCom holds; limits from below do not apply to it.
func (t *Text) Clears() *Text { t.Empty = EmptyClears; return t }

// NotEmpty refuses an empty string; to leave the value alone the field is left out.
func (t *Text) NotEmpty() *Text { t.Empty = EmptyRefused; return t }

// Bytes bounds the length before base64.
func (d *Data) Bytes(least, most int64) *Data { d.Field.Bytes = Limits{least, most}; return d }

// Range bounds the value, inclusive.
func (n *Number) Range(least, most int64) *Number { n.Field.Range = Limits{least, most}; return n }

// OneOf lists the values that are allowed.
func (n *Number) OneOf(values ...int64) *Number { n.Field.OneOf = values; return n }

// MaxItems bounds the number of items from above.
func (l *TextList) MaxItems(most int64) *TextList { return l.Items(0, most) }

// Items bounds the number of items, counted after trimming and removing duplicates.
func (l *TextList) Items(least, most int64) *TextList { l.Field.Items = Limits{least, most}; return l }

// Sep is the separator of a list given as one string, in place of the comma.
func (l *TextList) Sep(separator string) *TextList { l.Separator = separator; return l }

// Each demands a form of every item.
func (l *TextList) Each(format *Format) *TextList { l.Format = format; return l }

// Clears sends an empty list, which clears what WeCom holds.
func (l *TextList) Clears() *TextList { l.Empty = EmptyClears; return l }

// MaxItems bounds the number of items from above.
func (l *NumberList) MaxItems(most int64) *NumberList {
	l.Field.Items = Limits{0, most}
	return l
}

// Sep is the separator of a list given as one string, in place of the comma.
func (l *NumberList) Sep(separator string) *NumberList { l.Separator = separator; return l }

// Range bounds every item, inclusive.
func (l *NumberList) Range(least, most int64) *NumberList {
	l.Field.Range = Limits{least, most}
	return l
}

// OneOf lists the values that are allowed for every item.
func (l *NumberList) OneOf(values ...int64) *NumberList { l.Field.OneOf = values; return l }

// Parallel declares that the position of each item counts: an empty one is a violation and equal ones stay.
func (l *NumberList) Parallel() *NumberList { l.Field.Parallel = true; return l }

// Unique declares that equal items are a violation.
func (l *NumberList) Unique() *NumberList { l.Field.Unique = true; return l }

// NotEmpty refuses an empty list; to leave the value alone the field is left out.
func (l *NumberList) NotEmpty() *NumberList { l.Empty = EmptyRefused; return l }

// Items bounds the number of objects in a list.
func (n *Nested) Items(least, most int64) *Nested { n.Field.Items = Limits{least, most}; return n }
