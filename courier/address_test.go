package courier_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"loquet/courier"
)

func TestATK002OneRecipientOnly(t *testing.T) {
	for _, bad := range []string{
		"", "a", "@", "a@", "@b.example", "a@b.example,c@d.example", "a@b.example c@d.example", "a@b.example;c@d.example",
		"a@b.example\r\nBcc: c@d.example", "a@b.example\n", "a@b.example\x00", "a@b.example%0d%0acc:c", "a|b@c.example|x",
		"<a@b.example>", "A <a@b.example>", `"a b"@c.example`, `"a"@c.example`, "a@b@c.example", "a@[127.0.0.1]",
		"a..b@c.example",
		".a@c.example", "a.@c.example", "a@-b.example", "a@b-.example", "a@b..example", "a@.example", "a b@c.example",
		"é@c.example", "a@é.example", "a@b.example>", "a@b.example SIZE=9", "(x)a@b.example", "a@b_c.example",
		strings.Repeat("a", 65) + "@b.example", "a@" + strings.Repeat("b.", 130) + "example",
	} {
		if err := courier.CheckAddress(bad); !errors.Is(err, courier.Unfit) {
			t.Errorf("%q: %v", bad, err)
		}
		l := courier.Samples()[0]
		l.To = bad
		if _, err := courier.Render(l, mailbox(t)); !errors.Is(err, courier.Unfit) {
			t.Errorf("%q is written on a letter: %v", bad, err)
		}
		if err := mailbox(t).Send(context.Background(), from, bad, []byte("x\r\n")); !errors.Is(err, courier.Unfit) {
			t.Errorf("%q gets a letter: %v", bad, err)
		}
	}
	for _, good := range []string{
		"claire.martin@orange.example", "o'neil+portail@b.example", "a@b", "A_b-c=d@xn--caf-dma.example", "1@2.example",
		strings.Repeat("a", 64) + "@b.example",
	} {
		if err := courier.CheckAddress(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
}

func FuzzCheckAddress(f *testing.F) {
	for _, seed := range []string{"a@b.example", "a@b.example\r\nRCPT TO:<c@d.example>", `"a@b"@c`, "a@b,c@d", "é@é"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		if courier.CheckAddress(typed) != nil {
			return
		}
		if strings.Count(typed, "@") != 1 || strings.ContainsAny(typed, "\r\n\x00 \t<>,;:\"()[]\\") || len(typed) > 254 {
			t.Errorf("%q is taken for one address", typed)
		}
	})
}
