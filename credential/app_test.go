package credential

import (
	"encoding/base32"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// rfcSecret is the key of the vectors of RFC 4226 appendix D and, for SHA-1, RFC 6238 appendix B.
var rfcSecret = []byte("12345678901234567890")

func TestAppCodeFollowsRFC6238(t *testing.T) {
	for _, v := range []struct {
		at   int64
		want string
	}{
		{59, "94287082"}, {1111111109, "07081804"}, {1111111111, "14050471"}, {1234567890, "89005924"},
		{2000000000, "69279037"}, {20000000000, "65353130"},
	} {
		step := AppStep(time.Unix(v.at, 0))
		if got := code(rfcSecret, step, 8); got != v.want {
			t.Errorf("at %d the code is %s, want %s", v.at, got, v.want)
		}
		if got := AppCode(rfcSecret, step); got != v.want[2:] {
			t.Errorf("at %d the code is %s, want %s", v.at, got, v.want[2:])
		}
	}
}

func TestAppCodeFollowsRFC4226(t *testing.T) {
	for count, want := range []string{
		"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
	} {
		if got := AppCode(rfcSecret, int64(count)); got != want {
			t.Errorf("code %d is %s, want %s", count, got, want)
		}
	}
}

// Apps keep the secret for years: it must stay the same from one version of the program to the next.
func TestAppSecretIsStable(t *testing.T) {
	f := forge(t, forgeKey)
	const want = "TTTG SJI6 7432 TUXX G5XG S7OG OLYS KMGQ"
	if got := AppText(f.AppSecret("seed-1")); got != want {
		t.Errorf("the secret is %q, want %q", got, want)
	}
	if len(f.AppSecret("seed-1")) != 20 {
		t.Error("the secret has not 160 bits")
	}
	if f.AppSecret("") != nil {
		t.Error("no seed has a secret")
	}
	seen := map[string]bool{}
	for _, secret := range [][]byte{
		f.AppSecret("seed-1"), f.AppSecret("seed-2"), forge(t, []byte(strings.Repeat("k", 32))).AppSecret("seed-1"),
		mac(f.making, "seed-1")[:20], mac(f.digesting, "seed-1")[:20], mac(f.challenging, "seed-1")[:20],
	} {
		if seen[string(secret)] {
			t.Errorf("%x comes twice", secret)
		}
		seen[string(secret)] = true
	}
}

// noon is the first moment of a time step.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestMatchAppToleratesOneStep(t *testing.T) {
	f := forge(t, forgeKey)
	shown := AppStep(noon)
	code := AppCode(f.AppSecret("s"), shown)
	for _, c := range []struct {
		off  time.Duration
		fine bool
	}{
		{-30*time.Second - time.Nanosecond, false}, {-30 * time.Second, true}, {-time.Nanosecond, true}, {0, true},
		{30*time.Second - time.Nanosecond, true}, {30 * time.Second, true}, {60*time.Second - time.Nanosecond, true},
		{60 * time.Second, false}, {time.Hour, false}, {-time.Hour, false},
	} {
		step, ok := f.MatchApp("s", code, 0, noon.Add(c.off))
		if ok != c.fine || ok && step != shown || !ok && step != 0 {
			t.Errorf("%v after its step began, the code gives %d, %v; want step %d: %v", c.off, step, ok, shown, c.fine)
		}
	}
}

// Two close steps have the same code once in a million. Of them the current one is spent first, then the past one, and
// the one that is still to come last, since it takes the most codes with it.
func TestMatchAppPrefersTheCurrentStep(t *testing.T) {
	f := forge(t, forgeKey)
	secret := f.AppSecret("twins")
	match := func(code string, after, current int64) int64 {
		step, _ := f.MatchApp("twins", code, after, time.Unix(current*appPeriod, 0))
		return step
	}
	const neighbours, around = 359725, 2817853 // found by trying one after the other
	code := AppCode(secret, neighbours)
	if code != AppCode(secret, neighbours-1) || AppCode(secret, around-1) != AppCode(secret, around+1) {
		t.Fatal("the codes are not the same")
	}
	if step := match(code, 0, neighbours); step != neighbours {
		t.Errorf("of %d and the one before, %d is taken", neighbours, step)
	}
	if step := match(code, 0, neighbours-1); step != neighbours-1 {
		t.Errorf("of %d and the one after, %d is taken", neighbours-1, step)
	}
	if step := match(code, neighbours-1, neighbours); step != neighbours {
		t.Errorf("of %d and the one before, which is spent, %d is taken", neighbours, step)
	}
	code = AppCode(secret, around-1)
	if step := match(code, 0, around); step != around-1 {
		t.Errorf("of the ones before and after %d, %d is taken", around, step)
	}
	if step := match(code, around-1, around); step != around+1 {
		t.Errorf("of the ones before and after %d, the first of which is spent, %d is taken", around, step)
	}
}

// ATK-064: a code serves once: its step and all before it are refused once it was accepted, whatever the clock says
// since.
func TestATK064AcceptedStepIsSpent(t *testing.T) {
	f := forge(t, forgeKey)
	shown := AppStep(noon)
	for off := int64(-2); off <= 2; off++ {
		code := AppCode(f.AppSecret("s"), shown+off)
		for spent := shown - 3; spent <= shown+3; spent++ {
			step, ok := f.MatchApp("s", code, spent, noon)
			want := -1 <= off && off <= 1 && shown+off > spent
			if ok != want || ok && step != shown+off {
				t.Errorf("the code of step %+d, after step %+d was accepted: %+d, %v", off, spent-shown, step-shown, ok)
			}
		}
	}
}

