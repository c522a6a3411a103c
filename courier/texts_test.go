package courier_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"loquet/account"
	"loquet/courier"
	"loquet/courier/couriertest"
	"loquet/organisation"
	"loquet/text"
)

const linkToken = "u8Kq2Zr4Tn6Vb9Xc3Md5Pf7Hj1Lw0Sg-Ya_Eo2RiTkA"

// message is a text message to somebody who does not exist.
func message(kind courier.Kind, change ...func(*courier.Letter)) courier.Letter {
	l := courier.Letter{
		ID: "sample-text", Kind: kind, To: "+33612345678", Secret: linkToken, PortalURL: "https://famille.saint-loup.example",
		Organisation: organisation.Organisation{Name: "Ville de Saint-Loup", Language: "fr", Wording: organisation.Password},
		Person:       account.Account{GivenName: "Claire"}, NewAddress: "…42", Mobile: true,
		Created: time.Date(2026, 9, 3, 9, 2, 0, 0, time.UTC),
	}
	for _, c := range change {
		c(&l)
	}
	return l
}

// addressTexts are those about a change of an address; the desk's have tests of their own.
var addressTexts = []courier.Kind{courier.ConfirmMobile, courier.MobileNotice}

// variants gives each text message in each language and pack, about either address, asked by either.
func variants() []courier.Letter {
	var all []courier.Letter
	for _, language := range text.Languages {
		for _, wording := range []organisation.Wording{organisation.Password, organisation.Key} {
			for _, by := range []string{"", "Sylvie Payet"} {
				for _, mobile := range []bool{true, false} {
					for _, kind := range addressTexts {
						all = append(all, message(kind, func(l *courier.Letter) {
							l.Person.Language, l.Organisation.Wording, l.AskedBy, l.Mobile = language, wording, by, mobile
							if !mobile {
								l.NewAddress = "c…n@orange.example"
							}
						}))
					}
				}
			}
		}
	}
	return all
}

func TestTextsAreShortAndWhole(t *testing.T) {
	for _, l := range variants() {
		body, err := courier.RenderText(l)
		if err != nil {
			t.Fatalf("%s: %v", l.Kind, err)
		}
		link := l.PortalURL + "/stop/" + linkToken
		if l.Kind == courier.ConfirmMobile {
			link = l.PortalURL + "/confirm/" + linkToken
		}
		switch {
		case !strings.HasSuffix(body, " "+link), strings.Count(body, "http") != 1:
			t.Errorf("%s: the link does not end %q", l.Kind, body)
		case strings.ContainsAny(body, "\u202f\u00a0’«»…⟦<{"):
			t.Errorf("%s: %q holds what is not in GSM 03.38 or not filled in", l.Kind, body)
		case utf8.RuneCountInString(body) > 230:
			t.Errorf("%s: %q has %d characters", l.Kind, body, utf8.RuneCountInString(body))
		case l.Kind == courier.MobileNotice && l.AskedBy != "" && !strings.Contains(body, l.AskedBy):
			t.Errorf("%q does not say who asked", body)
		case l.Kind == courier.MobileNotice && !l.Mobile && !strings.Contains(body, "mail"):
			t.Errorf("%q does not say what changes", body)
		}
	}
}

// The names that people give never make a text message longer than two parts, nor bring in another script or line.
func TestATK081HostileNamesStayShortInTexts(t *testing.T) {
	for _, name := range []string{
		strings.Repeat("Très long ", 60), "Mairie\r\nBcc: x", "Мэрия", "🏫🏫🏫", "{{.Organisation}}", strings.Repeat("€", 500), "a\x00b\u202e",
		"Cœur d’Ærø – « Œuvre » ê ï",
	} {
		for _, kind := range addressTexts {
			body, err := courier.RenderText(message(kind, func(l *courier.Letter) {
				l.Organisation.Name, l.AskedBy, l.NewAddress = name, name, name
			}))
			if err != nil {
				t.Errorf("%q: %v", name, err)
				continue
			}
			if n := utf8.RuneCountInString(body); n > courier.LongestText || strings.ContainsAny(body, "\r\n\x00\u202e🏫М€{") {
				t.Errorf("%q gives %d characters: %q", name, n, body)
			}
			if strings.HasPrefix(name, "C") && !strings.Contains(body, "Coeur d'Ærø - \" OEuvre \" e i") {
				t.Errorf("%q gives %q", name, body)
			}
		}
	}
}

