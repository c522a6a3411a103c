package courier_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"loquet/courier"
	"loquet/courier/couriertest"
)

const to = "claire.martin@orange.example"

// sender gives a sender for a server; address has HOST and CA filled in.
func sender(t testing.TB, s *couriertest.Server, address string) *courier.SMTP {
	t.Helper()
	r, err := courier.ParseSMTP(strings.NewReplacer("HOST", s.Addr, "CA", s.Authority).Replace(address))
	if err != nil {
		t.Fatal(err)
	}
	out, err := courier.NewSMTP(r, from)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(out.Close)
	return out
}

func letter(t testing.TB) []byte {
	t.Helper()
	return rendered(t, courier.Samples()[0]).Raw
}

func soon(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestLettersArriveAsTheyWere(t *testing.T) {
	for name, c := range map[string]struct {
		way     couriertest.Way
		address string
		tls     bool
	}{
		"starttls": {couriertest.StartTLS, "smtp://HOST?ca=CA", true},
		"implicit": {couriertest.TLS, "smtps://HOST?ca=CA", true},
		"insecure": {couriertest.Clear, "smtp+insecure://HOST", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := couriertest.Start(t, c.way)
			raw := append(letter(t), ".\r\n..\r\nend\r\n"...) // dots at the start of a line are doubled on the way
			if err := sender(t, s, c.address).Send(soon(t), from, to, raw); err != nil {
				t.Fatal(err)
			}
			got := s.Taken()
			if len(got) != 1 || got[0].From != from || got[0].To != to || got[0].TLS != c.tls || !bytes.Equal(got[0].Raw, raw) {
				t.Errorf("the server took %+v", got)
			}
		})
	}
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	s := couriertest.Start(t, couriertest.TLS)
	s.Answer("gone@orange.example", couriertest.Answer{Rcpt: &smtp.SMTPError{Code: 550, Message: "No such user"}})
	out := sender(t, s, "smtps://HOST?ca=CA")
	for n := range 20 {
		if err := out.Send(soon(t), from, to, letter(t)); err != nil {
			t.Fatal(err)
		}
		if n%5 == 0 && out.Send(soon(t), from, "gone@orange.example", letter(t)) == nil {
			t.Error("a refused letter is said to have gone")
		}
	}
	if len(s.Taken()) != 20 || s.Sessions() != 1 {
		t.Errorf("%d letters over %d connections", len(s.Taken()), s.Sessions())
	}
}

func TestClosedConnectionIsOpenedAgain(t *testing.T) {
	s := couriertest.Start(t, couriertest.TLS)
	out := sender(t, s, "smtps://HOST?ca=CA")
	for _, end := range []func(){s.HangUp, s.Retire, s.HangUp, s.Retire, func() {}} {
		if err := out.Send(soon(t), from, to, letter(t)); err != nil {
			t.Fatal(err)
		}
		end()
	}
	if len(s.Taken()) != 5 || s.Sessions() != 5 {
		t.Errorf("%d letters over %d connections", len(s.Taken()), s.Sessions())
	}
}

func TestRefusals(t *testing.T) {
	s := couriertest.Start(t, couriertest.Clear)
	out := sender(t, s, "smtp+insecure://HOST")
	for code, final := range map[int]bool{421: false, 450: false, 451: false, 452: false, 530: false, 535: false,
		550: true, 552: true, 554: true} {
		refused := &smtp.SMTPError{Code: code, EnhancedCode: smtp.NoEnhancedCode, Message: "No\r\nthanks\x07"}
		for when, a := range map[string]couriertest.Answer{"rcpt": {Rcpt: refused}, "data": {Data: refused}} {
			s.Answer(to, a)
			err := out.Send(soon(t), from, to, letter(t))
			var got courier.Refusal
			if !errors.As(err, &got) || got.Final != final || got.Code != code || got.Said != "No thanks" {
				t.Errorf("%d after %s: %#v", code, when, err)
			}
		}
	}
	if len(s.Taken()) != 0 {
		t.Error("a refused letter was taken")
	}
}

