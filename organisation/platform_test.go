package organisation

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"
	"time"

	"loquet/account"
	"loquet/session"
)

// decided are the roles that a policy decides for.
var decided = slices.DeleteFunc(slices.Clone(account.Roles), func(r account.Role) bool { return r == account.Operator })

// Whatever a policy says of operators, they give two proofs at once, are never remembered, and are not signed in for
// longer than half an hour of nothing or ten hours (ASVS 6.3.3; C7).
func TestNoPolicyDecidesForOperators(t *testing.T) {
	for _, preset := range Presets {
		for _, demand := range append(slices.Clone(Demands), "", "always") {
			for _, l := range []session.Limits{{}, {Idle: 30 * day, Absolute: 30 * day, Remember: LongestRemember}} {
				p := preset.Policy()
				p.Second[account.Operator], p.Sessions[account.Operator] = Second{demand, LongestGrace + day}, l
				if s := p.SecondFor(account.Operator); s != (Second{Demand: AtOnce}) {
					t.Errorf("%s that says %q asks of operators %+v", preset, demand, s)
				}
				who := account.Account{Role: account.Operator}
				who.Factors.Asked = noon
				if got := p.Standing(who, noon); got != Overdue {
					t.Errorf("%s that says %q: an operator without a second proof stands at %s", preset, demand, got)
				}
				got := p.LimitsFor(account.Operator)
				if got.Remember != 0 || got.Idle < 15*time.Minute || got.Idle > 30*time.Minute || got.Absolute > 10*time.Hour {
					t.Errorf("%s gives operators %+v", preset, got)
				}
				if wrong := p.Check(); len(wrong) > 0 {
					t.Errorf("%s is refused for what it cannot decide: %v", preset, wrong)
				}
			}
		}
	}
}

// Operators belong to the platform and to no tenant; nobody else belongs to the platform, and no manager gives the role.
func TestWhomAnOrganisationAdmits(t *testing.T) {
	tenants := []Organisation{{Slug: "famille", Wording: Password}, {Slug: "autoecole", Wording: Key}, {Slug: "platform2"}, {}}
	for _, role := range append(slices.Clone(account.Roles), "", "OPERATOR", "admin") {
		known := slices.Contains(account.Roles, role)
		if got := NewPlatform(nil).Admits(role); got != (role == "operator") {
			t.Errorf("the platform admits a %q: %v", role, got)
		}
		for _, o := range tenants {
			if got := o.Admits(role); got != (known && role != "operator") {
				t.Errorf("%q admits a %q: %v", o.Slug, role, got)
			}
			if o.Platform() || slices.Contains(o.Roles(), account.Operator) {
				t.Errorf("%q passes for the platform, or its managers make operators", o.Slug)
			}
		}
	}
	for _, wording := range []Wording{Password, Key} {
		if roles := (Organisation{Slug: PlatformSlug, Wording: wording}).Roles(); len(roles) > 0 {
			t.Errorf("somebody may make a %v of the platform", roles)
		}
	}
}

// Whoever acts at the desk is an open operator of the platform in a session of two proofs: each of these alone is not
// enough.
func TestATK069WhoOperates(t *testing.T) {
	platform := NewPlatform([]string{"plateforme.example"})
	tenant := Organisation{ID: "tenant", Slug: "famille"}
	let := 0
	for _, o := range []Organisation{platform, tenant} {
		for _, of := range []string{PlatformID, "tenant", ""} {
			for _, role := range append(slices.Clone(account.Roles), "") {
				for _, state := range account.States {
					for _, leaves := range []time.Time{{}, noon, noon.Add(time.Hour)} {
						for _, level := range []session.Level{session.One, session.Two, ""} {
							who := account.Account{ID: "who", Organisation: of, Role: role, State: state, Leaves: leaves}
							want := o.Platform() && of == PlatformID && role == "operator" && state == "active" &&
								!leaves.Equal(noon) && level == "aal2"
							if got := o.Operates(who, level, noon); got != want {
								t.Errorf("%s, %+v at %s: %v, want %v", o.Slug, who, level, got, want)
							}
							if want {
								let++
							}
						}
					}
				}
			}
		}
	}
	if let != 2 {
		t.Errorf("%d were let through", let)
	}
}

// What is kept of the platform reads as what was made, so that settling it again changes nothing.
func TestThePlatformReadsAsItWasMade(t *testing.T) {
	made := NewPlatform([]string{"plateforme.example"})
	kept, err := json.Marshal(made.Policy)
	if err != nil {
		t.Fatal(err)
	}
	var read Policy
	if err := json.Unmarshal(kept, &read); err != nil || !reflect.DeepEqual(read, made.Policy) {
		t.Errorf("made %+v, read %+v: %v", made.Policy, read, err)
	}
	if wrong := made.Policy.Check(); len(wrong) > 0 || made.Policy.OffersRemember() || !GoodSlug(made.Slug) {
		t.Errorf("%+v: %v", made, wrong)
	}
}
