package bounce_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loquet/courier/bounce"
)

const to = "claire.martin@orange.example"

func sample(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name+".eml"))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// What four kinds of servers write about a letter that cannot be delivered, that is refused for another reason, that is
// late, and that has arrived.
func TestReportsOfRealServersAreRead(t *testing.T) {
	for name, want := range map[string]struct {
		action bounce.Action
		status string
		why    bounce.Reason
		gone   bool
		by     string
		said   string
	}{
		"postfix-hard":      {bounce.Failed, "5.1.1", bounce.Gone, true, "mx1.orange.example", "User unknown"},
		"postfix-soft":      {bounce.Failed, "5.2.2", bounce.Full, false, "mx1.orange.example", "552 5.2.2"},
		"postfix-delayed":   {bounce.Delayed, "4.4.1", bounce.Route, false, "relais.saint-loup.example", "Connection timed out"},
		"postfix-delivered": {bounce.Delivered, "2.0.0", bounce.Unsaid, false, "mx1.orange.example", "queued as"},
		"postfix-relayed":   {bounce.Relayed, "2.0.0", bounce.Unsaid, false, "mx1.orange.example", "250"},
		"exim-hard":         {bounce.Failed, "5.1.1", bounce.Gone, true, "mx1.orange.example", "550 5.1.1 User unknown here"},
		"exim-soft":         {bounce.Failed, "5.7.1", bounce.Policy, false, "mx1.orange.example", "554 5.7.1"},
		"exim-delayed":      {bounce.Delayed, "4.0.0", bounce.Unsaid, false, "relais.saint-loup.example", ""},
		"exim-old":          {bounce.Failed, "5.1.1", bounce.Gone, true, "", "550 5.1.1 No such user here"},
		"exchange-hard": {bounce.Failed, "5.1.10", bounce.Gone, true, "MRZP264MB0001.FRAP264.PROD.OUTLOOK.EXAMPLE",
			"RESOLVER.ADR.RecipientNotFound"},
		"exchange-soft": {bounce.Failed, "5.7.124", bounce.Policy, false, "MRZP264MB0001.FRAP264.PROD.OUTLOOK.EXAMPLE",
			"RESOLVER.RST"},
		"exchange-delayed": {bounce.Delayed, "4.4.316", bounce.Route, false, "MRZP264MB0001.FRAP264.PROD.OUTLOOK.EXAMPLE",
			"Connection refused"},
		"gmail-hard":    {bounce.Failed, "5.1.1", bounce.Gone, true, "mx1.orange.example", "does not exist"},
		"gmail-soft":    {bounce.Failed, "5.2.2", bounce.Full, false, "mx1.orange.example", "out of storage"},
		"gmail-delayed": {bounce.Delayed, "4.2.2", bounce.Full, false, "mx1.orange.example", "out of storage"},
		"global":        {bounce.Failed, "5.1.3", bounce.Gone, true, "relais.saint-loup.example", "adresse non acceptée"},
	} {
		for how, raw := range map[string][]byte{
			"":                 sample(t, name),
			" with bare LF":    []byte(strings.ReplaceAll(string(sample(t, name)), "\r\n", "\n")),
			" from a mailbox":  append([]byte("From MAILER-DAEMON Thu Sep  3 11:02:03 2026\n"), sample(t, name)...),
			" in capital text": []byte(strings.Replace(string(sample(t, name)), "multipart/report", "Multipart/Report", 1)),
		} {
			report, err := bounce.Parse(raw)
			if err != nil {
				t.Errorf("%s%s: %v", name, how, err)
				continue
			}
			got, ok := report.About(strings.ToUpper(to))
			if !ok || len(report.Recipients) != 1 {
				t.Errorf("%s%s is not about the recipient: %+v", name, how, report)
			}
			if got.Action != want.action || got.Status != want.status || got.By != want.by || got.Gone() != want.gone ||
				bounce.ReasonOf(got.Status) != want.why || !strings.Contains(got.Said, want.said) {
				t.Errorf("%s%s reads as %+v, %s", name, how, got, bounce.ReasonOf(got.Status))
			}
		}
	}
}

