package courier_test

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"loquet/courier"
	"loquet/courier/couriertest"
	"loquet/organisation"
	"loquet/text"
)

const platform = "assistance.example"

// callerCode is the text message with the code 012345.
func callerCode(change ...func(*courier.Letter)) courier.Letter {
	return message(courier.CallerCode, append([]func(*courier.Letter){func(l *courier.Letter) {
		l.Secret, l.Host, l.Expires = "012345", platform, l.Created.Add(10*time.Minute)
	}}, change...)...)
}

// deskText is a text message about an act that will be done.
func deskText(act string, change ...func(*courier.Letter)) courier.Letter {
	return message(courier.DeskText, append([]func(*courier.Letter){func(l *courier.Letter) {
		l.Desk = courier.DeskSaid{
			Act: act, Case: "K7P3QX", Operator: "OP.SOPHIE", New: "m…n@laposte.example", Until: l.Created.Add(24 * time.Hour),
		}
	}}, change...)...)
}

// done makes of a text message one about what is done.
func done(l *courier.Letter) { l.Secret, l.Desk.Until = "", time.Time{} }

// aboutAnother makes it one to another manager.
func aboutAnother(l *courier.Letter) { l.Desk.Manager = true }

// everyWording gives a text message in each language and pack.
func everyWording(l courier.Letter) (all []courier.Letter) {
	for _, language := range text.Languages {
		for _, wording := range []organisation.Wording{organisation.Password, organisation.Key} {
			l.Person.Language, l.Organisation.Wording = language, wording
			all = append(all, l)
		}
	}
	return all
}

// ATK-075: whoever is called and asked for the code reads in it that only the operator whom one has called may hear it;
// MAIL-18: its last line binds it to the platform's pages.
func TestATK075ACallerCodeSaysWhoMayHearIt(t *testing.T) {
	body, err := courier.RenderText(callerCode())
	want := "Votre code pour l'assistance : 012 345. Ne le dites qu'à l'opérateur que VOUS avez appelé. Personne d'autre n'en a besoin. " +
		"Valable 10 minutes, jusqu'à 11 h 12. Ville de Saint-Loup\n@assistance.example #012345"
	if err != nil || body != want {
		t.Errorf("%q, %v", body, err)
	}
	lastLine := regexp.MustCompile(`\n@assistance\.example #012345$`)
	for _, l := range everyWording(callerCode()) {
		body, err := courier.RenderText(l)
		if err != nil || !lastLine.MatchString(body) || strings.Count(body, "\n") != 1 || strings.Contains(body, "http") {
			t.Errorf("%q, %v", body, err)
		}
		if !strings.Contains(body, "VOUS") && !strings.Contains(body, "YOU") {
			t.Errorf("%q does not say who may hear it", body)
		}
	}
	bare, err := courier.RenderText(callerCode(func(l *courier.Letter) { l.Host = "" }))
	if err != nil || bare != strings.TrimSuffix(want, "\n@assistance.example #012345") {
		t.Errorf("without a host: %q, %v", bare, err)
	}
}

