package walk

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"loquet/text"
	"loquet/web/pages"
)

var update = flag.Bool("update", false, "take the pictures of docs/gallery anew")

// Where the pictures are, how much they may weigh together, how wide they are.
const (
	folder   = "../docs/gallery"
	heaviest = 9_500_000 // bytes
)

var widths = []int64{320, 768, 1280}

// key are the samples that are also pictured in the dark, in English, and in the words of an auto-école.
var key = []string{"signin", "recover", "sent", "renew", "renew-several", "home"}

// inside begins the names of the samples behind the door, and of second proofs. Most of their states differ by a sentence:
// one picture of each page is enough for the eye, and told has those that look otherwise. The gallery itself shows them
// all.
var (
	inside = []string{
		"settings", "users", "person", "offices", "contact", "appearance", "news", "documents", "policy", "journal", "letters",
		"account", "confirm", "stop", "help-pages", "help-revision", "help-edit", "home", "second", "factors", "passkey",
		"app", "codes", "signin-passkey", "renew-passkey", "desk", "recovery", "slip", "objection", "texts",
		"application", "applications", "consent", "closed", "logout", "forward", "post",
	}
	told = []string{
		"person-change-confirmed", "person-stale", "person-new", "person-delete",
		"account-email", "account-email-pending", "account-password", "account-devices", "account-history", "account-data",
		"confirm-email", "confirm-email-waits", "stop-email", "help-edit-preview", "help-edit-overtaken", "home-due",
		"factors-setup", "desk-new-one", "desk-code-sent", "desk-checked", "objection",
		"application-pick", "application-secret", "account-applications", "closed-role", "logout-ask", "forward-leave",
	}
)

// pictured says whether there is to be a picture of a sample.
func pictured(s pages.Sample) bool {
	return !behind(s) || slices.Contains(inside, s.Name) || slices.Contains(told, s.Name)
}

// behind says whether a sample is of what is behind the door.
func behind(s pages.Sample) bool {
	return slices.ContainsFunc(inside, func(page string) bool {
		return s.Name == page || strings.HasPrefix(s.Name, page+"-")
	})
}

// picture is one picture of docs/gallery.
type picture struct {
	sample pages.Sample
	look   pages.Choice
	width  int64
}

// file is its name: "signin-320.png", "signin-dark-768.png", "signin-en-768.png", "signin-key-768.png".
func (p picture) file() string {
	name := p.sample.Name
	if p.look.Language != "fr" {
		name += "-" + p.look.Language
	}
	if p.look.Pack == text.Key {
		name += "-key"
	}
	if p.look.Theme == pages.Dark {
		name += "-dark"
	}
	return fmt.Sprintf("%s-%d.png", name, p.width)
}

// scale is how many pixels of the picture one CSS pixel is: what is wide, or looks like its neighbours, is drawn small.
func (p picture) scale() float64 {
	switch kept := slices.Contains(key, p.sample.Name); {
	case kept && p.width < 1000:
		return 1
	case p.width == widths[0]:
		return 0.75
	}
	return 0.5
}

// plainest is how a page looks to most people.
var plainest = pages.Choice{Language: "fr", Pack: text.Plain, Theme: pages.Light}

func pictures(t testing.TB) []picture {
	t.Helper()
	for _, name := range slices.Concat(inside, told) {
		if !slices.ContainsFunc(pages.Samples(), func(s pages.Sample) bool { return strings.HasPrefix(s.Name, name) }) {
			t.Errorf("there is no sample %q", name)
		}
	}
	var all []picture
	for _, s := range pages.Samples() {
		if !pictured(s) {
			continue
		}
		for _, width := range widths {
			if behind(s) && width == 768 { // between the narrow and the wide one, and like one of them
				continue
			}
			all = append(all, picture{s, plainest, width})
		}
	}
	for _, name := range key {
		s, ok := pages.SampleNamed(name)
		if !ok {
			t.Fatalf("there is no sample %q", name)
		}
		for _, look := range []pages.Choice{
			{Language: "fr", Pack: text.Plain, Theme: pages.Dark}, {Language: "en", Pack: text.Plain, Theme: pages.Light},
			{Language: "fr", Pack: text.Key, Theme: pages.Light},
		} {
			all = append(all, picture{s, look, 768})
		}
	}
	return all
}

// TestScreenshots wants every picture at every width, listed and together no heavier than is bearable; with
// -update it takes them.
func TestScreenshots(t *testing.T) {
	all := pictures(t)
	if *update {
		take(t, all)
	}
	list, err := os.ReadFile(filepath.Join(folder, "README.md"))
	if err != nil {
		t.Fatalf("%v: run `go test ./walk -run Screenshots -update`", err)
	}
	for _, p := range all {
		if !strings.Contains(string(list), "("+p.file()+")") {
			t.Errorf("docs/gallery/README.md does not list %s: run `go test ./walk -run Screenshots -update`", p.file())
		}
		if _, err := os.Stat(filepath.Join(folder, p.file())); err != nil {
			t.Errorf("%v: run `go test ./walk -run Screenshots -update`", err)
		}
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var total int64
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		total += info.Size()
	}
	if total > heaviest {
		t.Errorf("docs/gallery weighs %d bytes, %d at most", total, heaviest)
	}
}