func TestWhatIsNoReport(t *testing.T) {
	hard := string(sample(t, "postfix-hard"))
	for name, raw := range map[string]string{
		"an absence note":                    string(sample(t, "absence")),
		"a receipt of reading":               string(sample(t, "read-receipt")),
		"a report that somebody forwards":    string(sample(t, "forwarded")),
		"nothing":                            "",
		"no mail":                            "550 5.1.1",
		"a header only":                      "From: a@b.example\r\n",
		"a report without its machine part":  strings.Replace(hard, "message/delivery-status", "text/plain", 1),
		"a report without an action":         strings.Replace(hard, "Action: failed", "Action: thrown away", 1),
		"a report cut off before its action": hard[:strings.Index(hard, "Action:")],
		"a header that names nobody":         "X-Failed-Recipients: , <>\r\n\r\n550 5.1.1 no\r\n",
		"a mail that never ends":             hard + strings.Repeat("x", bounce.Longest),
	} {
		if report, err := bounce.Parse([]byte(raw)); !errors.Is(err, bounce.NoReport) {
			t.Errorf("%s reads as %+v, %v", name, report, err)
		}
	}
}

// A report about several recipients tells of each; one that names nobody is about whoever its address names.
func TestEachRecipientHasItsOwnGroup(t *testing.T) {
	const head = "Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
	report, err := bounce.Parse([]byte(head +
		"Reporting-MTA: dns; r.example\r\nFinal-Recipient: rfc822;<a@x.example>\r\nAction: delivered\r\nStatus: 2.1.5\r\n" +
		"\r\nAction: failed (gone)\r\nStatus: 5.0.0 (no)\r\nDiagnostic-Code: smtp;550 #5.1.1 no\r\n" +
		"final-recipient: RFC822; B@x.example\r\n" +
		"\r\n\r\nFinal-Recipient: rfc822; a@x.example\r\nAction: failed\r\nStatus: 5.2.2\r\n\r\n--b--\r\n"))
	if err != nil || len(report.Recipients) != 3 {
		t.Fatalf("%+v, %v", report, err)
	}
	if a, ok := report.About("a@x.example"); !ok || a.Action != bounce.Failed || a.Status != "5.2.2" || a.By != "r.example" {
		t.Errorf("a: %+v", a)
	}
	if b, ok := report.About("b@X.example"); !ok || !b.Gone() {
		t.Errorf("b: %+v", b)
	}
	if c, ok := report.About("c@x.example"); ok {
		t.Errorf("c: %+v", c)
	}
	report, err = bounce.Parse([]byte(head + "Action: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"))
	if _, ok := report.About("c@x.example"); !ok || err != nil {
		t.Errorf("a report that names nobody: %+v, %v", report, err)
	}
}

// Only codes that say that the address is gone flag it; what passes by itself, or is about us, never does.
func TestReasons(t *testing.T) {
	for status, want := range map[string]bounce.Reason{
		"5.1.1": bounce.Gone, "5.1.2": bounce.Gone, "5.1.3": bounce.Gone, "5.1.6": bounce.Gone, "5.1.10": bounce.Gone,
		"5.2.1": bounce.Gone, "5.4.1": bounce.Gone, "5.4.4": bounce.Gone, "5.4.310": bounce.Gone,
		"4.1.1": bounce.Other, "4.2.1": bounce.Other, "4.4.1": bounce.Route, "5.4.7": bounce.Route,
		"5.2.2": bounce.Full, "4.2.2": bounce.Full, "5.2.3": bounce.Size, "5.3.4": bounce.Size, "5.7.1": bounce.Policy,
		"5.1.8": bounce.Other, "5.1.7": bounce.Other, "5.3.0": bounce.Other, "5.5.0": bounce.Other, "5.6.0": bounce.Other,
		"5.0.0": bounce.Unsaid, "": bounce.Unsaid, "5": bounce.Unsaid, "a.b.c": bounce.Unsaid,
	} {
		if got := bounce.ReasonOf(status); got != want {
			t.Errorf("%q is %q, want %q", status, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(files) < 15 {
		f.Fatal(err, files)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file) //nolint:gosec // a sample
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		report, err := bounce.Parse(raw)
		if (err == nil) != (len(report.Recipients) > 0) || err != nil && !errors.Is(err, bounce.NoReport) {
			t.Fatalf("%+v, %v", report, err)
		}
		for _, r := range report.Recipients {
			if len(r.Said) > 8<<10 || len(r.By) > 8<<10 || len(r.Status) > 9 {
				t.Fatalf("something in it is too long: %+v", r)
			}
		}
	})
}