// What the desk does is told in one message that fits in two parts, with the case, without the operator and with a new
// address only as it was masked; a link when there is still something to stop.
func TestEveryDeskTextIsShortAndWhole(t *testing.T) {
	for _, act := range courier.DeskActs {
		for name, change := range map[string]func(*courier.Letter){
			"will": func(*courier.Letter) {}, "done": done, "other": aboutAnother,
			"other done": func(l *courier.Letter) { done(l); aboutAnother(l) },
			"long": func(l *courier.Letter) {
				l.PortalURL = "https://famille.communaute-de-communes-haute-comte.example"
				l.Organisation.Name = "Communauté de communes de la Haute Comté et du Val de Semouse"
			},
		} {
			for _, l := range everyWording(deskText(act, change)) {
				body, err := courier.RenderText(l)
				link := l.PortalURL + "/stop/" + l.Secret
				switch {
				case err != nil:
					t.Errorf("%s %s: %v", act, name, err)
				case utf8.RuneCountInString(body) > courier.LongestText, strings.ContainsAny(body, "\n\u202f\u00a0’«»…⟦<{"):
					t.Errorf("%s %s: %d characters: %q", act, name, utf8.RuneCountInString(body), body)
				case (l.Secret != "") != strings.HasSuffix(body, ": "+link), l.Secret == "" && strings.Contains(body, "http"):
					t.Errorf("%s %s: the link is amiss: %q", act, name, body)
				case !strings.Contains(body, "K7P3QX"), strings.Contains(body, "SOPHIE"):
					t.Errorf("%s %s: names no case, or an operator: %q", act, name, body)
				case strings.Contains(body, "laposte") == l.Desk.Manager && name != "long":
					t.Errorf("%s %s: tells the wrong person of the new address: %q", act, name, body)
				case strings.Contains(body, "Claire") != l.Desk.Manager:
					t.Errorf("%s %s: is not about the right person: %q", act, name, body)
				}
			}
		}
	}
}

func TestUnfitDeskTexts(t *testing.T) {
	for name, l := range map[string]courier.Letter{
		"a code of five":       callerCode(func(l *courier.Letter) { l.Secret = "12345" }),
		"a code of letters":    callerCode(func(l *courier.Letter) { l.Secret = "12345a" }),
		"a code and a link":    callerCode(func(l *courier.Letter) { l.SecretCode = "123456" }),
		"a code without end":   callerCode(func(l *courier.Letter) { l.Expires = time.Time{} }),
		"a host with a port":   callerCode(func(l *courier.Letter) { l.Host = "localhost:8080" }),
		"a host with a scheme": callerCode(func(l *courier.Letter) { l.Host = "https://assistance.example" }),
		"a host of two lines":  callerCode(func(l *courier.Letter) { l.Host = "a.example #1\n@evil.example" }),
		"an unknown act":       deskText("open-everything"),
		"no case":              deskText("send-access", func(l *courier.Letter) { l.Desk.Case = "" }),
		"a link too late":      deskText("send-access", func(l *courier.Letter) { l.Desk.Until = time.Time{} }),
		"a link with a path":   deskText("send-access", func(l *courier.Letter) { l.Secret = "../../enter" }),
	} {
		if body, err := courier.RenderText(l); !errors.Is(err, courier.Unfit) {
			t.Errorf("%s gives %q, %v", name, body, err)
		}
	}
	if _, err := courier.RenderText(callerCode(func(l *courier.Letter) { l.To = "+33612345678\r\nX: 1" })); !errors.Is(err, courier.Unfit) {
		t.Errorf("a number with a line gives %v", err)
	}
}

// Names never bring a second line, another code or a third part into the desk's messages.
func TestATK081HostileNamesStayOneLineAtTheDesk(t *testing.T) {
	for _, name := range hostile {
		spoil := func(l *courier.Letter) {
			l.Organisation.Name, l.Person.GivenName, l.Desk.New, l.Desk.Case = name, name, name, name
		}
		for _, l := range []courier.Letter{
			callerCode(spoil), deskText("replace-address", spoil), deskText("reset-factors", spoil, aboutAnother),
		} {
			body, err := courier.RenderText(l)
			if err != nil {
				t.Errorf("%q: %v", name, err)
				continue
			}
			lines := strings.Split(body, "\n")
			if want := 1 + strings.Count(string(l.Kind), "caller"); len(lines) != want || utf8.RuneCountInString(body) > courier.LongestText ||
				strings.ContainsAny(body, "\r\x00\u202e\u2028\u0085") {
				t.Errorf("%q gives %q", name, body)
			}
		}
	}
}