// take takes every picture and lists them; pictures of samples that are gone go too.
func take(t *testing.T, all []picture) {
	t.Helper()
	old, err := filepath.Glob(filepath.Join(folder, "*.png"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range old {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // documents
		t.Fatal(err)
	}
	h := gallery(t)
	for _, width := range widths {
		v := h.visitor(t, view{width, true})
		for _, p := range all {
			if p.width == width {
				v.do(chromedp.EmulateViewport(width, 800, chromedp.EmulateScale(p.scale())))
				v.opens(platform, sample(p.sample, p.look))
				v.pictures(filepath.Join(folder, p.file()), 48)
			}
		}
	}
	door, ok := pages.SampleNamed("signin")
	if !ok {
		t.Fatal("there is no sample of the front page")
	}
	v := h.visitor(t, view{1280, true})
	v.opens(platform, sample(door, plainest))
	v.pictures(filepath.Join(folder, "signin.png"), 256)
	err = os.WriteFile(filepath.Join(folder, "README.md"), []byte(listed(all)), 0o644) //nolint:gosec // a document
	if err != nil {
		t.Fatal(err)
	}
}

// pictures writes the whole page, however long, as a picture of so many colours.
func (v *visitor) pictures(path string, colours int) {
	v.t.Helper()
	var shot []byte
	v.do(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		shot, err = page.CaptureScreenshot().WithCaptureBeyondViewport(true).Do(ctx)
		return err //nolint:wrapcheck // a test says which step it was
	}))
	decoded, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		v.t.Fatal(err)
	}
	full := image.NewNRGBA(decoded.Bounds())
	draw.Draw(full, full.Rect, decoded, full.Rect.Min, draw.Src)
	var small bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&small, few(full, colours)); err != nil {
		v.t.Fatal(err)
	}
	if err := os.WriteFile(path, small.Bytes(), 0o644); err != nil { //nolint:gosec // a document
		v.t.Fatal(err)
	}
}

// few redraws a picture in its most frequent colours, leaving out those that are close to a more frequent one.
func few(full *image.NRGBA, colours int) *image.Paletted {
	counts := map[color.RGBA]int{}
	at := func(i int) color.RGBA { return color.RGBA{full.Pix[i], full.Pix[i+1], full.Pix[i+2], 255} }
	for i := 0; i < len(full.Pix); i += 4 {
		counts[at(i)]++
	}
	ranked := make([]color.RGBA, 0, len(counts))
	for c := range counts {
		ranked = append(ranked, c)
	}
	sort.Slice(ranked, func(i, j int) bool {
		a, b := ranked[i], ranked[j]
		if counts[a] != counts[b] {
			return counts[a] > counts[b]
		}
		return int(a.R)<<16|int(a.G)<<8|int(a.B) < int(b.R)<<16|int(b.G)<<8|int(b.B)
	})
	var palette color.Palette
	for _, c := range ranked {
		if len(palette) == 0 || distance(palette[palette.Index(c)].(color.RGBA), c) > closest(c, colours) {
			palette = append(palette, c)
		}
		if len(palette) == colours {
			break
		}
	}
	nearest := map[color.RGBA]uint8{}
	for _, c := range ranked {
		nearest[c] = uint8(palette.Index(c)) //nolint:gosec // 256 at most
	}
	drawn := image.NewPaletted(full.Bounds(), palette)
	for i := range drawn.Pix {
		drawn.Pix[i] = nearest[at(4*i)]
	}
	return drawn
}

// closest is how close another colour of the picture may be: eyes see steps in a tint, and none at a letter's edge.
func closest(c color.RGBA, colours int) int {
	sum := int(c.R) + int(c.G) + int(c.B)
	grey := max(c.R, c.G, c.B)-min(c.R, c.G, c.B) < 32
	switch {
	case colours == 256:
		return 4
	case sum > 640 || sum < 160:
		return 12
	case grey:
		return 130
	}
	return 64
}

// distance is how far apart two colours are, as the sum of their channels' differences.
func distance(a, b color.RGBA) int {
	sum := 0
	for _, d := range []int{int(a.R) - int(b.R), int(a.G) - int(b.G), int(a.B) - int(b.B)} {
		sum += max(d, -d)
	}
	return sum
}

// listed is docs/gallery/README.md.
func listed(all []picture) string {
	var b strings.Builder
	b.WriteString("# The pages and their states\n\nPictures of the samples of `web/pages`, in French and in the light, at 320, " +
		"768 and 1280 CSS pixels (drawn smaller where little would be lost); of a few also in the dark, in English, and in " +
		"the words of an auto-école. Taken by " +
		"`go test ./walk -run Screenshots -update`; do not edit. " +
		"`loquet demo` shows them alive at `/demo/gallery`, with every further state of the pages behind the door.\n\n" +
		"| page | pictures |\n|---|---|\n")
	byName := map[string][]string{}
	var names []string
	for _, p := range all {
		if byName[p.sample.Name] == nil {
			names = append(names, p.sample.Name)
		}
		label := strings.TrimSuffix(strings.TrimPrefix(p.file(), p.sample.Name+"-"), ".png")
		byName[p.sample.Name] = append(byName[p.sample.Name], fmt.Sprintf("[%s](%s)", label, p.file()))
	}
	for _, name := range names {
		fmt.Fprintf(&b, "| %s | %s |\n", name, strings.Join(byName[name], " · "))
	}
	return b.String()
}
