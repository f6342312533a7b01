package server

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"

	"github.com/wecom-functions/wecom-functions/adapters/httpapi"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/caller"
	"github.com/wecom-functions/wecom-functions/core/connection"
)

// The exit codes: stopped as asked, cannot listen, wrong settings or arguments.
const exitOK, exitFailed, exitSettings = 0, 1, 2

// Program is what a main hands over.
type Program struct {
	Args           []string // without the name of the program
	Settings       core.Settings
	Problems       error // what is wrong with the settings; nil if nothing is
	Host, Port     string
	Help           string // the table of settings
	Stdout, Stderr io.Writer
}

// Main runs the container server until SIGTERM or SIGINT and returns the exit code.
func Main(p Program) int {
	if code, done := p.flags(); done {
		return code
	}
	loopbackOnly, undecided := p.admit()
	connector, err := core.New(p.Settings)
	if p.Problems != nil {
		err = p.Problems // which say all that core.New says, by variable
	}
	if err = errors.Join(err, undecided); err != nil {
		fmt.Fprintf(p.Stderr, "%s\nThe server does not start, its settings are wrong:\n%v\n", p.Help, err)
		return exitSettings
	}
	address := net.JoinHostPort(p.Host, p.Port)
	listener, err := net.Listen("tcp", address)
	if err != nil {
		fmt.Fprintf(p.Stderr, "The server cannot listen on %s: %v. Set HOST and PORT to a free address of this machine.\n",
			address, errors.Unwrap(err))
		return exitFailed
	}
	handler := Handler(connector)
	if loopbackOnly {
		handler = httpapi.LoopbackOnly(handler)
	}
	if httpapi.Serve(connector, httpapi.NewServer(handler), listener) != nil {
		return exitFailed
	}
	return exitOK
}

// flags reads the arguments. done: there is nothing more to do.
func (p Program) flags() (code int, done bool) {
	flags := flag.NewFlagSet("server", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	version := flags.Bool("version", false, "")
	switch err := flags.Parse(p.Args); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(p.Stdout, "Usage: server [-help | -version]\n\n%s", p.Help)
		return exitOK, true
	case err != nil || flags.NArg() > 0:
		fmt.Fprintln(p.Stderr, "The arguments are wrong: there are -help and -version.")
		return exitSettings, true
	case *version:
		fmt.Fprintln(p.Stdout, core.Version)
		return exitOK, true
	}
	return exitOK, false
}

// admit lets all of this machine in, and nobody else, where nothing was decided and the address is a loopback one.
func (p *Program) admit() (loopbackOnly bool, err error) {
	switch {
	case p.Settings.Callers.Mode != caller.Undecided:
		return false, nil
	case connection.IsLoopback(p.Host):
		p.Settings.Callers.Mode = caller.None
		return true, nil
	default:
		return false, errors.New("HOST is not a loopback address, so it must be decided who may call: set WECOM_API_KEYS, or " +
			"WECOM_AUTH=platform if the platform in front authenticates callers, or WECOM_AUTH=none to let everybody in")
	}
}
