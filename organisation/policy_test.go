package organisation

import (
	"slices"
	"testing"
	"time"

	"loquet/account"
	"loquet/session"
)

func TestEveryPresetMayBeUsed(t *testing.T) {
	for _, p := range Presets {
		if wrong := p.Policy().Check(); len(wrong) != 0 {
			t.Errorf("%s: %v", p, wrong)
		}
		for _, role := range account.Roles {
			if l := p.Policy().LimitsFor(role); l.Idle <= 0 || l.Absolute < l.Idle {
				t.Errorf("%s, %s: %+v", p, role, l)
			}
		}
	}
	seed, strict := PortailFamille.Policy(), Strict.Policy()
	if p := seed.Password; p.MinLength != 8 || !p.Upper || !p.Lower || !p.Digit || AutoEcole.Policy().Password != p {
		t.Errorf("the seeds' rule is %+v", p)
	}
	if p := Default.Policy().Password; p.MinLength != 12 || p.Upper || p.Lower || p.Digit {
		t.Errorf("the default rule is %+v", p)
	}
	if strict.Password.MinLength != 15 || strict.OffersRemember() || !seed.OffersRemember() {
		t.Errorf("strict is %+v", strict)
	}
	if AutoEcole.Wording() != Key || PortailFamille.Wording() != Password || Preset("else").Policy().Password.MinLength != 12 {
		t.Error("wording or fallback of a preset")
	}
}

func TestPoliciesThatCannotBeLivedWithAreRefused(t *testing.T) {
	limits := func(role account.Role, l session.Limits) func(*Policy) {
		return func(p *Policy) { p.Sessions[role] = l }
	}
	hour := session.Limits{Idle: time.Hour, Absolute: time.Hour}
	for want, change := range map[Refusal]func(*Policy){
		PasswordTooShort:  func(p *Policy) { p.Password.MinLength = 7 },
		PasswordTooLong:   func(p *Policy) { p.Password.MinLength = 65 },
		RecoveryTooLong:   func(p *Policy) { p.Recovery.Lifetime = 24*time.Hour + 1 },
		RecoveryTooShort:  func(p *Policy) { p.Recovery.Lifetime = 5*time.Minute - 1 },
		RecoveryUnknown:   func(p *Policy) { p.Recovery.Send = "pigeon" },
		RememberTooLong:   limits(account.Famille, session.Limits{Idle: 1, Absolute: 1, Remember: LongestRemember + 1}),
		RememberForbidden: limits(account.Gerant, session.Limits{Idle: 1, Absolute: 1, Remember: time.Hour}),
		SessionWithoutEnd: limits(account.Moniteur, session.Limits{Idle: time.Hour}),
	} {
		p := Default.Policy()
		for _, role := range account.Roles {
			p.Sessions[role] = hour
		}
		change(&p)
		if wrong := p.Check(); !slices.Equal(wrong, []Refusal{want}) {
			t.Errorf("want %s, got %v", want, wrong)
		}
	}
	p := Default.Policy()
	p.Recovery.Ask = "everything"
	if !slices.Contains(p.Check(), RecoveryUnknown) {
		t.Error("an unknown question is accepted")
	}
}

func TestRolesWithoutLimitsGetTheShortest(t *testing.T) {
	if l := (Policy{}).LimitsFor(account.Agent); l.Idle > 15*time.Minute || l.Absolute > time.Hour || l.Remember != 0 {
		t.Errorf("got %+v", l)
	}
}

func TestTilesAreForRoles(t *testing.T) {
	o := Organisation{Tiles: []Tile{{Name: "all"}, {Name: "team", Roles: []account.Role{account.Gerant, account.Complet}}}}
	if got := o.TilesFor(account.Famille); len(got) != 1 || got[0].Name != "all" {
		t.Errorf("a family sees %v", got)
	}
	if got := o.TilesFor(account.Complet); len(got) != 2 {
		t.Errorf("a Complet sees %v", got)
	}
}

func TestSlugs(t *testing.T) {
	for slug, good := range map[string]bool{
		"saint-loup": true, "a1": true, "a": false, "": false, "-a": false, "a-": false, "Saint": false, "é-é": false,
		"a b": false, "a/b": false, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": false,
	} {
		if GoodSlug(slug) != good {
			t.Errorf("%q: want %v", slug, good)
		}
	}
}

func TestZones(t *testing.T) {
	summer := time.Date(2026, 7, 14, 12, 0, 0, 0, time.UTC)
	for zone, hour := range map[string]int{"": 14, "Europe/Paris": 14, "Indian/Reunion": 16, "Nowhere/Else": 14} {
		if got := summer.In(Organisation{TimeZone: zone}.Location()).Hour(); got != hour {
			t.Errorf("%q: %d h, want %d", zone, got, hour)
		}
	}
}
