// Package catalog holds the actions, each in a file of its own, and what several of them share: recipients, the
// profile of a member, the bodies of messages.
//
// Input members carry WeCom's own wire names, and what is written as a whole goes to WeCom as it is: the input of
// department.create is the body of department/create. The client type that an action's Run takes says which type of
// connection it needs.
//
// It imports the standard library and core packages only.
package catalog
