// Package framework hands the functions of package gcf to functions-framework-go, for a program whose main is Google's own:
// what "gcloud functions deploy" builds. The programs of this project do without the framework, and link none of it.
//
// It may import core/..., adapters/httpapi, adapters/gcf, functions-framework-go and the SDK of CloudEvents.
package framework
