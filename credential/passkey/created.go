package passkey

import (
	"github.com/go-webauthn/webauthn/protocol"

	"loquet/credential"
)

// Created is what a browser says when a passkey was made (an attestation): read, and nothing of it verified.
type Created struct {
	Challenge string // that it says to answer; the caller lets Forge.Meets look at it before anything else

	parsed *protocol.ParsedCredentialCreationData
}

// ReadCreated reads the JSON of PublicKeyCredential.toJSON (WebAuthn Level 3 §5.1.8) for a new passkey. What client
// extensions say is ignored: none was asked for. Its only error is Refused.
func ReadCreated(answer []byte) (Created, error) {
	if len(answer) > most {
		return Created{}, Refused{stepShape}
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Created{}, Refused{stepShape}
	}
	return Created{Challenge: parsed.Response.CollectedClientData.Challenge, parsed: parsed}, nil
}

// Check takes the steps of WebAuthn Level 3 §7.1 and gives the passkey, without its organisation, account and time of
// creation, which the flow knows. The owner is the one that the options named; one without a handle is nobody. That no
// other passkey has its id (step 26) is the store's concern. Its name is that of its model; empty for an unknown one.
//
// No attestation is asked for and none is trusted: the model is what the authenticator claims. The formats that reach
// us nevertheless are "none" and self attestation (§5.1.3), accepted when go-webauthn verifies them; any other is
// refused as a wrong shape. Its only error is Refused.
func (c Created) Check(p Party, o Owner) (credential.Passkey, error) {
	if c.parsed == nil {
		return credential.Passkey{}, Refused{stepShape}
	}
	if len(o.Handle) == 0 {
		return credential.Passkey{}, Refused{stepHandle}
	}
	data := c.parsed.Response.AttestationObject.AuthData
	if step := clientStep(c.parsed.Response.CollectedClientData, protocol.CreateCeremony, c.Challenge, p); step != "" {
		return credential.Passkey{}, Refused{step}
	}
	if step := deviceStep(data, p, false); step != "" {
		return credential.Passkey{}, Refused{step}
	}
	if step := c.keyStep(); step != "" {
		return credential.Passkey{}, Refused{step}
	}
	// Steps 22 and 24, and once more those before but the flags of copies.
	_, err := c.parsed.Verify(c.Challenge, p.Host, []string{p.Origin}, nil, nil,
		protocol.TopOriginExplicitVerificationMode, false, false, true, nil, parameters(),
		protocol.AttestationPolicy{}, protocol.SignaturePolicy{})
	if err != nil {
		return credential.Passkey{}, Refused{stepSignature}
	}
	model := modelOf(data.AttData.AAGUID)
	return credential.Passkey{
		ID:         text(data.AttData.CredentialID),
		Host:       p.Host,
		Key:        data.AttData.CredentialPublicKey,
		Count:      data.Counter,
		Model:      model,
		Name:       ModelName(model),
		Transports: transports(c.parsed.Response.Transports),
		Verifies:   data.Flags.HasUserVerified(),
		Synced:     data.Flags.HasBackupEligible(),
		BackedUp:   data.Flags.HasBackupState(),
	}, nil
}
