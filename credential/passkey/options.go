package passkey

import (
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"

	"loquet/credential"
)

// patience is how long a browser waits for the person, in milliseconds: five minutes (WebAuthn Level 3 §15.1).
const patience = 5 * 60 * 1000

// algorithms are the kinds of keys that are offered, the preferred first; RS256 is what Windows Hello has everywhere.
var algorithms = []webauthncose.COSEAlgorithmIdentifier{
	webauthncose.AlgES256, webauthncose.AlgEdDSA, webauthncose.AlgRS256,
}

// CreateOptions gives the JSON that PublicKeyCredential.parseCreationOptionsFromJSON takes (WebAuthn Level 3 §5.1.9):
// a passkey that its device finds again by itself, with no attestation, that is none of those the person has here. Its
// errors are of ids and challenges that are not base64url: they are not the person's doing.
func CreateOptions(p Party, o Owner, challenge string, exclude []credential.Passkey) ([]byte, error) {
	asked, err := decode("challenge", challenge)
	if err != nil {
		return nil, err
	}
	excluded, err := descriptors(p, exclude)
	if err != nil {
		return nil, err
	}
	required := true
	options := protocol.PublicKeyCredentialCreationOptions{
		RelyingParty: protocol.RelyingPartyEntity{
			CredentialEntity: protocol.CredentialEntity{Name: p.Name}, ID: p.Host,
		},
		User: protocol.UserEntity{
			CredentialEntity: protocol.CredentialEntity{Name: o.Name}, DisplayName: o.Display,
			ID: protocol.URLEncodedBase64(o.Handle),
		},
		Challenge:             asked,
		Parameters:            parameters(),
		Timeout:               patience,
		CredentialExcludeList: excluded,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			RequireResidentKey: &required, // for clients of Level 1
			ResidentKey:        protocol.ResidentKeyRequirementRequired,
			UserVerification:   protocol.VerificationPreferred,
		},
		Attestation: protocol.PreferNoAttestation,
	}
	return json.Marshal(options)
}

// RequestOptions gives the JSON that PublicKeyCredential.parseRequestOptionsFromJSON takes (WebAuthn Level 3 §5.1.10).
// With verify the authenticator must check the person, as it must when a passkey is the only proof. Without allowed the
// device offers whichever passkeys it has, which asks nobody who they are (ENUM-06). Errors as of CreateOptions.
func RequestOptions(p Party, challenge string, verify bool, allowed []credential.Passkey) ([]byte, error) {
	asked, err := decode("challenge", challenge)
	if err != nil {
		return nil, err
	}
	accepted, err := descriptors(p, allowed)
	if err != nil {
		return nil, err
	}
	options := protocol.PublicKeyCredentialRequestOptions{
		Challenge:          asked,
		Timeout:            patience,
		RelyingPartyID:     p.Host,
		AllowedCredentials: accepted,
		UserVerification:   protocol.VerificationPreferred,
	}
	if verify {
		options.UserVerification = protocol.VerificationRequired
	}
	return json.Marshal(options)
}

func parameters() []protocol.CredentialParameter {
	offered := make([]protocol.CredentialParameter, len(algorithms))
	for i, a := range algorithms {
		offered[i] = protocol.CredentialParameter{Type: protocol.PublicKeyCredentialType, Algorithm: a}
	}
	return offered
}

// descriptors names passkeys to the browser: those of other hosts are not, which it could not use anyway.
func descriptors(p Party, keys []credential.Passkey) ([]protocol.CredentialDescriptor, error) {
	var named []protocol.CredentialDescriptor
	for _, k := range keys {
		if k.Host != p.Host {
			continue
		}
		id, err := decode("passkey", k.ID)
		if err != nil {
			return nil, err
		}
		d := protocol.CredentialDescriptor{Type: protocol.PublicKeyCredentialType, CredentialID: id}
		for _, t := range k.Transports {
			d.Transport = append(d.Transport, protocol.AuthenticatorTransport(t))
		}
		named = append(named, d)
	}
	return named, nil
}

func decode(what, text string) (protocol.URLEncodedBase64, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) == 0 {
		return nil, fmt.Errorf("the %s %q is not base64url", what, text)
	}
	return b, nil
}
