package main

import (
	"encoding/xml"
	"fmt"
	"strings"
	"unicode/utf8"

	"loquet/recovery"
)

// The sheet: A4 lying down, four units to the millimetre, and the columns on it.
const (
	sheetWidth  = 1188
	sheetHeight = 840
	margin      = 36
	chipWidth   = 122
	chipPitch   = 134
	wayLeft     = 600
	wayWidth    = 312
	leadLeft    = 940
	leadWidth   = sheetWidth - margin - leadLeft
	rowHeight   = 23
	rowGap      = 4
)

// The inks; all stand out from white by more than 4.5 to 1, in print as well (WCAG 1.4.3).
const (
	ink    = "#16202c"
	quiet  = "#4a5563"
	line   = "#8a94a0"
	amber  = "#b45309"
	within = "#0f5132"
)

// tints are what the kinds of things are filled with.
var tints = []struct {
	of   recovery.Has
	fill string
}{
	{recovery.HasIdentifier | recovery.HasPassword, "#e3edf9"},
	{recovery.HasMailbox | recovery.HasMobile, "#dff2ef"},
	{recovery.HasColleague | recovery.HasSecondManager | recovery.HasDesk, "#fdeecb"},
}

func tintOf(has recovery.Has) string {
	for _, t := range tints {
		if has&t.of != 0 {
			return t.fill
		}
	}
	return "#ede7f6"
}

// drawing writes SVG 1.1.
type drawing struct{ strings.Builder }

func escaped(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a builder takes all
	return b.String()
}

// say writes a text at its base line; a width above 0 presses it into that many units where it would be wider.
func (d *drawing) say(x, y, size, width int, style, words string) {
	fit := ""
	if wide := utf8.RuneCountInString(words) * size * 56 / 100; width > 0 && wide > width {
		fit = fmt.Sprintf(` textLength="%d" lengthAdjust="spacingAndGlyphs"`, width)
	}
	fmt.Fprintf(d, "<text x=\"%d\" y=\"%d\" font-size=\"%d\"%s %s>%s</text>\n", x, y, size, fit, style, escaped(words))
}

// box writes a box with a text in its middle.
func (d *drawing) box(x, y, width int, style, textStyle, words string) {
	fmt.Fprintf(d, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"7\" %s/>\n", x, y, width, rowHeight, style)
	d.say(x+width/2, y+16, 13, width-14, `text-anchor="middle" `+textStyle, words)
}

func (d *drawing) arrow(from, to, y int, stroke string) {
	fmt.Fprintf(d, "<path d=\"M%d %dH%d\" stroke=\"%s\" stroke-width=\"1.5\" fill=\"none\"/>\n", from, y, to-7, stroke)
	fmt.Fprintf(d, "<path d=\"M%d %dl-8 -4v8z\" fill=\"%s\"/>\n", to, y, stroke)
}

// svg draws the map: each way is one line that is read from the left to the right, so that nothing crosses.
func (m drawnMap) svg() string {
	d := &drawing{}
	title := m.say.Say("map.title", "Name", m.organisation.Name)
	fmt.Fprintf(d, `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" width="297mm" height="210mm" viewBox="0 0 %d %d" xml:lang="%s" role="img" `+
		`aria-labelledby="title about" font-family="system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif">
<title id="title">%s</title>
<desc id="about">%s</desc>
<rect width="%d" height="%d" fill="#ffffff"/>
`, sheetWidth, sheetHeight, escaped(m.say.Language), escaped(title), escaped(m.described()), sheetWidth, sheetHeight)
	d.say(margin, 44, 24, sheetWidth-2*margin, `font-weight="700" fill="`+ink+`"`, title)
	d.say(margin, 67, 13, sheetWidth-2*margin, `fill="`+quiet+`"`, m.say.Say("map.about"))
	head := `font-weight="700" fill="` + quiet + `"`
	for x, key := range map[int]string{margin: "has", wayLeft: "does", leadLeft: "leads"} {
		d.say(x, 96, 13, 0, head, m.say.Say("map."+key))
	}
	y := 102
	for _, b := range m.bands() {
		y = m.drawBand(d, b, y)
	}
	m.drawFoot(d, y+14)
	d.WriteString("</svg>\n")
	return d.String()
}

// described says the whole drawing to whoever cannot see it.
func (m drawnMap) described() string {
	said := []string{m.say.Say("map.about")}
	for _, b := range m.bands() {
		title, note := m.title(b)
		said = append(said, strings.TrimSpace(title+". "+note))
		for _, w := range b.ways {
			said = append(said, fmt.Sprintf("%s → %s → %s.", strings.Join(m.needs(w), " + "), m.say.Say("map.way."+w.Name),
				strings.Join(m.leads(w), " + ")))
		}
	}
	return strings.Join(said, "\n")
}