func TestStrangeCertificateIsTemporaryAndNeverClear(t *testing.T) {
	for way, address := range map[couriertest.Way]string{
		couriertest.StartTLS: "smtp://user:hunter2@HOST", couriertest.TLS: "smtps://user:hunter2@HOST",
	} {
		s := couriertest.Start(t, way)
		s.SignIn("user", "hunter2")
		err := sender(t, s, address).Send(soon(t), from, to, letter(t)) // the authority is not known without ?ca=
		var refused courier.Refusal
		if err == nil || errors.As(err, &refused) || errors.Is(err, courier.Unfit) {
			t.Errorf("%s: %v", way, err)
		}
		if !strings.Contains(err.Error(), "certificate") {
			t.Errorf("%s: the administrator reads %v", way, err)
		}
		if len(s.Taken()) != 0 || s.SignIns() != 0 {
			t.Errorf("%s: %d letters and %d passwords went to a stranger", way, len(s.Taken()), s.SignIns())
		}
	}
}

func TestMissingSTARTTLSIsTemporaryAndNeverClear(t *testing.T) {
	s := couriertest.Start(t, couriertest.Clear)
	err := sender(t, s, "smtp://user:hunter2@HOST?ca=CA").Send(soon(t), from, to, letter(t))
	var refused courier.Refusal
	if err == nil || errors.As(err, &refused) && refused.Final {
		t.Errorf("without STARTTLS: %v", err)
	}
	if len(s.Taken()) != 0 || s.SignIns() != 0 {
		t.Errorf("%d letters and %d passwords in clear", len(s.Taken()), s.SignIns())
	}
}

func TestSignIn(t *testing.T) {
	s := couriertest.Start(t, couriertest.StartTLS)
	s.SignIn("portail@ville.example", "h@u/n:ter2")
	if err := sender(t, s, "smtp://portail%40ville.example:h%40u%2Fn%3Ater2@HOST?ca=CA").
		Send(soon(t), from, to, letter(t)); err != nil {
		t.Fatal(err)
	}
	if got := s.Taken(); len(got) != 1 || got[0].User != "portail@ville.example" {
		t.Errorf("taken %+v", got)
	}
	for _, address := range []string{"smtp://portail%40ville.example:wrong@HOST?ca=CA", "smtp://HOST?ca=CA"} {
		err := sender(t, s, address).Send(soon(t), from, to, letter(t))
		var refused courier.Refusal
		if !errors.As(err, &refused) || refused.Final || refused.Code != 535 && refused.Code != 530 {
			t.Errorf("%s: a wrong password of ours costs the letter: %#v", address, err)
		}
	}
}

func TestATK081MessagesCannotBeSmuggled(t *testing.T) {
	s := couriertest.Start(t, couriertest.Clear)
	out := sender(t, s, "smtp+insecure://HOST")
	for _, raw := range []string{
		"", "no end", "a\n.\r\nMAIL FROM:<x@y.example>\r\n", "a\r.\r\n", "a\r\n.\nb\r\n", "a\x00\r\n", "a\r\n\r", "\n\r\n",
	} {
		if err := out.Send(soon(t), from, to, []byte(raw)); !errors.Is(err, courier.Unfit) {
			t.Errorf("%q: %v", raw, err)
		}
	}
	if err := out.Send(soon(t), "x@y.example> SIZE=1", to, letter(t)); !errors.Is(err, courier.Unfit) {
		t.Errorf("a sender with a parameter: %v", err)
	}
	if s.Sessions() != 0 {
		t.Error("the server was spoken to")
	}
}

func TestSendEndsWithItsTime(t *testing.T) {
	s := couriertest.Start(t, couriertest.Clear)
	hold := make(chan struct{})
	defer close(hold)
	s.Answer(to, couriertest.Answer{Hold: hold})
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	err := sender(t, s, "smtp+insecure://HOST").Send(ctx, from, to, letter(t))
	var refused courier.Refusal
	if err == nil || errors.As(err, &refused) {
		t.Errorf("a server that never answers: %v", err)
	}
}

func TestUnreachableServerIsTemporary(t *testing.T) {
	r, err := courier.ParseSMTP("smtp+insecure://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	out, err := courier.NewSMTP(r, "Ville <portail@Saint-Loup.example>")
	if err != nil || out.From() != from || out.Domain() != "saint-loup.example" {
		t.Fatal(out.From(), err)
	}
	var refused courier.Refusal
	err = out.Send(soon(t), from, to, letter(t))
	if err == nil || errors.As(err, &refused) || errors.Is(err, courier.Unfit) {
		t.Errorf("%v", err)
	}
	if _, err := courier.NewSMTP(r, "nobody"); err == nil {
		t.Error("letters from nobody")
	}
}
