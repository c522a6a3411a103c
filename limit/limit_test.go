package limit

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 9, 3, 12, 0, 0, 0, time.UTC)

// three allows three acts at once and then one each minute.
var three = Rate{Burst: 3, Every: time.Minute}

func TestDecide(t *testing.T) {
	minute := time.Minute
	for _, c := range []struct {
		name    string
		stored  time.Time
		rate    Rate
		next    time.Time
		allowed bool
		wait    time.Duration
	}{
		{"nothing stored", time.Time{}, three, noon.Add(minute), true, 0},
		{"long ago", noon.Add(-time.Hour), three, noon.Add(minute), true, 0},
		{"just over", noon, three, noon.Add(minute), true, 0},
		{"second of the burst", noon.Add(minute), three, noon.Add(2 * minute), true, 0},
		{"third of the burst", noon.Add(2 * minute), three, noon.Add(3 * minute), true, 0},
		{"a moment too soon", noon.Add(2*minute + 1), three, noon.Add(2*minute + 1), false, 1},
		{"fourth of the burst", noon.Add(3 * minute), three, noon.Add(3 * minute), false, minute},
		{"stored by a node whose clock is ahead", noon.Add(3*minute + Skew), three, noon.Add(3*minute + Skew), false, Skew + minute},
		{"ATK-088: stored by a clock that was set back", noon.Add(time.Hour), three, noon.Add(minute), true, 0},
		{"no burst, never", time.Time{}, Rate{Burst: 0, Every: minute}, time.Time{}, false, minute},
		{"one each", time.Time{}, Rate{Burst: 1, Every: minute}, noon.Add(minute), true, 0},
		{"one each, too soon", noon.Add(minute / 2), Rate{Burst: 1, Every: minute}, noon.Add(minute / 2), false, minute / 2},
	} {
		next, allowed, wait := Decide(c.stored, noon, c.rate)
		if !next.Equal(c.next) || allowed != c.allowed || wait != c.wait {
			t.Errorf("%s: %v, %v, %v", c.name, next, allowed, wait)
		}
	}
}

// Whatever the times of the tries, no span of time sees more allowed acts than the burst and one each Every; a refused
// try changes nothing; and whoever waits as long as told is allowed.
func TestDecideNeverAllowsMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := Rate{
			Burst: rapid.IntRange(1, 10).Draw(t, "burst"),
			Every: time.Duration(rapid.IntRange(1, 100).Draw(t, "every")) * time.Second,
		}
		now, stored := noon, time.Time{}
		var acts []time.Time
		for _, gap := range rapid.SliceOfN(rapid.IntRange(0, 200), 1, 100).Draw(t, "gaps") {
			now = now.Add(time.Duration(gap) * 100 * time.Millisecond)
			next, allowed, wait := Decide(stored, now, rate)
			if allowed {
				acts, stored = append(acts, now), next
				continue
			}
			if !next.Equal(stored) || wait <= 0 {
				t.Fatalf("a refused try stores %v after %v and waits %v", next, stored, wait)
			}
			if _, early, _ := Decide(stored, now.Add(wait-1), rate); early {
				t.Fatalf("the wait of %v is too long", wait)
			}
			if _, then, _ := Decide(stored, now.Add(wait), rate); !then {
				t.Fatalf("after the wait of %v it is refused", wait)
			}
		}
		for i := range acts {
			for j := i; j < len(acts); j++ {
				if most := rate.Burst + int(acts[j].Sub(acts[i])/rate.Every); j-i+1 > most {
					t.Fatalf("%d acts in %v, %d may be", j-i+1, acts[j].Sub(acts[i]), most)
				}
			}
		}
	})
}

// ATK-023: a limit is a wait that ends, however many tries come meanwhile; nobody can be shut out for ever.
func TestATK023WaitEnds(t *testing.T) {
	stored := time.Time{}
	for range 10000 {
		stored, _, _ = Decide(stored, noon, three)
	}
	if _, allowed, wait := Decide(stored, noon, three); allowed || wait > three.Every {
		t.Errorf("after a flood: allowed %v, wait %v", allowed, wait)
	}
	if _, allowed, _ := Decide(stored, noon.Add(three.Every), three); !allowed {
		t.Error("after the wait it is still refused")
	}
}

// Each of the four parts makes another key, also when the same letters are divided in another way.
func TestKeysAreApart(t *testing.T) {
	secret, other := []byte("a secret"), []byte("another secret")
	seen := map[string]string{}
	for name, key := range map[string]string{
		"one":                Key(secret, "account", "famille", "38162"),
		"other secret":       Key(other, "account", "famille", "38162"),
		"other kind":         Key(secret, "mail", "famille", "38162"),
		"other organisation": Key(secret, "account", "autoecole", "38162"),
		"other person":       Key(secret, "account", "famille", "38163"),
		"border moved":       Key(secret, "account", "famille3", "8162"),
		"border moved back":  Key(secret, "account", "famill", "e38162"),
		"nothing":            Key(secret, "account", "", ""),
		"all in one":         Key(secret, "account", "", "famille38162"),
		"long":               Key(secret, "account", "famille", strings.Repeat("x", 300)),
		"longer":             Key(secret, "account", "famille", strings.Repeat("x", 301)),
	} {
		if before, double := seen[key]; double {
			t.Errorf("%s has the key of %s", name, before)
		}
		seen[key] = name
	}
	if Key(secret, "account", "famille", "38162") != Key(secret, "account", "famille", "38162") {
		t.Error("the same has two keys")
	}
}

// CNIL-23: the table of limits does not tell what was typed.
func TestKeyHidesWhatWasTyped(t *testing.T) {
	for _, typed := range []string{"38162", "claire.martin@orange.example", "192.0.2.1"} {
		key := Key([]byte("a secret"), "account", "famille", typed)
		tells := strings.Contains(key, typed) || strings.Contains(key, "famille")
		if tells || !strings.HasPrefix(key, "account:") || len(key) != 30 {
			t.Errorf("%q has the key %q", typed, key)
		}
	}
}

func TestNetwork(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.1": "192.0.2.0/24", "192.0.2.255": "192.0.2.0/24", "192.0.3.1": "192.0.3.0/24", "127.0.0.1": "127.0.0.0/24",
		"::ffff:192.0.2.77":      "192.0.2.0/24", // the same subscriber by a socket of both families
		"2001:db8:1:2ff::1":      "2001:db8:1:200::/56",
		"2001:db8:1:200:ffff::9": "2001:db8:1:200::/56",
		"2001:db8:1:300::1":      "2001:db8:1:300::/56",
		"fe80::1%eth0":           "fe80::/56", // a zone is no way to another network
		"fe80::1%eth1":           "fe80::/56",
		"::1":                    "::/56",
	} {
		if got := Network(netip.MustParseAddr(address)); got.String() != want {
			t.Errorf("%s is of %s, want %s", address, got, want)
		}
	}
	if got := Network(netip.Addr{}); got.IsValid() {
		t.Errorf("no address is of %s", got)
	}
}
