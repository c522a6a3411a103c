package pages

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"rsc.io/qr"

	"loquet/text"
)

// drawn reads the modules of a QR code back from its drawing.
func drawn(t *testing.T, svg string) (side int, dark map[[2]int]bool) {
	t.Helper()
	box := regexp.MustCompile(`viewBox="0 0 (\d+) (\d+)"`).FindStringSubmatch(svg)
	if box == nil || box[1] != box[2] {
		t.Fatalf("no square: %.200s", svg)
	}
	side, _ = strconv.Atoi(box[1])
	dark = map[[2]int]bool{}
	path := regexp.MustCompile(`fill="#000" d="([^"]*)"`).FindStringSubmatch(svg)[1]
	for _, run := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`).FindAllStringSubmatch(path, -1) {
		x, _ := strconv.Atoi(run[1])
		y, _ := strconv.Atoi(run[2])
		n, _ := strconv.Atoi(run[3])
		if run[3] != run[4] {
			t.Fatalf("a run that does not close: %s", run[0])
		}
		for i := range n {
			dark[[2]int{x + i, y}] = true
		}
	}
	return side, dark
}

// The drawing has the modules of the code, and four light ones on each side (ISO/IEC 18004 §5.3.8).
func TestTheDrawingIsTheCode(t *testing.T) {
	const address = "otpauth://totp/Saint-Loup:38162?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Saint-Loup"
	code, err := qr.Encode(address, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	svg := render(t, qrCode(address, `a "name"`))
	side, dark := drawn(t, svg)
	if side != code.Size+8 {
		t.Fatalf("%d modules wide, want %d and 4 on each side", side, code.Size)
	}
	for y := range side {
		for x := range side {
			if dark[[2]int{x, y}] != code.Black(x-4, y-4) {
				t.Fatalf("the module %d, %d is not that of the code", x, y)
			}
		}
	}
	if !strings.Contains(svg, `aria-label="a &#34;name&#34;"`) {
		t.Errorf("the drawing is not named: %.120s", svg)
	}
	if got := render(t, qrCode(strings.Repeat("x", 9000), "")); got != "" {
		t.Errorf("what fits no code is drawn: %.80s", got)
	}
}

func TestOnlyTheAddressOfAnAppIsALink(t *testing.T) {
	for address, want := range map[string]templ.SafeURL{
		"otpauth://totp/a?secret=b": "otpauth://totp/a?secret=b", "otpauth://hotp/a": "", "javascript:alert(1)": "",
		"https://evil.example/otpauth://totp/": "", "": "",
	} {
		if got := appLink(address); got != want {
			t.Errorf("%q leads to %q, want %q", address, got, want)
		}
	}
}

// Whoever has no passkey here is asked for the password, and for nothing that needs the script.
func TestAProofIsAskedForAsItCanBeGiven(t *testing.T) {
	for _, c := range []struct {
		ways              ProofWays
		fresh             bool
		password, passkey bool
	}{
		{ProofWays{}, false, true, false},
		{ProofWays{Password: true}, false, true, false},
		{ProofWays{Password: true, Passkey: true}, false, true, true},
		{ProofWays{Passkey: true}, false, false, true},
		{ProofWays{}, true, false, false},
		{ProofWays{Password: true, Passkey: true}, true, false, false},
	} {
		f := commune(text.For("fr", text.Plain))
		f.Proof = c.ways
		out := render(t, proof(f, c.fresh, "x", []Problem{{Field: "x-current_password", Key: "proof.refused"}}))
		if got := strings.Contains(out, `name="current_password"`); got != c.password {
			t.Errorf("%+v, fresh %v: asks for the password: %v", c.ways, c.fresh, got)
		}
		if got := strings.Contains(out, `name="proof"`); got != c.passkey {
			t.Errorf("%+v, fresh %v: asks for a passkey: %v", c.ways, c.fresh, got)
		}
		if strings.Contains(out, `id="x-current_password"`) == c.fresh {
			t.Errorf("%+v, fresh %v: a problem's link leads nowhere", c.ways, c.fresh)
		}
		if c.passkey && !c.password && !strings.Contains(out, "<noscript>") {
			t.Errorf("%+v: nothing says that the script is needed", c.ways)
		}
	}
}

// Everything works without the script but passkeys, and each page that has nothing else to offer says so.
func TestNothingShowsThatNeedsTheScript(t *testing.T) {
	form := regexp.MustCompile(`(?s)<form[^>]*data-passkey[^>]*>`)
	everyPage(t, func(t *testing.T, s Sample, _ *text.Printer, page string) {
		forms := form.FindAllString(page, -1)
		for _, f := range forms {
			if !strings.Contains(f, " hidden ") {
				t.Errorf("a form that the script fills in shows without it: %s", f)
			}
		}
		said := strings.Contains(page, "<noscript>")
		if len(forms) > 0 && !said && !strings.Contains(page, `type="text"`) && !strings.Contains(page, `type="password"`) {
			t.Error("only a passkey helps, and nothing says that it needs the script")
		}
		if len(forms) > 0 && !strings.Contains(page, "/door.js") && !strings.Contains(page, "/passkey.js") {
			t.Error("a form that nothing fills in: the page does not load the script")
		}
	})
}

// The sign-in page is the same bytes for everyone: it holds no challenge, and says where to fetch one.
func TestTheSignInPageHoldsNoChallenge(t *testing.T) {
	page := render(t, SignInPage(SignIn{Frame: commune(text.For("fr", text.Plain))}))
	if strings.Contains(page, "challenge") || strings.Contains(page, "data-options") {
		t.Error("the sign-in page holds options")
	}
	if !strings.Contains(page, `data-from="/signin/passkey"`) || !strings.Contains(page, `"username webauthn"`) {
		t.Error("the sign-in page offers no passkey")
	}
}

// A refused act is shown unfolded, with its problem at its own field, and no other is.
func TestARefusedActIsTheOneThatIsUnfolded(t *testing.T) {
	f := inside(commune(text.For("fr", text.Plain)))
	for _, c := range []struct{ do, id, field string }{
		{"remove-passkey", "k1", "remove-1-current_password"}, {"remove-passkey", "k2", "remove-2-current_password"},
		{"rename-passkey", "k3", "rename-3-current_password"}, {"remove-password", "", "password-current_password"},
		{"second-off", "", "second-current_password"}, {"remove-app", "", ""}, {"prove", "", ""}, {"remove-passkey", "gone", ""},
	} {
		page := render(t, AccountFactorsPage(AccountFactors{
			Frame: f, Passkeys: passkeysOf(), Password: true, Second: true, Typed: Typed{"do": c.do, "id": c.id},
			Problems: []Problem{sampleProof},
		}))
		if got := strings.Count(page, "<details class=\"act\" open"); got != min(1, len(c.field)) {
			t.Errorf("%s %s: %d acts are unfolded", c.do, c.id, got)
		}
		if c.field != "" && !strings.Contains(page, `href="#`+c.field+`"`) {
			t.Errorf("%s %s: the summary does not lead to %s", c.do, c.id, c.field)
		}
		for _, fault := range read(t, page).faults {
			t.Errorf("%s %s: %s", c.do, c.id, fault)
		}
	}
}

// What stands in for a proof is shown where it is made, and on no other page.
func TestSecretsAreOnTheirOwnPagesOnly(t *testing.T) {
	code := regexp.MustCompile(`K7MP-4QXD-9TRW-H3VN`)
	everyPage(t, func(t *testing.T, s Sample, _ *text.Printer, page string) {
		if code.MatchString(page) != (s.Name == "codes") {
			t.Error("a printed code is where it does not belong, or is not where it does")
		}
		if strings.Contains(page, "otpauth:") != (s.Name == "app" || strings.HasPrefix(s.Name, "app-")) {
			t.Error("an app's secret is where it does not belong, or is not where it does")
		}
	})
}

func TestWhatPagesLoad(t *testing.T) {
	in, out := Frame{Person: "Ada"}, Frame{}
	proving := in
	proving.Proof.Passkey = true
	for _, c := range []struct {
		frame Frame
		head  head
		want  []string
	}{
		{out, head{}, []string{"loquet.js"}},
		{out, head{passkey: true}, []string{"door.js"}},
		{in, head{}, []string{"loquet.js"}},
		{in, head{passkey: true}, []string{"loquet.js", "passkey.js"}},
		{proving, head{table: true}, []string{"loquet.js", "team.js", "passkey.js"}},
	} {
		if got := c.frame.scripts(c.head); !slices.Equal(got, c.want) {
			t.Errorf("%+v loads %v, want %v", c.head, got, c.want)
		}
	}
}
