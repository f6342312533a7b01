package main

var fc = target{name: "fc", main: "./functions/fc", arch: "amd64", fixed: true, binary: "bootstrap"}
