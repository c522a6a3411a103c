// Command loquet is the front door of an organisation: it runs the portal and everything that an operator does to it.
//
// It promises that errors are one clear sentence on stderr that says what to do; that the exit status is 0 when done, 1
// when it failed, 2 when it was called wrongly and, for `bounce` alone, 75 when the mail server is to try again; and that
// nothing here decides: it joins the rooms.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"loquet/config"
	"loquet/house"
)

// version is set by the linker at a release.
var version = "development"

// cli is the command line of the contract.
type cli struct {
	Config string `help:"TOML file of settings." type:"path" env:"LOQUET_CONFIG"`

	Demo         demoCommand         `cmd:"" help:"Two organisations with people in them and a mail catcher, on this machine."`
	Serve        serveCommand        `cmd:"" help:"Run the portal."`
	Init         initCommand         `cmd:"" help:"Create the first organisation and its first manager."`
	Organisation organisationCommand `cmd:"" help:"List, show and create organisations."`
	Application  applicationCommand  `cmd:"" help:"List, create and revoke the applications behind the door."`
	User         userCommand         `cmd:"" help:"List, create, disable and activate people."`
	Operator     operatorCommand     `cmd:"" help:"The people of the platform's desk, who help callers."`
	Recovery     recoveryCommand     `cmd:"" help:"Who can always get back in, and who cannot."`
	Bounce       bounceCommand       `cmd:"" help:"Take one returned mail from a pipe of the mail server."`
	Journal      journalCommand      `cmd:"" help:"Verify the journal of an organisation."`
	Settings     configCommand       `cmd:"" name:"config" help:"List every setting with its default."`
	Bench        benchCommand        `cmd:"" help:"The product's own figures beside the raw limits of this machine."`
	Version      versionCommand      `cmd:"" help:"Print the version."`
}

// program is what every command gets: where to write and what ends it.
type program struct {
	ctx context.Context
	out io.Writer
	err io.Writer
	in  io.Reader
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}

// Exit statuses of the contract.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// run is main with everything given, so that tests can call it.
func run(ctx context.Context, args, environment []string, in io.Reader, out, errs io.Writer) int {
	fail := func(status int, err error) int {
		fmt.Fprintln(errs, "loquet: "+sentence(err))
		return status
	}
	if err := config.CheckVariables(environment); err != nil {
		return fail(exitUsage, err)
	}
	file, err := settingsFile(args, environment)
	if err != nil {
		return fail(exitUsage, err)
	}
	var c cli
	exited := -1
	parser, err := kong.New(&c, kong.Name("loquet"), kong.Writers(out, errs), kong.Exit(func(code int) { exited = code }),
		kong.Description("The front door of an organisation: sign in, and get back in."),
		kong.Resolvers(resolver(file)), kong.UsageOnError())
	if err != nil {
		return fail(exitFailed, err)
	}
	command, err := parser.Parse(args)
	if exited >= 0 { // --help
		return exited
	}
	if err != nil {
		return fail(exitUsage, fmt.Errorf("%w; `%s --help` says what there is", err, meant(err)))
	}
	err = command.Run(&program{ctx: ctx, out: out, err: errs, in: in})
	var usage usageError
	switch {
	case errors.As(err, &later{}):
		return fail(exitLater, err)
	case errors.As(err, &usage):
		return fail(exitUsage, err)
	case err != nil:
		return fail(exitFailed, err)
	}
	return exitDone
}

// meant gives the command that a call is wrong for, as far as it was understood.
func meant(err error) string {
	var parsed *kong.ParseError
	if !errors.As(err, &parsed) || parsed.Context.Selected() == nil {
		return "loquet"
	}
	return parsed.Context.Selected().FullPath()
}

// usageError is a command called wrongly.
type usageError struct{ error }

// open joins the rooms for a command. Settings that no house can have are refused before anything is touched.
func (p *program) open(s config.Settings, level string) (*house.House, error) {
	if err := house.Parameters(s).Check(); err != nil {
		return nil, usageError{fmt.Errorf("hash_memory, hash_passes and hash_lanes: %w", err)}
	}
	return house.Open(p.ctx, s, logger(p, level)) //nolint:wrapcheck // one clear sentence already
}

// logger writes JSON lines to stderr.
func logger(p *program, level string) *slog.Logger {
	var l slog.Level
	_ = l.UnmarshalText([]byte(level)) // the flag allows the four levels only
	return slog.New(slog.NewJSONHandler(p.err, &slog.HandlerOptions{Level: l}))
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(p *program) error {
	fmt.Fprintln(p.out, "loquet", version)
	return nil
}
