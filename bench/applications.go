package bench

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"time"

	"loquet/account"
	"loquet/application"
	"loquet/audit"
	"loquet/house"
	"loquet/organisation"
)

// What applications should get: forward-auth beside the answers of a bare server; entries of a code and its tokens a
// second, and the processor time of one; how soon a second node honours that somebody has signed out.
const (
	leastForward = 0.6
	leastEntries = 500
	mostEntry    = 2    // ms
	mostRevoked  = 1000 // ms
)

// The application of the bench.
const (
	callback = "https://cantine.example/callback"
	verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
)

// register lets an application in whose tokens are signed by ES256.
func (r *run) register(h *house.House, o organisation.Organisation) error {
	r.secret = application.NewSecret()
	a := application.Application{
		ID: application.NewID(), Organisation: o.ID, Name: "Cantine", Kind: application.OpenID, Own: true, Created: time.Now(),
		Redirects: []string{callback}, Secret: application.DigestOf(r.secret), Signs: application.ES256,
		Rule: application.Rule{Roles: []account.Role{account.Famille}},
	}
	r.client = a.ID
	note := audit.Entry{Organisation: o.ID, At: a.Created, Act: audit.ApplicationAdded, Actor: audit.System}
	return h.DB.AddApplication(r.ctx, a, note) //nolint:wrapcheck // says what it was doing
}

// applications measures what the applications behind the door ask.
func (r *run) applications() error {
	cookie, err := r.session(r.ctx)
	if err != nil {
		return err
	}
	if err := r.forward(cookie); err != nil {
		return err
	}
	if err := r.entries(cookie); err != nil {
		return err
	}
	return r.revoked()
}

func (r *run) forward(cookie string) error {
	for _, clients := range []int{1, 8, 64} {
		var raw, all outcome
		for range r.rounds() {
			hello, err := r.asks(r.hello, clients, get("/", cookie), 200, "")
			if err != nil {
				return err
			}
			asked, err := r.asks(r.product, clients, get("/forward-auth", cookie), 200, "")
			if err != nil {
				return err
			}
			raw.join(hello)
			all.join(asked)
		}
		name := fmt.Sprintf("forward-auth, %d at once", clients)
		r.add(name, "/s", all.rate()).beside("bare net/http", raw.rate()).leastRatio(leastForward)
		r.add(name+": processor time", "µs", ms(all.each())*1000).beside("bare net/http", ms(raw.each())*1000)
		r.add(name+": slowest of 100", "ms", ms(all.at(0.99))).beside("bare net/http", ms(raw.at(0.99)))
	}
	return nil
}

// entries measures a whole entry on an open session: a code, and its tokens. Beside it stand two answers of a bare server.
func (r *run) entries(cookie string) error {
	ask, redeem := r.entry(cookie)
	for _, clients := range []int{1, 8} {
		var raw, all outcome
		for range r.rounds() {
			hello, err := r.asks(r.hello, clients, get("/", cookie), 200, "")
			if err != nil {
				return err
			}
			entered, err := load{child: r.product, clients: clients, long: r.long(2 * time.Second), want: 200,
				ask: func(c *connection, _ int) (answer, error) { return enterBy(c, ask, redeem) }}.run(r.ctx)
			if err != nil {
				return err
			}
			raw.join(hello)
			all.join(entered)
		}
		name := fmt.Sprintf("code and tokens on an open session, ES256, %d at once", clients)
		rate := r.add(name, "/s", all.rate()).beside("bare net/http, two answers", raw.rate()/2)
		if clients > 1 {
			rate.least(leastEntries)
		}
		r.add(name+": processor time", "ms", ms(all.each())).most(mostEntry)
		r.add(name+": slowest of 100", "ms", ms(all.at(0.99)))
	}
	return nil
}

// entry gives the request of an application, and what it redeems a code with.
func (r *run) entry(cookie string) (ask []byte, redeem func(code string) []byte) {
	sum := sha256.Sum256([]byte(verifier))
	q := url.Values{
		"client_id": {r.client}, "response_type": {"code"}, "redirect_uri": {callback}, "scope": {"openid profile email"},
		"state": {"s"}, "nonce": {"n"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
	return get("/oauth2/authorize?"+q.Encode(), cookie), func(code string) []byte {
		return post("/oauth2/token", "", url.Values{
			"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier},
			"client_id": {r.client}, "client_secret": {r.secret},
		})
	}
}

func enterBy(c *connection, ask []byte, redeem func(string) []byte) (answer, error) {
	a, err := c.ask(ask, false)
	if err != nil {
		return a, err
	}
	to, err := url.Parse(a.leads)
	if err != nil || !strings.HasPrefix(a.leads, callback) || to.Query().Get("code") == "" {
		return a, fmt.Errorf("no code: %d %s", a.status, a.leads)
	}
	return c.ask(redeem(to.Query().Get("code")), false)
}

// revoked signs somebody out at one node, and asks another until it knows. Without PostgreSQL there is but one.
func (r *run) revoked() error {
	other := r.product
	if r.Database != "" {
		first := r.product
		if err := r.serve(); err != nil {
			return err
		}
		other, r.product = r.product, first
		defer other.kill()
	}
	var slowest time.Duration
	for range 5 {
		took, err := r.revocation(r.ctx, other)
		if err != nil {
			return err
		}
		slowest = max(slowest, took)
	}
	where := "this node"
	if other != r.product {
		where = "a second node"
	}
	r.add("a sign-out is honoured by forward-auth on "+where+", slowest of 5", "ms", ms(slowest)).most(mostRevoked)
	return nil
}

func (r *run) revocation(ctx context.Context, other *child) (time.Duration, error) {
	cookie, err := r.session(ctx)
	if err != nil {
		return 0, err
	}
	asks, err := dial(ctx, other.address)
	if err != nil {
		return 0, err
	}
	defer asks.Close() //nolint:errcheck // nothing is left in it
	if a, err := asks.ask(get("/forward-auth", cookie), false); err != nil || a.status != 200 {
		return 0, fmt.Errorf("before the sign-out: %d %w", a.status, err)
	}
	leaves, err := dial(ctx, r.product.address)
	if err != nil {
		return 0, err
	}
	defer leaves.Close() //nolint:errcheck // nothing is left in it
	if a, err := leaves.ask(post("/signout", cookie, nil), false); err != nil || a.status != 303 {
		return 0, fmt.Errorf("signing out: %d %w", a.status, err)
	}
	for began := time.Now(); ; {
		a, err := asks.ask(get("/forward-auth", cookie), false)
		switch {
		case err != nil:
			return 0, err
		case a.status == 401:
			return time.Since(began), nil
		case time.Since(began) > 10*time.Second:
			return 0, fmt.Errorf("ten seconds after the sign-out: %d", a.status)
		}
	}
}
