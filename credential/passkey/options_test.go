package passkey

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"loquet/credential"
	"loquet/credential/passkey/passkeytest"
)

var had = []credential.Passkey{
	{ID: "AAECAwQFBgcICQoLDA0ODw", Host: party.Host, Transports: []string{"internal", "hybrid"}},
	{ID: "EBESExQVFhcYGRobHB0eHw", Host: "elsewhere.example"},
	{ID: "ICEiIyQlJicoKSorLC0uLw", Host: party.Host},
}

func TestCreateOptions(t *testing.T) {
	for _, c := range []struct {
		had  []credential.Passkey
		more string
	}{
		{nil, ""},
		{had[1:2], ""},
		{had, `"excludeCredentials": [
			{"type": "public-key", "id": "AAECAwQFBgcICQoLDA0ODw", "transports": ["internal", "hybrid"]},
			{"type": "public-key", "id": "ICEiIyQlJicoKSorLC0uLw"}],`},
	} {
		got, err := CreateOptions(party, owner, "Y2hhbGxlbmdl", c.had)
		if err != nil {
			t.Fatal(err)
		}
		same(t, got, `{`+c.more+`
			"rp": {"id": "famille.example", "name": "Portail « Familles »"},
			"user": {"id": "`+text(owner.Handle)+`", "name": "38162", "displayName": "Léa Ó Briain"},
			"challenge": "Y2hhbGxlbmdl",
			"pubKeyCredParams": [
				{"type": "public-key", "alg": -7}, {"type": "public-key", "alg": -8}, {"type": "public-key", "alg": -257}],
			"timeout": 300000,
			"authenticatorSelection": {
				"residentKey": "required", "requireResidentKey": true, "userVerification": "preferred"},
			"attestation": "none"}`)
	}
}

func TestRequestOptions(t *testing.T) {
	for _, c := range []struct {
		verify  bool
		allowed []credential.Passkey
		more    string
	}{
		{false, nil, `"userVerification": "preferred"`},
		{true, nil, `"userVerification": "required"`},
		{true, had, `"userVerification": "required", "allowCredentials": [
			{"type": "public-key", "id": "AAECAwQFBgcICQoLDA0ODw", "transports": ["internal", "hybrid"]},
			{"type": "public-key", "id": "ICEiIyQlJicoKSorLC0uLw"}]`},
	} {
		got, err := RequestOptions(party, "Y2hhbGxlbmdl", c.verify, c.allowed)
		if err != nil {
			t.Fatal(err)
		}
		same(t, got, `{"challenge": "Y2hhbGxlbmdl", "timeout": 300000, "rpId": "famille.example", `+c.more+`}`)
	}
}

// ENUM-06: what is asked of someone unknown depends on nobody.
func TestENUM06NobodyIsNamed(t *testing.T) {
	got, err := RequestOptions(party, "Y2hhbGxlbmdl", true, nil)
	if err != nil || strings.Contains(string(got), "allowCredentials") {
		t.Errorf("%s, %v", got, err)
	}
}

// Options stand within pages: what a person or an organisation is called ends no element.
func TestOptionsEndNoElement(t *testing.T) {
	evil := "</script><!--&"
	got, err := CreateOptions(Party{Host: party.Host, Name: evil}, Owner{owner.Handle, evil, evil}, "AAAA", nil)
	if err != nil || strings.ContainsAny(string(got), "<>&") {
		t.Errorf("%s, %v", got, err)
	}
}

func TestOptionsOfWhatIsNotBase64(t *testing.T) {
	broken := []credential.Passkey{{ID: "+/", Host: party.Host}}
	for _, challenge := range []string{"", "+/+/", "AAA=", "AB", "é"} {
		if got, err := CreateOptions(party, owner, challenge, nil); err == nil {
			t.Errorf("%q gives %s", challenge, got)
		}
		if got, err := RequestOptions(party, challenge, true, nil); err == nil {
			t.Errorf("%q gives %s", challenge, got)
		}
	}
	if got, err := CreateOptions(party, owner, "AAAA", broken); err == nil {
		t.Errorf("the passkey gives %s", got)
	}
	if got, err := RequestOptions(party, "AAAA", true, broken); err == nil {
		t.Errorf("the passkey gives %s", got)
	}
}

// The device that has a passkey of the person already makes no second one, and answers only with one that is allowed.
func TestOptionsAreHonoured(t *testing.T) {
	f := forge(t)
	device := passkeytest.New(party.Host)
	first, err := created(t, f, device)
	if err != nil {
		t.Fatal(err)
	}
	options, _ := CreateOptions(party, owner, "AAAA", []credential.Passkey{first})
	if answer := device.Create(options, party.Origin); answer != nil {
		t.Errorf("a second passkey was made: %s", answer)
	}
	if _, err := created(t, f, device); err != nil {
		t.Fatal(err)
	}
	options, _ = RequestOptions(party, "AAAA", true, []credential.Passkey{first})
	if a, err := Read(device.Get(options, party.Origin)); err != nil || a.ID != first.ID {
		t.Errorf("the device answers with %q, %v", a.ID, err)
	}
	options, _ = RequestOptions(Party{Host: "evil.example"}, "AAAA", true, nil)
	if answer := device.Get(options, "https://evil.example"); answer != nil {
		t.Errorf("the device answers elsewhere: %s", answer)
	}
}

// same compares JSON; nothing may be in it twice or unasked.
func same(t *testing.T, got []byte, want string) {
	t.Helper()
	var g, w any
	if err := json.Unmarshal(got, &g); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(w, g); diff != "" {
		t.Errorf("the options differ (-want +got):\n%s", diff)
	}
}
