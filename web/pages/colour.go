package pages

import (
	"fmt"
	"math"
	"strconv"
	"sync"
)

// colour is an sRGB colour, each channel from 0 to 1.
type colour struct{ r, g, b float64 }

// The surfaces that text stands on, the same as in loquet.css.
var (
	white    = colour{1, 1, 1}
	black    = colour{}
	night    = mustColour("#0d1116")
	nightTop = mustColour("#181f28") // cards in the dark
	panel    = mustColour("#f0f3f6") // quiet panels on cards
	nightLow = mustColour("#242d38") // the same in the dark
)

// usual is the colour of an organisation that has not chosen one.
const usual = "#2c4a7c"

const (
	textContrast  = 4.5 // WCAG 2.2 SC 1.4.3
	partContrast  = 3.0 // WCAG 2.2 SC 1.4.11
	nightContrast = 7.0 // thin bright letters on dark look fainter than they measure
)

// parseColour reads "#rgb" or "#rrggbb" and nothing else: an organisation's colour goes into a style sheet (ATK-092).
func parseColour(s string) (colour, bool) {
	if len(s) == 4 {
		s = string([]byte{s[0], s[1], s[1], s[2], s[2], s[3], s[3]})
	}
	if len(s) != 7 || s[0] != '#' {
		return colour{}, false
	}
	n, err := strconv.ParseUint(s[1:], 16, 32)
	if err != nil {
		return colour{}, false
	}
	return colour{float64(n>>16) / 255, float64(n>>8&255) / 255, float64(n&255) / 255}, true
}

func mustColour(s string) colour {
	c, ok := parseColour(s)
	if !ok {
		panic("pages: not a colour: " + s)
	}
	return c
}

func (c colour) String() string {
	byteOf := func(x float64) int { return int(math.Round(x * 255)) }
	return fmt.Sprintf("#%02x%02x%02x", byteOf(c.r), byteOf(c.g), byteOf(c.b))
}

// mix gives the colour that lies between c (part 0) and other (part 1).
func (c colour) mix(other colour, part float64) colour {
	m := func(a, b float64) float64 { return a + (b-a)*part }
	// Rounded to what a browser will show, so that what is measured is what is seen.
	return mustColour(colour{m(c.r, other.r), m(c.g, other.g), m(c.b, other.b)}.String())
}

// luminance is the relative luminance of WCAG 2.2.
func (c colour) luminance() float64 {
	linear := func(x float64) float64 {
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.r) + 0.7152*linear(c.g) + 0.0722*linear(c.b)
}

// contrast is the contrast ratio of WCAG 2.2, from 1 to 21.
func contrast(a, b colour) float64 {
	x, y := a.luminance(), b.luminance()
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// nearest gives the shade of c, darker or lighter, that is nearest to it and passes.
func (c colour) nearest(passes func(colour) bool) colour {
	for i := range 101 {
		for _, end := range []colour{black, white} {
			if shade := c.mix(end, float64(i)/100); passes(shade) {
				return shade
			}
		}
	}
	return c
}

// reads says whether a colour has at least this contrast with each of the others.
func reads(c colour, least float64, others ...colour) bool {
	for _, o := range others {
		if contrast(c, o) < least {
			return false
		}
	}
	return true
}

// palette is what a page takes from an organisation's colour.
type palette struct {
	org  colour // fills, under white text
	ink  colour // links and other text
	page colour // behind everything
	tint colour // the glow behind the door, quiet fills
}

// light gives the palette of a bright page: fills and text are the same shade there.
func (c colour) light() palette {
	p := palette{page: c.mix(white, 0.95), tint: c.mix(white, 0.86)}
	p.org = c.nearest(func(s colour) bool {
		return reads(s, textContrast, white, panel, p.page, p.tint)
	})
	p.ink = p.org
	return p
}

// dark gives the palette of a dark page.
func (c colour) dark() palette {
	p := palette{page: c.mix(night, 0.96), tint: c.mix(night, 0.84)}
	p.org = c.nearest(func(s colour) bool {
		return reads(s, textContrast, white) && reads(s, partContrast, nightTop, p.page)
	})
	p.ink = c.nearest(func(s colour) bool {
		return reads(s, nightContrast, nightTop, p.page) && reads(s, textContrast, nightLow, p.tint)
	})
	return p
}

func (p palette) css() string {
	return fmt.Sprintf("--org:%s;--ink:%s;--page:%s;--tint:%s", p.org, p.ink, p.page, p.tint)
}

// dress is what pages wear in an organisation's colour.
type dress struct{ style, icon string }

var dresses sync.Map // colour → dress: finding readable shades takes longer than all the rest of a page

func dressFor(chosen string) dress {
	c, ok := parseColour(chosen)
	if !ok {
		c = mustColour(usual)
	}
	if known, ok := dresses.Load(c); ok {
		return known.(dress) //nolint:forcetypeassert // only dresses are stored
	}
	p := c.light()
	light, dark := p.css(), c.dark().css()
	d := dress{
		style: ":root{" + light + "}" +
			"@media (prefers-color-scheme:dark){:root:not([data-theme]){" + dark + "}}" +
			"[data-theme=dark]{" + dark + "}",
		icon: "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E" +
			"%3Crect width='16' height='16' rx='5' fill='%23" + p.org.String()[1:] + "'/%3E" +
			"%3Cpath d='M8 3.5a2.5 2.5 0 0 1 1.3 4.6l.7 4.4H6l.7-4.4A2.5 2.5 0 0 1 8 3.5z' fill='%23fff'/%3E%3C/svg%3E",
	}
	dresses.Store(c, d)
	return d
}

// OrganisationStyle gives the style sheet that carries an organisation's colour ("#1f4f8f" or "#14f"): shades of it
// that can be read in both themes. What is no colour counts as none chosen. Its SHA-256 belongs in the page's CSP.
func OrganisationStyle(chosen string) string { return dressFor(chosen).style }

// favicon gives a keyhole in the organisation's colour as a data: URI, so that the icon needs no request of its own.
func favicon(chosen string) string { return dressFor(chosen).icon }
