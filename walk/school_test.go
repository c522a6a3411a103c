package walk

import (
	"testing"
	"time"

	"loquet/account"
	"loquet/house/housetest"
	"loquet/store/storetest"
)

// member reads an account of the school.
func (h *home) member(t testing.TB, identifier string) account.Account {
	t.Helper()
	return storetest.Person(t, h.DB, h.School, identifier)
}

// opensUp signs in at the school, with « je reste connecté(e) » ticked or not.
func (v *visitor) opensUp(identifier, key string, stay bool) {
	v.t.Helper()
	v.opens(school, "/signin")
	v.types("Identifiant", identifier)
	v.types("Clé", key)
	if stay {
		v.ticks("je reste connecté(e)")
	}
	v.clicks("Entrer")
}

func TestH1FrontPageOfASchool(t *testing.T) {
	walksIn(t, extremes, func(t *testing.T, h *home, v *visitor) {
		v.opens(school, "/")
		v.at("/signin")
		v.wants("Auto-école du Lac", "Identifiant", "Clé", "je reste connecté(e)",
			"Il est conseillé de ne pas cocher cette case si votre matériel est utilisé par plusieurs personnes ou s’il est facilement accessible.",
			"Entrer", "Clé oubliée ?")
		v.lacks("Mot de passe")
		v.has(labelled("je reste connecté(e)")+`.checked === false`, "box that is not ticked")
		for _, one := range []struct {
			identifier string
			stay, kept bool
		}{
			{storetest.Bureau, false, false}, {storetest.Bureau, true, true}, {storetest.Teacher, true, true},
			{storetest.Manager, true, false}, // who runs the school is never remembered
		} {
			h.knows(t, h.member(t, one.identifier), before)
			v.opensUp(one.identifier, before, one.stay)
			v.at("/home")
			v.wants("Bienvenue à l’auto-école", storetest.Person(t, h.DB, h.School, one.identifier).Name())
			c := v.cookie()
			switch {
			case c == nil || !c.HTTPOnly:
				t.Fatalf("%s has no cookie that scripts cannot read: %+v", one.identifier, c)
			case c.Session == one.kept:
				t.Errorf("%s, ticked %v: the cookie ends with the window: %v", one.identifier, one.stay, c.Session)
			case one.kept && time.Unix(int64(c.Expires), 0).After(time.Now().Add(30*24*time.Hour+time.Minute)):
				t.Errorf("%s is remembered until %v", one.identifier, c.Expires)
			}
			v.clicks("Se déconnecter")
		}
		v.opens(school, "/signin")
		v.types("Identifiant", storetest.Bureau)
		v.types("Clé", "rien-de-bon")
		v.wrong(v.clicks("Entrer"), "Clé")
		v.wants("Cet identifiant et cette clé ne vont pas ensemble.")
	})
}

func TestH2ForgottenKey(t *testing.T) {
	const mailbox = "bureau@autoecole-du-lac.example"
	walksIn(t, extremes, func(t *testing.T, h *home, v *visitor) {
		asks := func(identifier, email string) (page string) {
			v.opens(school, "/")
			v.clicks("Clé oubliée ?")
			v.types("Identifiant", identifier)
			v.types("Adresse e-mail de référence", email)
			v.clicks("Renouveler ma clé")
			v.at("/recover/sent")
			return v.reads()
		}
		right := asks(storetest.Bureau, mailbox)
		v.wants("Si un compte correspond, une clé temporaire vient de vous être envoyée", "Cliquez ici pour vous reconnecter")
		letter := h.Letter(t, mailbox, 0)
		h.Quiet(t)
		count := h.Catcher.Total()
		for identifier, email := range map[string]string{
			storetest.Bureau: "inconnu@autoecole-du-lac.example", "AUTOECOLE.PERSONNE": mailbox, storetest.Teacher: mailbox,
		} {
			if asks(identifier, email) != right {
				t.Errorf("the page tells the wrong pair %s, %s from the right one", identifier, email)
			}
		}
		if n := len(h.letters(t, count)); n != 0 {
			t.Errorf("%d letters for wrong pairs", n)
		}
		v.opensUp(storetest.Bureau, housetest.Secret(t, letter), false)
		v.at("/renew")
		v.wants("Choisissez votre clé", "Nouvelle clé", "Confirmation de la clé")
		v.types("Nouvelle clé", chosen)
		v.types("Confirmation de la clé", chosen)
		v.clicks("Enregistrer")
		v.at("/signin")
		v.wants("Votre nouvelle clé est enregistrée.")
		v.opensUp(storetest.Bureau, chosen, false)
		v.at("/home")
		v.opens(school, "/recover")
		v.wrong(v.clicks("Renouveler ma clé"), "Adresse e-mail de référence")
	})
}
