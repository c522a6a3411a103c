package bounce_test

import (
	"bytes"
	"strings"
	"testing"

	"loquet/courier/bounce"
)

const item = "k3v7qz2mbx5t4hw6ncyd2ejpsa"

func address(t testing.TB, of string, key byte) bounce.Address {
	t.Helper()
	a, err := bounce.NewAddress(of, bytes.Repeat([]byte{key}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Relays fold the case of what is before the @, and put < and > around at most.
func TestTheReturnOfALetterNamesIt(t *testing.T) {
	a := address(t, "Retours@Commune.example", 1)
	back := a.For(item)
	local, _, _ := strings.Cut(back, "@")
	if len(local) > 64 || !strings.HasPrefix(back, "retours+"+item) || !strings.HasSuffix(back, "@commune.example") {
		t.Errorf("it goes to %s", back)
	}
	for _, written := range []string{back, strings.ToUpper(back), strings.ToUpper(back[:1]) + back[1:]} {
		if id, ok := a.Read(written); !ok || id != item {
			t.Errorf("%s names %q, %v", written, id, ok)
		}
	}
	if back != a.For(item) || back == a.For(item[:25]) {
		t.Error("the address of a letter is not one, or that of two")
	}
}

// A token that is altered in any one place, that another installation has made, or that is another letter's, names
// nothing.
func TestForgedReturnsNameNothing(t *testing.T) {
	a := address(t, "retours@commune.example", 1)
	back := a.For(item)
	local, domain, _ := strings.Cut(back, "@")
	other := a.For("other" + item[5:])
	forged := []string{
		"", "@", "retours@commune.example", "retours+@commune.example", "retours+" + item + "@commune.example",
		"retours+" + item + "-@commune.example", local, local + "@", local + "@other.example", "x" + back, "<" + back + ">",
		local + "-a@" + domain, back + ".", back + "@" + domain, " " + back, back + "\r\n", strings.Repeat("a", 10_000) + back,
		strings.Replace(back, "retours+", "retours-", 1), address(t, "retours@commune.example", 2).For(item),
		"retours+" + item + other[strings.LastIndex(other, "-"):],
		address(t, "retours@autre.example", 1).For(item)[:len(local)] + "@autre.example",
	}
	for i := len("retours+"); i < len(local); i++ {
		for _, c := range "aq2" {
			if altered := local[:i] + string(c) + local[i+1:] + "@" + domain; altered != back {
				forged = append(forged, altered)
			}
		}
		forged = append(forged, local[:i]+local[i+1:]+"@"+domain)
	}
	for _, address := range forged {
		if id, ok := a.Read(address); ok {
			t.Errorf("%q names %q", address, id)
		}
	}
}

func TestAddressesOfReturns(t *testing.T) {
	key := make([]byte, 32)
	for _, bad := range []string{
		"", "retours", "@commune.example", "retours@", "retours+x@commune.example", "a@b@c.example", "retours@localhost",
		"une-adresse-bien-trop-longue@commune.example", "ret ours@commune.example", "retours@commune.example\r\n", "é@c.example",
	} {
		if _, err := bounce.NewAddress(bad, key); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	if _, err := bounce.NewAddress("retours@commune.example", key[:31]); err == nil {
		t.Error("a short key is taken")
	}
	a := address(t, "mail.retours-1@commune.example", 1)
	for _, id := range []string{"", "UPPER", "with-dash", "a.b", strings.Repeat("a", 27), "é"} {
		if back := a.For(id); back != "" {
			t.Errorf("the return of %q goes to %s", id, back)
		}
	}
	local, _, _ := strings.Cut(a.For(item), "@")
	if len(local) > 64 {
		t.Errorf("%s is %d octets", local, len(local))
	}
}

func FuzzRead(f *testing.F) {
	a := address(f, "retours@commune.example", 1)
	f.Add(a.For(item))
	f.Add("retours+x-y@commune.example")
	f.Fuzz(func(t *testing.T, written string) {
		if id, ok := a.Read(written); ok && !strings.EqualFold(a.For(id), written) {
			t.Errorf("%q names %q", written, id)
		}
	})
}
