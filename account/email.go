package account

import (
	"strings"

	"golang.org/x/net/idna"
)

// longestLocal is the longest part before the @, in bytes (RFC 5321 §4.5.3.1.1).
const longestLocal = 64

// FoldEmail reads one e-mail address: address is what letters go to, key is what it is looked up by.
//
// It takes the plain form of RFC 5321 §4.1.2, one mailbox and nothing else: no display name, quoted part, comment,
// list, percent sign, address literal or line end, so that no address can carry a second one (ATK-002). Blanks around
// it are dropped. The domain becomes lower case and, where it has other letters, A-labels of IDNA (RFC 5891, UTS 46),
// so that a look-alike of another script is another domain (ATK-004). The local part stays as typed in the address,
// because the receiving server decides what its case means; in the key it is lower case. Local parts past ASCII
// (RFC 6531) and addresses over Longest bytes are not ok.
func FoldEmail(typed string) (address, key string, ok bool) {
	if len(typed) > Longest || strings.ContainsAny(typed, "\r\n") {
		return "", "", false
	}
	local, domain, found := strings.Cut(strings.TrimSpace(typed), "@")
	if !found || !isLocal(local) {
		return "", "", false
	}
	domain, ok = toASCII(domain)
	if !ok || !isDomain(domain) {
		return "", "", false
	}
	address = local + "@" + domain
	if len(address) > Longest {
		return "", "", false
	}
	return address, strings.ToLower(address), true
}

// isLocal says whether a local part is a dot-string of the signs that mailboxes really have. Of RFC 5322's atext it
// leaves out those that routed mail elsewhere or end up in a shell: % ! | ` $.
func isLocal(local string) bool {
	if len(local) > longestLocal {
		return false
	}
	for atom := range strings.SplitSeq(local, ".") {
		if atom == "" {
			return false
		}
		for _, r := range atom {
			if !alphanumeric(r) && !strings.ContainsRune("#&'*+-/=?^_{}~", r) {
				return false
			}
		}
	}
	return true
}

// alphanumeric is for ASCII only: to Unicode, the Kelvin sign is also a K.
func alphanumeric(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

// toASCII gives the A-labels of a domain. What comes out must be a domain by itself: the library encodes what is no
// UTF-8, and then refuses its own result.
func toASCII(domain string) (ascii string, ok bool) {
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil {
		return "", false
	}
	_, err = idna.Lookup.ToASCII(ascii)
	return ascii, err == nil
}

// isDomain says whether an ASCII domain has at least two labels of letters, digits and hyphens (RFC 1123 §2.1), the
// last of which is not a number, as those of an IPv4 address are.
func isDomain(domain string) bool {
	labels := strings.Split(domain, ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			if !alphanumeric(r) && r != '-' {
				return false
			}
		}
	}
	last := labels[len(labels)-1]
	return len(labels) >= 2 && strings.Trim(last, "0123456789") != ""
}

// MaskEmail gives an address as journals and the desk show it: enough for its owner to know it, too little to write to
// it. "claire.martin@orange.example" becomes "c…n@orange.example"; of three letters or fewer only the first is left.
// What is not an address becomes "…".
func MaskEmail(address string) string {
	address, _, ok := FoldEmail(address)
	if !ok {
		return "…"
	}
	local, domain, _ := strings.Cut(address, "@")
	switch len(local) {
	case 1:
		return "…@" + domain
	case 2, 3:
		return local[:1] + "…@" + domain
	}
	return local[:1] + "…" + local[len(local)-1:] + "@" + domain
}
