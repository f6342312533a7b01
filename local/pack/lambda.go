package main

// The tags leave out what no call of the program uses: the protocol of the retired runtime go1.x, and HTTP/2, which neither
// the Runtime API nor WeCom is spoken to in. It starts faster without them.
var lambda = target{name: "lambda", main: "./functions/lambda", arch: "arm64", tags: "lambda.norpc,nethttpomithttp2", binary: "bootstrap"}
