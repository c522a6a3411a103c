package assets

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestAddressesFindTheirContent(t *testing.T) {
	for _, name := range []string{"loquet.css", "loquet.js", "passkey.js", "door.js", "team.css", "team.js"} {
		parts := strings.Split(Path(name), "/")
		if len(parts) != 4 || parts[1] != "assets" || len(parts[2]) != 16 {
			t.Fatalf("Path(%q) = %q", name, Path(name))
		}
		a, ok := Find(parts[2], parts[3])
		if !ok || len(a.Body) == 0 {
			t.Fatalf("%s is not found at its own address", name)
		}
		r, err := gzip.NewReader(bytes.NewReader(a.Gzip))
		if err != nil {
			t.Fatal(err)
		}
		if plain, err := io.ReadAll(r); err != nil || !bytes.Equal(plain, a.Body) {
			t.Errorf("%s: what is compressed is not what is served plain (%v)", name, err)
		}
		if _, ok := Find("0000000000000000", name); ok {
			t.Errorf("%s is found under another version's address", name)
		}
	}
	if Path("../assets.go") != "" {
		t.Error("a name that does not exist has an address")
	}
	if _, ok := Find("", "assets.go"); ok {
		t.Error("a file that is no asset is found")
	}
}

func TestHashIsTheOneOfTheNorm(t *testing.T) {
	// The example of CSP3 §6.7.3.3, for: alert('Hello, world.');
	const want = "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"
	if got := Hash([]byte("alert('Hello, world.');")); got != want {
		t.Errorf("Hash = %s, want %s", got, want)
	}
}

func TestTheScriptsAreSmall(t *testing.T) {
	for name, most := range map[string]int{"loquet.js": 5 * 1024, "team.js": 5 * 1024, "passkey.js": 6 * 1024} {
		if a := assets[name]; len(a.Body) > most || len(a.Gzip) > 3*1024 {
			t.Errorf("%s weighs %d bytes, %d compressed; at most %d and 3072", name, len(a.Body), len(a.Gzip), most)
		}
	}
}

// What is served is the script as it was written, but for its comments and its indentation: that would change a string
// that goes on over several lines.
func TestNoStringOfAScriptHasSeveralLines(t *testing.T) {
	for name, source := range map[string][]byte{"loquet.js": script, "passkey.js": passkeyScript, "team.js": teamScript} {
		for n, line := range strings.Split(string(source), "\n") {
			if strings.Count(line, "`")%2 != 0 || strings.HasSuffix(line, `\`) || strings.Contains(line, "/*") {
				t.Errorf("%s:%d: %s", name, n+1, line)
			}
		}
		served := string(assets[name].Body)
		for line := range strings.Lines(string(source)) {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") && !strings.Contains(served, line+"\n") {
				t.Errorf("%s lacks %q", name, line)
			}
		}
	}
}

// What is loaded must load nothing itself, and must be usable where neither inline style nor markup is allowed.
func TestNothingIsLoadedFromElsewhere(t *testing.T) {
	for name, a := range assets {
		if m := regexp.MustCompile(`https?://[^\s"')]+|@import|innerHTML|eval\(`).Find(a.Body); m != nil &&
			!bytes.HasPrefix(m, []byte("https://tailwindcss.com")) && !bytes.HasPrefix(m, []byte("http://www.w3.org/")) {
			t.Errorf("%s holds %q", name, m)
		}
	}
	if bytes.Contains(CSS, []byte("</")) {
		t.Error("the style sheet would end its own <style> element")
	}
}

func TestTheLockFileNamesNoHost(t *testing.T) {
	lock, err := os.ReadFile("package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(lock, []byte(`"resolved"`)) {
		t.Error(`package-lock.json has "resolved" entries: build with omit-lockfile-registry-resolved=true`)
	}
}