// What is said in full to nobody: the address that comes is masked in every letter to the old ones.
func TestWhatTheOutboxKeepsOfADeskNotice(t *testing.T) {
	said := courier.DeskSaid{Act: "name-manager", Case: "K7P3QX", Operator: "OP.SOPHIE", New: "s…e@lac.example", Until: start, Manager: true}
	kept, err := json.Marshal(said)
	if err != nil {
		t.Fatal(err)
	}
	var back courier.DeskSaid
	if err := json.Unmarshal(kept, &back); err != nil || back != said {
		t.Errorf("%s comes back as %+v, %v", kept, back, err)
	}
}

// ATK-075: a gateway that repeats the message in its refusal leaves nothing of the code where operators read it.
func TestATK075NoCodeInWhatTheGatewaySaid(t *testing.T) {
	p := newPost(t)
	echo := courier.Refusal{Code: 400, Said: "cannot send 'Votre code : 012 345', 012%20345, MDEyIDM0NQ== @assistance.example #012345", Final: true}
	p.texts = gateway{courier.NewTextCatcher(p.clock), echo}
	p.prepare = func(_ context.Context, i courier.Item) (courier.Letter, error) {
		return callerCode(func(l *courier.Letter) { l.To, l.Expires = i.Recipient, i.Expires }), nil
	}
	p.work()
	i := item("code", "+33612345678")
	i.Kind, i.Expires = courier.CallerCode, start.Add(10*time.Minute)
	p.outbox.Put(i)
	p.until("given up", state(courier.Failed))
	for _, place := range []string{p.outbox.Rows()[0].Said, p.logged()} {
		if !strings.Contains(place, "400 the text gateway did not take it") || strings.Contains(place, "345") || strings.Contains(place, "MDEy") {
			t.Errorf("it is kept: %q", place)
		}
	}
}

// budget lets through as a test wishes.
type budget struct {
	wait  time.Duration
	err   error
	asked []string
}

func (b *budget) Allow(_ context.Context, organisation, number string, _ time.Time) (time.Duration, error) {
	b.asked = append(b.asked, organisation+" "+number)
	return b.wait, b.err
}

// A text message over its budget waits as long as told and is not handed over; one whose secret ends meanwhile is given
// up; one that could never be written costs nothing.
func TestTextsOverTheirBudgetWait(t *testing.T) {
	for name, test := range map[string]struct {
		budget budget
		spoil  bool
		ends   func(couriertest.Row) bool
		asked  int
		taken  int
		due    time.Duration // after which it is tried again
	}{
		"within it":               {budget{}, false, state(courier.Sent), 1, 1, 0},
		"over it":                 {budget{wait: 4 * time.Minute}, false, tried(1), 1, 0, 4 * time.Minute},
		"over it for too long":    {budget{wait: time.Hour}, false, state(courier.Failed), 1, 0, 0},
		"it cannot be counted":    {budget{err: errors.New("the disk is full")}, false, tried(1), 1, 0, time.Minute},
		"it could not be written": {budget{}, true, state(courier.Failed), 0, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPost(t)
			caught := courier.NewTextCatcher(p.clock)
			p.texts, p.budget = caught, &test.budget
			p.prepare = func(_ context.Context, i courier.Item) (courier.Letter, error) {
				return callerCode(func(l *courier.Letter) {
					l.To, l.Expires = i.Recipient, i.Expires
					if test.spoil {
						l.Host = "no host"
					}
				}), nil
			}
			p.work()
			i := item("code", "+33612345678")
			i.Kind, i.Expires = courier.CallerCode, start.Add(10*time.Minute)
			p.outbox.Put(i)
			p.until(name, test.ends)
			p.stop()
			if len(test.budget.asked) != test.asked || len(caught.Texts(9)) != test.taken {
				t.Errorf("asked %q, taken %d", test.budget.asked, len(caught.Texts(9)))
			}
			if row := p.outbox.Rows()[0]; row.State == courier.Waiting && !row.Due.Equal(start.Add(test.due)) {
				t.Errorf("due %v", row.Due)
			}
			if test.asked > 0 && test.budget.asked[0] != "town +33612345678" {
				t.Errorf("counted for %q", test.budget.asked)
			}
		})
	}
}
