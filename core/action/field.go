package action

// Kind is the JSON type of a field.
type Kind string

// The kinds of fields.
const (
	String   Kind = "string"
	Integer  Kind = "integer"
	Boolean  Kind = "boolean"
	Strings  Kind = "strings"  // a list of strings, or one string of them joined with the separator
	Integers Kind = "integers" // a list of integers, or one string of them joined with the separator
	Base64   Kind = "base64"   // bytes, as a string of base64
	Object   Kind = "object"
	Objects  Kind = "objects" // a list of objects
)

// Empty says what an empty string or list means. Null always means the same as absent.
type Empty int

const (
	// EmptyIsAbsent: as if the field had not been given.
	EmptyIsAbsent Empty = iota
	// EmptyClears: it is sent, and clears what WeCom holds.
	EmptyClears
	// EmptyRefused: a violation.
	EmptyRefused
)

// Limits are inclusive bounds; a zero Max means that there are none.
type Limits struct{ Min, Max int64 }

func (l Limits) set() bool            { return l.Max != 0 }
func (l Limits) contain(n int64) bool { return l.Min <= n && n <= l.Max }

// Format is a rule about the form of a string.
type Format struct {
	// Name says what the string is: "e-mail address".
	Name string
	// Pattern is a regular expression (ECMA 262) for the schema; empty where none would be exact.
	Pattern string
	// Check returns what is wrong with s, as a clause that follows the field's name or "Each item of" it, without a
	// full stop: "must be an e-mail address"; or "".
	Check func(s string) string
	// Warn returns what the caller should know of s, as a clause; or "". It may be nil.
	Warn func(s string) string
}

func (f *Format) warning(s string) string {
	if f.Warn == nil {
		return ""
	}
	return f.Warn(s)
}

// Field is one declared parameter: what a schema shows of it and what Decode checks.
type Field struct {
	Name  string
	Title string
	Doc   string
	Kind  Kind

	Required bool
	Unless   []string // the fields each of which, where it is given, makes this one not required
	Empty    Empty

	Chars     Limits // characters (runes)
	Bytes     Limits // bytes of UTF-8, or before base64
	Items     Limits
	Range     Limits // of an integer, or of each one in a list
	Truncate  bool   // cut what is too long instead of refusing it
	WholeTags bool   // never cut inside <...>
	Multiline bool   // CRLF and CR become LF
	Token     bool   // an id: trimmed, no line breaks or tabs inside
	Named     bool   // shown to people as a name
	Secret    bool   // never shown, not even in a violation
	Forbidden string // characters that it must not contain
	OneOf     []int64
	Format    *Format // of a string, or of each one in a list
	Separator string  // of a list given as one string
	Parallel  bool    // the position of each item counts: none may be empty, equal ones stay
	Unique    bool    // equal items are a violation
	Default   any     // what WeCom assumes when the field is absent, for the schema
	Example   any

	to      any            // pointer to the destination
	item    func() Input   // Object, Objects: a new destination
	members func() *Fields // Object, Objects: the fields of one
	seen    bool           // the key stands in the input
	given   bool           // not absent, not null, and not empty where empty means absent
	beside  bool           // given beside the JSON, where no rule of the field can look at it
}

// Members are the fields of an Object, or of one item of Objects; nil for every other kind.
func (f *Field) Members() []*Field {
	if nested := f.Nested(); nested != nil {
		return nested.list
	}
	return nil
}

// Nested declares the fields of an Object, or of one item of Objects, with their rules; nil for every other kind.
func (f *Field) Nested() *Fields {
	if f.members == nil {
		return nil
	}
	return f.members()
}