func TestUnfitTexts(t *testing.T) {
	for name, change := range map[string]func(*courier.Letter){
		"a letter":         func(l *courier.Letter) { l.Kind = courier.Link },
		"no ID":            func(l *courier.Letter) { l.ID = "" },
		"two numbers":      func(l *courier.Letter) { l.To = "+33612345678,+33612345679" },
		"a national one":   func(l *courier.Letter) { l.To = "0612345678" },
		"an address":       func(l *courier.Letter) { l.To = "claire@orange.example" },
		"no secret":        func(l *courier.Letter) { l.Secret = "" },
		"a broken secret":  func(l *courier.Letter) { l.Secret = "a b" },
		"a second secret":  func(l *courier.Letter) { l.SecretCode = "4HTR-9KMW-P7XC" },
		"a foreign portal": func(l *courier.Letter) { l.PortalURL = "https://a.example/x" },
		"a huge host":      func(l *courier.Letter) { l.PortalURL = "https://" + strings.Repeat("a", 250) + ".example" },
	} {
		if body, err := courier.RenderText(message(courier.ConfirmMobile, change)); !errors.Is(err, courier.Unfit) {
			t.Errorf("%s gives %q, %v", name, body, err)
		}
	}
	if _, err := courier.Render(message(courier.ConfirmMobile), mailbox(t)); !errors.Is(err, courier.Unfit) {
		t.Errorf("a text message as a letter gives %v", err)
	}
}

func TestCaughtTextsAreNewestFirst(t *testing.T) {
	now := time.Date(2026, 9, 3, 9, 2, 0, 0, time.UTC)
	c := courier.NewTextCatcher(func() time.Time { return now })
	for _, body := range []string{"one", "two"} {
		if err := c.SendText(t.Context(), "+33612345678", body); err != nil {
			t.Fatal(err)
		}
	}
	newest := c.Texts(10)
	if len(newest) != 2 || newest[0] != (courier.CaughtText{To: "+33612345678", Body: "two", Date: now}) || newest[1].Body != "one" {
		t.Errorf("caught %+v", newest)
	}
	if m, err := c.Wait(t.Context(), "+33612345678"); err != nil || m.Body != "two" || len(c.Texts(1)) != 1 {
		t.Errorf("waited for %+v, %v", m, err)
	}
}

// gateway answers as a test wishes, and keeps what it takes.
type gateway struct {
	*courier.TextCatcher

	says error
}

func (g gateway) SendText(ctx context.Context, to, body string) error {
	if g.says != nil {
		return g.says
	}
	return g.TextCatcher.SendText(ctx, to, body) //nolint:wrapcheck // as it is
}

// Text messages go through the same outbox, to the gateway and never to the mail server.
func TestTextsLeaveByTheGateway(t *testing.T) {
	for name, test := range map[string]struct {
		gateway *gateway
		ends    func(couriertest.Row) bool
		taken   int
	}{
		"taken":              {&gateway{}, state(courier.Sent), 1},
		"no such number":     {&gateway{says: courier.Refusal{Code: 422, Said: "no such number", Final: true}}, state(courier.Failed), 0},
		"not now":            {&gateway{says: courier.Refusal{Code: 503, Said: "later"}}, tried(1), 0},
		"without a gateway":  {nil, tried(1), 0},
		"the link in answer": {&gateway{says: courier.Refusal{Code: 400, Said: "bad " + linkToken, Final: true}}, state(courier.Failed), 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPost(t)
			caught := courier.NewTextCatcher(p.clock)
			if test.gateway != nil {
				p.texts = gateway{caught, test.gateway.says}
			}
			p.prepare = func(_ context.Context, i courier.Item) (courier.Letter, error) {
				l := message(i.Kind)
				l.To = i.Recipient
				return l, nil
			}
			p.work()
			i := item("text", "+33612345678")
			i.Kind = courier.ConfirmMobile
			p.outbox.Put(i)
			p.until(name, test.ends)
			if len(p.server.Taken()) > 0 || len(caught.Texts(9)) != test.taken {
				t.Errorf("the mail server took %d, the gateway %d", len(p.server.Taken()), len(caught.Texts(9)))
			}
			if said := p.outbox.Rows()[0].Said; strings.Contains(said, linkToken) || strings.Contains(p.logged(), linkToken) {
				t.Errorf("the link is kept: %q", said)
			}
		})
	}
}
