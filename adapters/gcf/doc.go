// Package gcf runs the connector as a Cloud Run function of Google (2nd gen).
//
// An entry point is named after an action's Go type: MessageTextSend takes requests, MessageTextSendEvent takes
// CloudEvents. WeCom and WeComEvent are the same for every action. FUNCTION_TARGET, the platform's selector, names one of
// them; WECOM_ACTION wins over it. Without either everything is served, each action at /actions/{id} and /{name}, and
// CloudEvents at / and /{name}Event. A FUNCTION_TARGET that names nothing is answered with misconfigured.
//
// Start serves by itself, in a program of this project. Package framework leaves the serving to functions-framework-go,
// whose server Google starts in what "gcloud functions deploy" builds: it knows no timeouts, drops calls at SIGTERM, and
// offers its handler to no other.
//
// A CloudEvent's data is an envelope, or a message of Pub/Sub with one; package event says how it is read. Whatever did
// not succeed is answered with the status of its failure, so that the trigger delivers it again, or to its dead-letter
// topic; a call whose outcome is unknown is acknowledged.
//
// It may import core/..., adapters/httpapi, adapters/event and the standard library.
package gcf
