package courier_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"loquet/account"
	"loquet/courier"
	"loquet/organisation"
	"loquet/text"
)

// A SlipText is short, says who printed the slip, and ends with where to make it worthless; it opens nothing.
func TestATK081SlipTextsAreShortAndWhole(t *testing.T) {
	for _, language := range text.Languages {
		for _, wording := range []organisation.Wording{organisation.Password, organisation.Key} {
			for _, name := range []string{"Sylvie Payet", strings.Repeat("Très long ", 60), "Мэрия", "a\r\n\x00\u202e🏫"} {
				l := message(courier.SlipText, func(l *courier.Letter) {
					l.Secret, l.AskedBy, l.Organisation.Name = "", name, name
					l.Person.Language, l.Organisation.Wording = language, wording
				})
				body, err := courier.RenderText(l)
				if err != nil {
					t.Fatalf("%q: %v", name, err)
				}
				if !strings.HasSuffix(body, " "+l.PortalURL+"/signin") || strings.Count(body, "http") != 1 ||
					strings.ContainsAny(body, "\u202f\u00a0’«»…⟦<{\r\n\x00\u202e🏫М") || utf8.RuneCountInString(body) > courier.LongestText {
					t.Errorf("%q is told as %q", name, body)
				}
				if name == "Sylvie Payet" && !strings.Contains(body, name) {
					t.Errorf("%q does not say who printed it", body)
				}
			}
		}
	}
	if _, err := courier.RenderText(message(courier.SlipText)); err == nil {
		t.Error("a text message about a slip carries a secret")
	}
}

// Only who has proven to be reached is told; what the outbox keeps of it comes back, and opens nothing.
func TestWhoIsToldOfASlip(t *testing.T) {
	said := courier.SlipSaid{AskedBy: "Sylvie Payet", Device: "Firefox – Windows", Asked: time.Unix(1, 0).UTC(), Expires: time.Unix(9, 0).UTC()}
	person := account.Account{ID: "claire", Organisation: "town", Mobile: "+33612345678", Emails: []account.Email{
		{Address: "a@orange.example", Proven: true}, {Address: "b@orange.example"}, {Address: "c@orange.example", Proven: true},
	}}
	newID := func() string { return "id" }
	told := func(texts bool) (to string) {
		for _, i := range said.Items(person, texts, newID) {
			to += string(i.Kind) + " " + i.Recipient + "\n"
			var back courier.SlipSaid
			if err := json.Unmarshal(i.Payload, &back); err != nil || back != said {
				t.Errorf("%s comes back as %+v, %v", i.Payload, back, err)
			}
		}
		return to
	}
	letters := "slip-notice a@orange.example\nslip-notice c@orange.example\n"
	if got := told(true); got != letters {
		t.Errorf("an unproven mobile: %q", got)
	}
	person.MobileProven = true
	if got := told(true); got != letters+"slip-text +33612345678\n" {
		t.Errorf("all that is proven: %q", got)
	}
	if got := told(false); got != letters {
		t.Errorf("without a gateway: %q", got)
	}
}