// ATK-064: whatever the order in which codes are typed and the clock runs or jumps, none is accepted twice.
func TestATK064NoCodeTwice(t *testing.T) {
	f := forge(t, forgeKey)
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.StringN(1, 20, 40).Draw(t, "seed")
		accepted := map[int64]bool{}
		last := int64(0)
		for range rapid.IntRange(1, 40).Draw(t, "tries") {
			now := noon.Add(time.Duration(rapid.IntRange(-200, 200).Draw(t, "seconds")) * time.Second)
			shown := AppStep(noon.Add(time.Duration(rapid.IntRange(-200, 200).Draw(t, "shown")) * time.Second))
			step, ok := f.MatchApp(seed, AppCode(f.AppSecret(seed), shown), last, now)
			if !ok {
				continue
			}
			if accepted[step] || step <= last || step-AppStep(now) < -1 || step-AppStep(now) > 1 {
				t.Fatalf("step %d is accepted at %d after %d", step, AppStep(now), last)
			}
			accepted[step], last = true, step
		}
	})
}

func TestMatchAppForgivesBlanks(t *testing.T) {
	f := forge(t, forgeKey)
	code := AppCode(f.AppSecret("s"), AppStep(noon))
	for _, between := range []string{
		" ", "-", "–", "\u00a0", "\u202f", "\u2009", "\u200b", "\u2060", "\ufeff", "\t", "\r\n",
	} {
		for _, typed := range []string{between + code, code[:3] + between + code[3:], code + between} {
			if _, ok := f.MatchApp("s", typed, 0, noon); !ok {
				t.Errorf("%q is refused for %q", typed, code)
			}
		}
	}
	for _, typed := range []string{
		"", " ", code[:5], code + "0", "0" + code, code + code, code[:3] + "." + code[3:], code[:3] + "," + code[3:],
		"+" + code[1:], "0x" + code, code + strings.Repeat(" ", mostTyped), foreign(code, '０'), foreign(code, '٠'),
		foreign(code, '०'), code[:5] + "\x00", code[:5] + "\xff", "000000 or 1=1",
	} {
		if _, ok := f.MatchApp("s", typed, 0, noon); ok {
			t.Errorf("%q is accepted for %q", typed, code)
		}
	}
	if _, ok := f.MatchApp("", AppCode(nil, AppStep(noon)), 0, noon); ok {
		t.Error("nobody's code is accepted")
	}
}

// foreign writes digits in another script, whose zero is given.
func foreign(code string, zero rune) string {
	return strings.Map(func(r rune) rune { return r - '0' + zero }, code)
}

func TestAppURLIsReadBack(t *testing.T) {
	for _, c := range []struct{ issuer, account, wantIssuer, wantAccount string }{
		{"Ville de Brévent", "38162", "Ville de Brévent", "38162"},
		{"Portail\u00a0: familles", "A:B", "Portail\u00a0- familles", "A-B"},
		{"A+B & C?=#/%", "é@x.example", "A+B & C?=#/%", "é@x.example"},
	} {
		text := AppURL(c.issuer, c.account, rfcSecret)
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/"+c.wantIssuer+":"+c.wantAccount {
			t.Errorf("%s is for %q", text, u.Path)
		}
		want := url.Values{
			"secret": {"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"}, "issuer": {c.wantIssuer}, "algorithm": {"SHA1"},
			"digits": {"6"}, "period": {"30"},
		}
		if got := u.Query(); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s says %v, want %v", text, got, want)
		}
		if strings.ContainsAny(text, "+ ") {
			t.Errorf("%s has a blank that some apps show as it is", text)
		}
	}
}

func TestAppTextIsInFours(t *testing.T) {
	for secret, want := range map[string]string{
		string(rfcSecret): "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ", "": "", "a": "ME", "abc": "MFRG G",
	} {
		if got := AppText([]byte(secret)); got != want {
			t.Errorf("%q is written %q, want %q", secret, got, want)
		}
		back, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(want, " ", ""))
		if err != nil || string(back) != secret {
			t.Errorf("%q is read back as %q: %v", want, back, err)
		}
	}
}

func FuzzMatchApp(f *testing.F) {
	made := forge(f, forgeKey)
	code := AppCode(made.AppSecret("s"), AppStep(noon))
	for _, typed := range []string{code, code[:3] + " " + code[3:], "０００００0", "000000", ""} {
		f.Add(typed)
	}
	known := map[string]bool{}
	for off := int64(-1); off <= 1; off++ {
		known[AppCode(made.AppSecret("s"), AppStep(noon)+off)] = true
	}
	f.Fuzz(func(t *testing.T, typed string) {
		_, ok := made.MatchApp("s", typed, 0, noon)
		digits := strings.Map(func(r rune) rune {
			if '0' <= r && r <= '9' {
				return r
			}
			return -1
		}, typed)
		if ok && !known[digits] {
			t.Errorf("%q is accepted", typed)
		}
	})
}
