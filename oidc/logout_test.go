package oidc

import (
	"context"
	"slices"
	"testing"

	"loquet/application"
	"loquet/fault"
	"loquet/organisation"
	"loquet/session"
)

// Every combination of facts, against what must hold of it: the obligations stand apart from the code.
func TestEveryLogoutIsDecided(t *testing.T) {
	n := 0
	for _, hint := range Hints {
		for _, back := range Returns {
			for _, choice := range append([]Choice{NotAsked}, Choices...) {
				for _, in := range []bool{true, false} {
					for _, same := range []bool{true, false} {
						n++
						f := LogoutFacts{Hint: hint, In: in, Same: same, Return: back, Choice: choice}
						for what, holds := range logoutObligations(f, DecideLogout(f)) {
							if !holds {
								t.Errorf("%+v: got %+v: %s", f, DecideLogout(f), what)
							}
						}
					}
				}
			}
		}
	}
	if n != 108 {
		t.Errorf("%d combinations", n)
	}
}

func logoutObligations(f LogoutFacts, out Logout) map[string]bool {
	vouched := f.Hint == GoodHint && f.Same
	return map[string]bool{
		"it is one of the pages":                             slices.Contains(LogoutPages, out.Show),
		"nobody is signed out who is not in":                 f.In || out.End == NotAsked,
		"ATK-057: unasked only by a token of one's own":      out.End == NotAsked || f.Choice != NotAsked || vouched,
		"whoever is asked stays in":                          (out.Show == LogoutAsk) == (f.In && out.End == NotAsked),
		"a choice is kept":                                   !f.In || f.Choice == NotAsked || out.End == f.Choice,
		"unasked ends this browser's only":                   f.Choice != NotAsked || out.End != Everywhere,
		"a token of one's own asks nothing":                  !vouched || out.Show != LogoutAsk,
		"ATK-058: on to registered addresses only":           out.Show != LogoutReturn || f.Return == KnownReturn,
		"OIDC-18: a bad token leads nowhere":                 out.Show != LogoutReturn || f.Hint != BadHint,
		"OIDC-18: no token leads nowhere before a person":    out.Show != LogoutReturn || f.Hint != NoHint || f.Choice != NotAsked,
		"a good token leads back, once nobody is in":         f.Hint != GoodHint || f.Return != KnownReturn || out.Show == LogoutAsk || out.Show == LogoutReturn,
		"who names no address is shown that it is done":      f.Return != NoReturn || out.Show == LogoutAsk || out.Show == LogoutDone,
		"an address that is not followed is spoken of":       out.Show != LogoutDone || f.Return == NoReturn,
		"a person's word leads back where there is no token": f.Hint != NoHint || f.Choice == NotAsked || f.Return != KnownReturn || out.Show == LogoutReturn,
	}
}

// leavers is a store with two applications and one sign-in that they know as "sid".
type leavers struct{ keysKept }

func (l *leavers) Application(_ context.Context, organisation, id string) (application.Application, error) {
	if organisation != "town" || id != "app1" && id != "app2" {
		return application.Application{}, fault.Missing
	}
	return application.Application{
		ID: id, Organisation: "town", Name: "Cantine", Pairwise: id == "app2",
		LogoutRedirects: []string{"https://cantine.example/bye", "https://cantine.example/bye?a=1"},
	}, nil
}

func (l *leavers) FamilyBySID(_ context.Context, organisation, sid string) (family, account string, err error) {
	if organisation != "town" || sid != "sid" {
		return "", "", fault.Missing
	}
	return "family", "claire", nil
}