func (m drawnMap) drawBand(d *drawing, b band, y int) int {
	title, note := m.title(b)
	fmt.Fprintf(d, "<path d=\"M%d %dH%d\" stroke=\"%s\" stroke-width=\"1\"/>\n", margin, y, sheetWidth-margin, line)
	d.say(margin, y+20, 15, 0, `font-weight="700" fill="`+ink+`"`, title)
	if note != "" {
		d.say(margin+320, y+20, 13, sheetWidth-2*margin-320, `fill="`+amber+`"`, note)
	}
	y += 29
	for _, w := range b.ways {
		m.drawWay(d, w, y, b.closed)
		y += rowHeight + rowGap
	}
	return y + 4
}

// drawWay draws one line; a way that is closed is drawn in dashes.
func (m drawnMap) drawWay(d *drawing, w recovery.Way, y int, closed bool) {
	stroke, dash, words := line, "", `fill="`+ink+`"`
	if closed {
		dash, words = ` stroke-dasharray="4 3"`, `fill="`+quiet+`"`
	}
	chip := func(x, width int, fill, edge, textStyle, said string) {
		if closed {
			fill = "#ffffff"
		}
		d.box(x, y, width, fmt.Sprintf(`fill="%s" stroke="%s"%s`, fill, edge, dash), textStyle, said)
	}
	said, x := m.needs(w), margin
	for _, name := range said {
		chip(x, chipWidth, m.tintNamed(name), stroke, words, name)
		x += chipPitch
	}
	end := x - chipPitch + chipWidth
	if w.Second {
		x = margin + 3*chipPitch
		d.join(end, x, y+rowHeight/2)
		dotted := fmt.Sprintf(`fill="#ffffff" stroke="%s" stroke-dasharray="2 3"`, quiet)
		d.box(x, y, chipWidth, dotted, words, m.say.Say("map.second"))
		end = x + chipWidth
	}
	middle := y + rowHeight/2
	d.arrow(end+2, wayLeft, middle, stroke)
	if w.Managers {
		d.note(margin+3*chipPitch, y, m.say.Say("map.managers"))
	}
	edge := stroke
	if weak(w) {
		edge = amber
	}
	style := fmt.Sprintf(`fill="#ffffff" stroke="%s" stroke-width="1.5"%s`, edge, dash)
	d.box(wayLeft, y, wayWidth, style, words, m.say.Say("map.way."+w.Name))
	d.arrow(wayLeft+wayWidth+2, leadLeft, middle, stroke)
	leads := m.leads(w)
	each := (leadWidth - 8*(len(leads)-1)) / len(leads)
	for n, lead := range leads {
		fill, edge, style := m.tintNamed(lead), stroke, words
		if w.In {
			fill, edge, style = "#d6f0df", within, `font-weight="700" fill="`+within+`"`
		}
		chip(leadLeft+n*(each+8), each, fill, edge, style, lead)
	}
}

// join draws what leads from one need to the next.
func (d *drawing) join(from, to, y int) {
	fmt.Fprintf(d, "<path d=\"M%d %dH%d\" stroke=\"%s\" stroke-width=\"1.5\"/>\n", from, y, to, line)
}

// note writes a remark on the arrow, over a white ground.
func (d *drawing) note(x, y int, words string) {
	width := utf8.RuneCountInString(words)*7 + 10
	fmt.Fprintf(d, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", x, y+4, width, rowHeight-8)
	d.say(x+width/2, y+16, 12, width, `text-anchor="middle" font-style="italic" fill="`+quiet+`"`, words)
}

// tintNamed gives the tint of a thing by its words.
func (m drawnMap) tintNamed(words string) string {
	for bit, name := range recovery.HasNames {
		if m.say.Say("map.has."+name) == words {
			return tintOf(recovery.Has(1) << bit)
		}
	}
	return "#ffffff"
}

// drawFoot says what is asked of whom, and what the edges mean.
func (m drawnMap) drawFoot(d *drawing, y int) {
	var roles []string
	for _, role := range m.organisation.Roles() {
		roles = append(roles, m.asked(role))
	}
	d.say(margin, y, 13, 0, `font-weight="700" fill="`+ink+`"`, m.say.Say("map.roles"))
	d.say(margin+170, y, 13, sheetWidth-2*margin-170, `fill="`+ink+`"`, strings.Join(roles, "  ·  "))
	d.say(margin, y+20, 12, sheetWidth-2*margin, `fill="`+quiet+`"`, m.say.Say("map.second.about"))
}
