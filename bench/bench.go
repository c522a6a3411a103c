// Package bench measures what Loquet does beside what the machine can do: the bare hash, a bare web server, bare commits.
//
// It promises that the figures are those of the real program, started as a process of its own, so that memory and
// processor time are its alone; that each raw limit is measured in the same run, before and after what it is compared
// with; and that ratios, not figures, are compared with targets, so that they hold on a noisy machine.
package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"loquet/config"
	"loquet/credential"
	"loquet/house"
)

// Options are what a run is asked for.
type Options struct {
	Program    string                // the path of the program to measure
	Database   string                // postgres://… of an empty database; empty means a SQLite file
	Parameters credential.Parameters // of password hashes
	Quick      bool                  // a tenth of the time, and noisier figures
	Say        func(string)          // is told what is measured next
}

// Figure is one line of the table.
type Figure struct {
	Name   string  `json:"name"`
	Value  float64 `json:"value"`
	Unit   string  `json:"unit"`
	Limit  float64 `json:"limit,omitempty"` // the raw limit of this machine, in the same unit
	Beside string  `json:"beside,omitempty"`
	Ratio  float64 `json:"ratio,omitempty"` // of value to limit
	Target string  `json:"target,omitempty"`
	Met    *bool   `json:"met,omitempty"`
}

// Report is what a run has found.
type Report struct {
	Engine     string                `json:"engine"`
	Parameters credential.Parameters `json:"hash"`
	Processors int                   `json:"processors"`
	Go         string                `json:"go"`
	At         time.Time             `json:"at"`
	Figures    []Figure              `json:"figures"`
}

// ErrPlace is the error of a machine without /proc.
var ErrPlace = errors.New("the figures are read from /proc, which only Linux has")

// run is one run.
type run struct {
	Options
	ctx      context.Context //nolint:containedctx // it lives as long as the run
	folder   string
	settings config.Settings
	sink     *sink
	hello    *child
	product  *child
	client   string // client_id of the application, and its secret
	secret   string
	report   Report
}

// Run measures everything and takes about two minutes, or twenty seconds when quick.
func Run(ctx context.Context, o Options) (Report, error) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		return Report{}, ErrPlace
	}
	folder, err := os.MkdirTemp("", "loquet-bench-")
	if err != nil {
		return Report{}, fmt.Errorf("temporary folder: %w", err)
	}
	defer os.RemoveAll(folder) //nolint:errcheck // the system sweeps its temporary folder too
	r := &run{Options: o, ctx: ctx, folder: folder, report: Report{
		Engine: "sqlite", Parameters: o.Parameters, Processors: runtime.GOMAXPROCS(0), Go: runtime.Version(), At: time.Now().UTC(),
	}}
	if o.Database != "" {
		r.report.Engine = "postgres"
	}
	r.settings = config.Settings{
		Data: filepath.Join(folder, "data"), Database: o.Database, PublicScheme: "http", HashMemory: o.Parameters.MemoryKiB,
		HashPasses: o.Parameters.Passes, HashLanes: o.Parameters.Lanes, HashWait: 20 * time.Second,
	}
	if err := house.Parameters(r.settings).Check(); err != nil {
		return Report{}, err //nolint:wrapcheck // one clear sentence already
	}
	defer r.end()
	if err := r.measure(); err != nil {
		return Report{}, err
	}
	return r.report, nil
}

func (r *run) measure() error {
	var err error
	if r.sink, err = listen(); err != nil {
		return err
	}
	if err := r.populate(); err != nil {
		return fmt.Errorf("making the people: %w", err)
	}
	if r.hello, err = start(r.ctx, r.Program, "bench", "--hello"); err != nil {
		return fmt.Errorf("the bare server: %w", err)
	}
	for _, part := range []struct {
		name string
		do   func() error
	}{
		{"start-up", r.startUp}, {"sign-in", r.signIn}, {"session checks", r.sessions}, {"applications", r.applications}, {"recovery", r.recovery}, {"the page", r.page},
	} {
		r.Say(part.name)
		if err := part.do(); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}

// serve starts the product on what populate has made.
func (r *run) serve() (err error) {
	args := []string{
		"serve", "--listen", "127.0.0.1:0", "--ops-listen=", "--public-scheme", "http", "--log-level", "error",
		"--data", r.settings.Data, "--smtp", "smtp+insecure://" + r.sink.address, "--mail-from", "portail@loquet.example",
		"--hash-memory", fmt.Sprint(r.settings.HashMemory), "--hash-passes", fmt.Sprint(r.settings.HashPasses),
		"--hash-lanes", fmt.Sprint(r.settings.HashLanes),
	}
	if r.Database != "" {
		args = append(args, "--database", r.Database)
	}
	r.product, err = start(r.ctx, r.Program, args...)
	return err
}

func (r *run) end() {
	for _, c := range []*child{r.hello, r.product} {
		if c != nil {
			c.kill()
		}
	}
	if r.sink != nil {
		r.sink.close()
	}
}

// long gives how long to measure one thing.
func (r *run) long(d time.Duration) time.Duration {
	if r.Quick {
		return d / 10
	}
	return d
}

// rounds is how many times what is measured and its limit take turns.
func (r *run) rounds() int {
	if r.Quick {
		return 1
	}
	return 3
}

// add adds a figure, to be set beside a limit and judged.
func (r *run) add(name, unit string, value float64) *Figure {
	r.report.Figures = append(r.report.Figures, Figure{Name: name, Unit: unit, Value: value})
	return &r.report.Figures[len(r.report.Figures)-1]
}

// beside sets the raw limit of this machine beside a figure.
func (f *Figure) beside(limit string, raw float64) *Figure {
	f.Beside, f.Limit = limit, raw
	if raw > 0 {
		f.Ratio = f.Value / raw
	}
	return f
}

// most and least judge a figure by itself, mostRatio and leastRatio by its ratio to the raw limit.
func (f *Figure) most(target float64)       { f.judge("≤ "+number(target), f.Value <= target) }
func (f *Figure) least(target float64)      { f.judge("≥ "+number(target), f.Value >= target) }
func (f *Figure) mostRatio(target float64)  { f.judge("ratio ≤ "+number(target), f.Ratio <= target) }
func (f *Figure) leastRatio(target float64) { f.judge("ratio ≥ "+number(target), f.Ratio >= target) }

func (f *Figure) judge(target string, met bool) { f.Target, f.Met = target, &met }
