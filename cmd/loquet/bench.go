package main

import (
	"fmt"
	"os"

	"loquet/bench"
	"loquet/credential"
)

type benchCommand struct {
	Database   string `default:"" help:"postgres://… of an empty database to measure; a temporary SQLite file by default."`
	HashMemory uint32 `default:"47104" help:"Memory of one password hash, in KiB."`
	HashPasses uint32 `default:"1" help:"Passes of one password hash."`
	HashLanes  uint8  `default:"1" help:"Lanes of one password hash."`
	Quick      bool   `help:"A tenth of the time, and noisier figures."`
	JSON       bool   `help:"For machines."`
	Hello      bool   `hidden:"" help:"Be the bare server that the figures are compared with."`
}

// Run prints the figures.
func (c benchCommand) Run(p *program) error {
	if c.Hello {
		return bench.Hello(p.ctx, p.out) //nolint:wrapcheck // one clear sentence already
	}
	parameters := credential.Parameters{MemoryKiB: c.HashMemory, Passes: c.HashPasses, Lanes: c.HashLanes}
	if err := parameters.Check(); err != nil {
		return usageError{err}
	}
	path, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding this program: %w", err)
	}
	report, err := bench.Run(p.ctx, bench.Options{
		Program: path, Database: c.Database, Parameters: parameters, Quick: c.Quick,
		Say: func(what string) { fmt.Fprintln(p.err, "measuring: "+what) },
	})
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	if c.JSON {
		return p.json(report)
	}
	return report.Table(p.out) //nolint:wrapcheck // printing
}
