package relying

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"loquet/account"
	"loquet/admin"
	"loquet/application"
	"loquet/audit"
	"loquet/config"
	"loquet/courier"
	"loquet/house"
	"loquet/house/housetest"
	"loquet/organisation"
	"loquet/store"
	"loquet/store/storetest"
)

// chosen is the password of everybody whom knows was called for.
const chosen = "Lilas-Bleu-74"

// patience is how long a test waits for what should take a moment.
const patience = 20 * time.Second

func TestMain(m *testing.M) { storetest.Main(m) }

// estate is the whole house on a port of its own, with the clock of the machine, as other programs see it.
type estate struct {
	*house.House

	Town   organisation.Organisation // storetest.Town, on famille.localhost and the port
	School organisation.Organisation // storetest.School, on autoecole.localhost and the port
	Port   string
	Log    *housetest.Log
}

// open opens the house on a fresh SQLite database.
func open(t testing.TB, change ...func(*config.Settings)) *estate {
	t.Helper()
	return openOn(t, storetest.SQLite(t), change...)
}

// loopbackApplications lets notices of log-out go to applications on this machine.
func loopbackApplications(s *config.Settings) { s.ApplicationNetworks = []string{"127.0.0.0/8", "::1"} }

// openOn opens the house on a database, with a worker that delivers, until the test ends.
func openOn(t testing.TB, url string, change ...func(*config.Settings)) *estate {
	t.Helper()
	e := &estate{Log: &housetest.Log{}}
	server := httptest.NewUnstartedServer(nil)
	_, e.Port, _ = net.SplitHostPort(server.Listener.Addr().String())
	s := housetest.Settings()
	s.Listen = server.Listener.Addr().String()
	for _, c := range change {
		c(&s)
	}
	db := storetest.Open(t, url)
	e.Town = moved(t, db, storetest.Town(t, db), "famille.localhost:"+e.Port)
	e.School = moved(t, db, storetest.School(t, db), "autoecole.localhost:"+e.Port)
	log := slog.New(slog.NewJSONHandler(e.Log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	if e.House, err = house.Join(db, s, bytes.Repeat([]byte{7}, 32), log, time.Now); err != nil {
		t.Fatal(err)
	}
	web, err := e.Web(s)
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = web.Handler()
	server.Start()
	stop := e.deliver(t)
	t.Cleanup(func() {
		server.Close()
		stop()
		e.Settle()
		if t.Failed() {
			t.Logf("the house logged:\n%s", e.Log)
		}
	})
	return e
}

// moved gives an organisation another host name.
func moved(t testing.TB, db *store.DB, o organisation.Organisation, host string) organisation.Organisation {
	t.Helper()
	o.Hosts = []string{host}
	note := audit.Entry{Organisation: o.ID, At: time.Now(), Act: audit.OrganisationChanged, Actor: audit.System}
	if err := db.UpdateOrganisation(t.Context(), o, note); err != nil {
		t.Fatal(err)
	}
	kept, err := db.Organisation(t.Context(), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

// deliver runs a worker: notices of log-out go through the outbox.
func (e *estate) deliver(t testing.TB) (stop func()) {
	t.Helper()
	catcher, err := courier.NewCatcher("portail@loquet.example")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { _ = e.Worker(catcher).Run(ctx) }) // gives no error
	return func() {
		cancel()
		work.Wait()
	}
}

// issuer is the public address of an organisation's portal, without a slash at its end.
func issuer(o organisation.Organisation) string { return "http://" + o.Host() }

// knows gives somebody the password chosen, and gives their account.
func (e *estate) knows(t testing.TB, o organisation.Organisation, identifier string) account.Account {
	t.Helper()
	person := storetest.Person(t, e.DB, o, identifier)
	old, err := e.DB.Hash(t.Context(), o.ID, person.ID)
	if err != nil {
		t.Fatal(err)
	}
	hash, err := e.Hasher.Hash(t.Context(), chosen)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.DB.StoreHash(t.Context(), o.ID, person.ID, old, hash); err != nil {
		t.Fatal(err)
	}
	return person
}

// registers lets an application in. What is not said is as most have it: OpenID, the organisation's own, RS256, and a
// secret unless it is public. It gives what was kept, and the secret.
func (e *estate) registers(
	t testing.TB, o organisation.Organisation, a application.Application,
) (kept application.Application, secret string) {
	t.Helper()
	a.ID, a.Organisation, a.Own, a.Created = application.NewID(), o.ID, true, time.Now()
	if a.Kind == "" {
		a.Kind = application.OpenID
	}
	if a.Template == "" {
		a.Template = map[application.Kind]application.Template{
			application.OpenID: application.AnyOpenID, application.Forward: application.AnyForward,
		}[a.Kind]
	}
	if a.Signs == "" {
		a.Signs = application.RS256
	}
	if a.Kind == application.OpenID && !a.Public {
		secret = application.NewSecret()
		a.Secret = application.DigestOf(secret)
	}
	note := audit.Entry{
		Organisation: o.ID, At: a.Created, Act: audit.ApplicationAdded, Actor: audit.System, Target: a.ID, Detail: a.Name,
	}
	if err := e.DB.AddApplication(t.Context(), a, note); err != nil {
		t.Fatalf("registering %s: %v", a.Name, err)
	}
	kept, err := e.DB.Application(t.Context(), o.ID, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	return kept, secret
}

// stops closes an account, as a manager does.
func (e *estate) stops(t testing.TB, person account.Account) {
	t.Helper()
	err := e.DB.ApplyAdmin(t.Context(), admin.Change{
		Now: time.Now(), Organisation: person.Organisation, Account: person.ID, State: account.Disabled,
		EndSessions: true, EndSecrets: true,
		Note: audit.Entry{
			Organisation: person.Organisation, At: time.Now(), Act: audit.AccountStopped, Actor: audit.System, Target: person.ID,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// echo is a program behind a proxy: it answers with the header and the body that it was sent, a line « Name: value »
// each, in the order of their names. It keeps names as they came, so that a smuggled one shows.
func echo(t testing.TB) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("Request: " + r.Method + " " + r.URL.RequestURI() + "\n"))
		_ = r.Header.Write(w)
		body, _ := io.ReadAll(r.Body)
		_, _ = w.Write([]byte("Body: " + string(body) + "\n"))
	}))
	t.Cleanup(s.Close)
	return s
}

// said gives the value of a header in what echo answered, empty for none.
func said(body, name string) string {
	for line := range strings.Lines(body) {
		if key, value, ok := strings.Cut(line, ": "); ok && strings.EqualFold(key, name) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// until waits for something to become true.
func until(t testing.TB, what string, is func() bool) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-deadline.C:
			t.Fatalf("waited %v in vain until %s", patience, what)
		case <-tick.C:
		}
	}
}
