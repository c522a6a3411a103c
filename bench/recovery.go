package bench

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"
)

// The targets of recovery, in milliseconds: from the press of the button to the mail server, and the last letter of a
// burst of a thousand.
const (
	mostDelay = 500
	mostDrain = 3000
)

// forgot is the form of somebody who has forgotten a password.
func forgot(i int) []byte { return post("/recover", "", url.Values{"identifier": {identifier(i)}}) }

// recovery has a thousand people ask at once, and then a hundred a second.
func (r *run) recovery() error {
	many, more := burst, paced
	if r.Quick {
		many, more = burst/5, paced/5
	}
	before, err := r.commits()
	if err != nil {
		return fmt.Errorf("bare commits: %w", err)
	}
	ask := func(first int) func(int) []byte { return func(i int) []byte { return forgot(first + i) } }
	o, err := load{child: r.product, clients: 32, request: ask(residents), many: many, want: 303, leads: "/recover/sent"}.run(r.ctx)
	if err != nil {
		return err
	}
	if err := r.sink.waitFor(many, patience); err != nil {
		return err
	}
	delays, last := r.delays(residents, o)
	after, err := r.commits()
	if err != nil {
		return fmt.Errorf("bare commits: %w", err)
	}
	name := fmt.Sprintf("%d « Mot de passe oublié » at once", many)
	r.add(name+": answered", "/s", o.rate()).beside("bare commits", (before+after)/2)
	r.add(name+": median answer", "ms", ms(o.at(0.5)))
	r.add(name+": slowest of 100", "ms", ms(o.at(0.99)))
	r.add(name+": median letter", "ms", ms(quantile(delays, 0.5)))
	r.add(name+": the last letter is out after", "ms", ms(last)).most(mostDrain)

	slow := load{
		child: r.product, clients: 32, request: ask(residents + burst), many: more, want: 303, leads: "/recover/sent",
		pace: 10 * time.Millisecond,
	}
	if o, err = slow.run(r.ctx); err != nil {
		return err
	}
	if err := r.sink.waitFor(many+more, patience); err != nil {
		return err
	}
	delays, _ = r.delays(residents+burst, o)
	r.add("100 a second: median answer", "ms", ms(o.at(0.5)))
	r.add("100 a second: processor time of one, letter and all", "ms", ms(o.each()))
	r.add("100 a second: median letter", "ms", ms(quantile(delays, 0.5)))
	r.add("100 a second: slowest letter of 100", "ms", ms(quantile(delays, 0.99))).most(mostDelay)
	return nil
}

// delays gives the times from each request to its letter, shortest first, and from the first request to the last letter.
func (r *run) delays(first int, o outcome) (delays []time.Duration, last time.Duration) {
	for i, asked := range o.starts {
		at, ok := r.sink.when(mailbox(first + i))
		if !ok {
			continue
		}
		delays = append(delays, at.Sub(asked))
		last = max(last, at.Sub(o.starts[0]))
	}
	slices.Sort(delays)
	return delays, last
}

// commits is how many transactions of one insert the engine makes in a second, one after the other, as safe as ours.
func (r *run) commits() (float64, error) {
	driver, address := "sqlite", "file:"+filepath.Join(r.folder, "bare.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"
	if strings.HasPrefix(r.Database, "postgres") {
		driver, address = "pgx", r.Database
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		return 0, err //nolint:wrapcheck // the caller says what it was doing
	}
	defer db.Close() //nolint:errcheck // what it holds is thrown away
	db.SetMaxOpenConns(1)
	ctx := r.ctx
	for _, statement := range []string{"drop table if exists bare", "create table bare (id text not null primary key, body text not null)"} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return 0, err //nolint:wrapcheck // the caller says what it was doing
		}
	}
	n, err := insert(ctx, db, r.long(2*time.Second))
	if err != nil {
		return 0, err
	}
	_, err = db.ExecContext(ctx, "drop table bare")
	return n, err //nolint:wrapcheck // the caller says what it was doing
}

func insert(ctx context.Context, db *sql.DB, long time.Duration) (rate float64, err error) {
	body := strings.Repeat(".", 1024) // what a request weighs
	statement, err := db.PrepareContext(ctx, "insert into bare (id, body) values ($1, $2)")
	if err != nil {
		return 0, err //nolint:wrapcheck // the caller says what it was doing
	}
	defer statement.Close() //nolint:errcheck // the connection goes too
	began, n := time.Now(), 0
	for time.Since(began) < long {
		n++
		if _, err := statement.ExecContext(ctx, fmt.Sprint(n), body); err != nil {
			return 0, err //nolint:wrapcheck // the caller says what it was doing
		}
	}
	return float64(n) / time.Since(began).Seconds(), nil
}
