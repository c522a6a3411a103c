package courier_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"loquet/courier"
)

func TestCatcherShowsWhatTheContractNames(t *testing.T) {
	c := mailbox(t)
	for _, l := range courier.Samples()[:2] {
		raw, err := courier.Render(l, c)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Send(soon(t), c.From(), l.To, raw); err != nil {
			t.Fatal(err)
		}
	}
	data, err := json.Marshal(c.Letters(10))
	if err != nil {
		t.Fatal(err)
	}
	var got []struct {
		To, From, Subject, Date, Text, HTML string
		Headers                             map[string]string
	}
	if err := json.Unmarshal(data, &got); err != nil || len(got) != 2 {
		t.Fatal(err, len(got))
	}
	newest, oldest := got[0], got[1]
	if newest.Subject != "Retrouvez votre accès" || oldest.Subject != "Envoi de vos identifiants de connexion" {
		t.Errorf("not the newest first: %q %q", newest.Subject, oldest.Subject)
	}
	if oldest.To != to || oldest.From != `"Ville de Saint-Loup" <portail@saint-loup.example>` ||
		oldest.Date != "2026-09-03T11:02:00+02:00" || !strings.Contains(oldest.Text, "KR7M-PX4Q-W9TD-3H6A") ||
		!strings.Contains(oldest.HTML, "KR7M-PX4Q-W9TD-3H6A") || oldest.Headers["Auto-Submitted"] != "auto-generated" ||
		oldest.Headers["Message-ID"] == "" {
		t.Errorf("%+v", oldest)
	}
}

func TestCatcherForgetsTheOldest(t *testing.T) {
	c := mailbox(t)
	raw := letter(t)
	for n := range courier.Kept + 1 {
		if err := c.Send(soon(t), from, fmt.Sprintf("n%d@orange.example", n+1), raw); err != nil {
			t.Fatal(err)
		}
	}
	all := c.Letters(2 * courier.Kept)
	if len(all) != courier.Kept || c.Total() != courier.Kept+1 {
		t.Errorf("%d letters kept of %d", len(all), c.Total())
	}
	for n, m := range all {
		if want := courier.Kept + 1 - n; m.ID != want || m.To != fmt.Sprintf("n%d@orange.example", want) {
			t.Fatalf("letter %d is %d to %s", n, m.ID, m.To)
		}
	}
}

func TestCatcherWaits(t *testing.T) {
	c := mailbox(t)
	got := make(chan courier.Caught)
	go func() {
		m, err := c.Wait(soon(t), strings.ToUpper(to), 1)
		if err != nil {
			t.Error(err)
		}
		got <- m
	}()
	for range 3 {
		if err := c.Send(soon(t), from, to, letter(t)); err != nil {
			t.Fatal(err)
		}
	}
	if m := <-got; m.ID != 2 {
		t.Errorf("waited for letter %d", m.ID)
	}
	over, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := c.Wait(over, "nobody@orange.example", 0); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if err := c.Send(soon(t), from, to, []byte("no letter\r\n")); err == nil {
		t.Error("the catcher takes what is no letter")
	}
}
