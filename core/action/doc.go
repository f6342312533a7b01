// Package action is the kit that actions are made of: it declares, decodes, checks, truncates and describes the
// fields of an action.
//
// A type is an action's input. Its Bind method declares every member by pointer, in the idiom of the standard flag
// package: name, typed destination, rules and documentation in one line.
//
//	func (m *DepartmentCreate) Bind(f *action.Fields) {
//		f.String("name", &m.Name).Required().Chars(1, 64).Title("Dept Name").Doc("Unique among its siblings.")
//		f.OptInt("order", &m.Order).Range(0, maxUint32).Title("Order").Doc("The larger sorts first.")
//	}
//
// From that one declaration Decode reads a JSON object strictly, checks every rule and reports all violations at
// once, and package describe makes the JSON Schema.
//
// Nothing happens before it is needed: declaring an action stores a few pointers, its fields are bound for a call or
// a question.
//
// It imports the standard library and core packages only.
package action
