// Package openapi writes the OpenAPI 3.1 document of the HTTP face.
//
// Every example in it is true: inputs and outputs are those of the catalogue, a refused input is one that was really
// decoded, and a refusal of WeCom is what the client makes of its errcode. The package's tests send them all.
//
// It may import core/... and the standard library.
package openapi