func TestOIDC18WhatEachRequestLeadsTo(t *testing.T) {
	const registered = "https://cantine.example/bye"
	kept := &leavers{}
	f := node(t, &kept.keysKept, &watch{noon})
	f.Store, f.Pairwise = kept, []byte("pairwise")
	f.Issuer = func(o organisation.Organisation) string { return "https://" + o.Slug + ".example" }
	claire := session.Session{ID: "s1", Organisation: "town", Account: "claire", Family: "family"}
	again := session.Session{ID: "s2", Organisation: "town", Account: "claire", Family: "other"}
	paul := session.Session{ID: "s3", Organisation: "town", Account: "paul", Family: "third"}
	nobody := session.Session{}
	token := func(typ string, change ...string) string {
		claims := map[string]any{
			"iss": "https://ville.example", "sub": "claire", "aud": "app1", "sid": "sid", "exp": noon.Unix() - 86400,
		}
		for n := 0; n < len(change); n += 2 {
			claims[change[n]] = change[n+1]
		}
		signed, err := f.Sign(t.Context(), "town", application.RS256, typ, claims)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	good := token("JWT")
	for what, c := range map[string]struct {
		l    Leaving
		end  Choice
		show LogoutPage
		back string
	}{
		"all":                         {Leaving{Hint: good, Back: registered, State: "x y", Session: claire}, Here, LogoutReturn, registered + "?state=x+y"},
		"no state":                    {Leaving{Hint: good, Back: registered, Session: claire}, Here, LogoutReturn, registered},
		"beside a query":              {Leaving{Hint: good, Back: registered + "?a=1", State: "x", Session: claire}, Here, LogoutReturn, registered + "?a=1&state=x"},
		"no post_logout_redirect_uri": {Leaving{Hint: good, Session: claire}, Here, LogoutDone, ""},
		"client_id too":               {Leaving{Hint: good, Client: "app1", Back: registered, Session: claire}, Here, LogoutReturn, registered},
		"the same person elsewhere":   {Leaving{Hint: token(""), Back: registered, Session: again}, Here, LogoutReturn, registered},
		"the same sign-in, by sid":    {Leaving{Hint: token("", "sub", "else"), Session: claire}, Here, LogoutDone, ""},
		"nobody is in":                {Leaving{Hint: good, Back: registered, Session: nobody}, NotAsked, LogoutReturn, registered},
		"somebody else is in":         {Leaving{Hint: good, Back: registered, Session: paul}, NotAsked, LogoutAsk, registered},
		"somebody else, asked":        {Leaving{Hint: good, Back: registered, Session: paul, Choice: Here}, Here, LogoutReturn, registered},
		"no params":                   {Leaving{Session: claire}, NotAsked, LogoutAsk, ""},
		"only state":                  {Leaving{State: "x", Session: claire}, NotAsked, LogoutAsk, ""},
		"no params, nobody in":        {Leaving{}, NotAsked, LogoutDone, ""},
		"no params, everywhere":       {Leaving{Session: claire, Choice: Everywhere}, Everywhere, LogoutDone, ""},
		"a choice that is none":       {Leaving{Session: claire, Choice: "yes"}, NotAsked, LogoutAsk, ""},
		"missing hint":                {Leaving{Back: registered, Session: claire}, NotAsked, LogoutAsk, ""},
		"missing hint, asked":         {Leaving{Back: registered, Session: claire, Choice: Here}, Here, LogoutAstray, ""},
		"missing hint, nobody in":     {Leaving{Client: "app1", Back: registered}, NotAsked, LogoutAstray, ""},
		"client_id alone":             {Leaving{Client: "app1", Back: registered, Session: claire}, NotAsked, LogoutAsk, registered},
		"client_id alone, asked":      {Leaving{Client: "app1", Back: registered, Session: claire, Choice: Here}, Here, LogoutReturn, registered},
		"bad hint":                    {Leaving{Hint: "bad", Client: "app1", Back: registered, Session: claire}, NotAsked, LogoutAsk, ""},
		"bad hint, asked":             {Leaving{Hint: "bad", Client: "app1", Back: registered, Session: claire, Choice: Here}, Here, LogoutAstray, ""},
		"bad hint, nobody in":         {Leaving{Hint: "bad", Client: "app1", Back: registered}, NotAsked, LogoutAstray, ""},
		"modified to alg none":        {Leaving{Hint: unsigned(good), Back: registered, Session: claire}, NotAsked, LogoutAsk, ""},
		"an access token":             {Leaving{Hint: token("at+jwt"), Back: registered, Session: claire}, NotAsked, LogoutAsk, ""},
		"a logout token":              {Leaving{Hint: token(logoutType), Back: registered, Session: claire}, NotAsked, LogoutAsk, ""},
		"another issuer's":            {Leaving{Hint: token("", "iss", "https://x.example"), Session: claire}, NotAsked, LogoutAsk, ""},
		"another application's":       {Leaving{Hint: good, Client: "app2", Back: registered, Session: claire}, NotAsked, LogoutAsk, ""},
		"a pairwise sub":              {Leaving{Hint: token("", "aud", "app2", "sid", ""), Session: claire}, NotAsked, LogoutAsk, ""},
		"an application that is gone": {Leaving{Hint: token("", "aud", "app3"), Back: registered, Session: claire}, Here, LogoutAstray, ""},
	} {
		c.l.Organisation = organisation.Organisation{ID: "town", Slug: "ville"}
		left, err := f.Leave(t.Context(), c.l)
		if err != nil || left.End != c.end || left.Show != c.show || left.Back != c.back {
			t.Errorf("%s: got %+v, %v", what, left, err)
		}
	}
}

// An address that is not registered letter by letter leads nowhere, and the person is signed out all the same.
func TestATK058OnlyRegisteredAddressesAreFollowed(t *testing.T) {
	kept := &leavers{}
	f := node(t, &kept.keysKept, &watch{noon})
	f.Store = kept
	f.Issuer = func(organisation.Organisation) string { return "https://ville.example" }
	hint, err := f.Sign(t.Context(), "town", application.ES256, "", map[string]any{
		"iss": "https://ville.example", "sub": "claire", "aud": []string{"app1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, back := range []string{
		"https://evil.example/", "https://cantine.example/bye?foo=bar", "https://cantine.example/bye/", "https://cantine.example/BYE",
		"https://cantine.example/bye#x", "https://cantine.example/bye?a=1&b=2", "https://CANTINE.example/bye", "javascript:alert(1)",
		"//cantine.example/bye", "https://cantine.example@evil.example/bye", "https://cantine.example/bye\n",
	} {
		left, err := f.Leave(t.Context(), Leaving{
			Organisation: organisation.Organisation{ID: "town"}, Hint: hint, Back: back, State: "x",
			Session: session.Session{ID: "s", Organisation: "town", Account: "claire", Family: "f"},
		})
		if err != nil || left.Show != LogoutAstray || left.Back != "" || left.End != Here {
			t.Errorf("%q: %+v, %v", back, left, err)
		}
	}
}
