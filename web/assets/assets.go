// Package assets holds what pages load: one style sheet and one script for all of them, one more of each behind the door,
// and the script of passkeys, built once and embedded.
//
// It promises that an address names its content, so that browsers may keep what they have for ever, and that nothing is
// compressed while someone waits. The style sheets are built from those in this folder: npm ci, then npm run build.
package assets

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"slices"
)

// CSS is the built style sheet; front pages carry it inside a <style> element and need no second request.
//
//go:embed built/loquet.css
var CSS []byte

//go:embed loquet.js
var script []byte

// What pages that a passkey may help on load besides.
//
//go:embed passkey.js
var passkeyScript []byte

//go:embed post.js
var postScript []byte

// What pages behind the door load besides: team.css on all of them, team.js where there are tables.
var (
	//go:embed built/team.css
	teamCSS []byte
	//go:embed team.js
	teamScript []byte
)

// StyleHash is the CSP source that allows CSS in a <style> element: "'sha256-…'".
var StyleHash = Hash(CSS)

// Asset is one file as it is served.
type Asset struct {
	Media  string // media type
	Body   []byte
	Gzip   []byte // Body, compressed as far as it goes
	digest string
}

var assets = map[string]Asset{
	"loquet.css": prepare("text/css; charset=utf-8", CSS),
	"loquet.js":  prepare("text/javascript; charset=utf-8", lean(script)),
	"passkey.js": prepare("text/javascript; charset=utf-8", lean(passkeyScript)),
	// Both in one, for the door: one request less before the first page is there.
	"door.js":  prepare("text/javascript; charset=utf-8", slices.Concat(lean(script), lean(passkeyScript))),
	"post.js":  prepare("text/javascript; charset=utf-8", lean(postScript)),
	"team.css": prepare("text/css; charset=utf-8", teamCSS),
	"team.js":  prepare("text/javascript; charset=utf-8", lean(teamScript)),
}

// lean leaves out the lines that are comments and the blanks that begin a line. No string of the scripts goes on over
// several lines.
func lean(script []byte) []byte {
	var kept []byte
	for line := range bytes.Lines(script) {
		if line = bytes.TrimLeft(line, " "); len(line) > 1 && !bytes.HasPrefix(line, []byte("//")) {
			kept = append(kept, line...)
		}
	}
	return kept
}

func prepare(media string, body []byte) Asset {
	sum := sha256.Sum256(body)
	var packed bytes.Buffer
	// Writing to memory does not fail, and the level is a constant that exists.
	w, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	_, _ = w.Write(body)
	_ = w.Close()
	return Asset{Media: media, Body: body, Gzip: packed.Bytes(), digest: hex.EncodeToString(sum[:8])}
}

// Path gives the address of an asset, "/assets/<16 hex digits of its SHA-256>/loquet.css". A name that does not exist
// gives "".
func Path(name string) string {
	a, ok := assets[name]
	if !ok {
		return ""
	}
	return "/assets/" + a.digest + "/" + name
}

// Find gives the asset of an address's last two parts. An address of another version finds nothing: it must not be kept
// by browsers under the name of content that it does not have.
func Find(digest, name string) (Asset, bool) {
	a, ok := assets[name]
	if !ok || a.digest != digest {
		return Asset{}, false
	}
	return a, true
}

// Hash gives the CSP source of a <style> or <script> element's text: "'sha256-…'" (CSP3 §2.3.1).
func Hash(text []byte) string {
	sum := sha256.Sum256(text)
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
