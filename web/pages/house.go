package pages

import (
	"strconv"
	"strings"

	"loquet/organisation"
)

// numberOf gives the number of a settings line.
func numberOf(name string) string {
	for _, g := range settingsGroups {
		for _, l := range g.lines {
			if l.name == name {
				return l.number
			}
		}
	}
	return ""
}

// head gives the page of a setting its title and its width.
func (s setting) head(f Frame) head {
	return head{
		title: f.Say.Say("settings.line." + s.line), refused: len(s.problems) > 0 || s.stale, private: true, wide: true,
	}
}

// settingNotice says what has been done to a setting; "" for nothing.
func settingNotice(f Frame, n Notice) string {
	switch n {
	case Saved, Nothing, Previewed, Added, Removed:
		return f.Say.Say("settings.notice." + string(n))
	}
	return ""
}

// typed and problems keep apart what belongs to the form that adds and to the one that removes.
func (p Offices) typed(do string) Typed { return ofForm(p.Typed, do) }

func (p Offices) problems(do string) []Problem { return problemsOf(p.Typed, do, p.Problems) }

func (p DocumentsForm) typed(do string) Typed { return ofForm(p.Typed, do) }

func (p DocumentsForm) problems(do string) []Problem { return problemsOf(p.Typed, do, p.Problems) }

func ofForm(typed Typed, do string) Typed {
	if (typed["do"] == "remove") != (do == "remove") {
		return nil
	}
	return typed
}

func problemsOf(typed Typed, do string, problems []Problem) []Problem {
	if (typed["do"] == "remove") != (do == "remove") {
		return nil
	}
	return problems
}

// line is one field of the contact form; its label is house.<name>.
func (p ContactForm) line(name, inForce string) input {
	return input{
		name: name, label: p.Say.Say("house." + name), kind: "text", autocomplete: "off", optional: true,
		value: p.Typed.or(name, inForce), problems: p.Problems,
	}
}

// hinted is line with the hint house.<name>.hint.
func (p ContactForm) hinted(name, inForce string) input {
	i := p.line(name, inForce)
	i.hint = p.Say.Say("house." + name + ".hint")
	if name == "public" {
		i.value = "1"
	}
	return i
}

func (p ContactForm) number(name string, inForce int) input {
	i := p.hinted(name, "")
	i.kind, i.value = "number", p.Typed.or(name, strconv.Itoa(inForce))
	return i
}

func (p ContactForm) date(name, inForce string) input {
	i := p.hinted(name, inForce)
	i.kind = "date"
	return i
}

func (p ContactForm) conformities() []option {
	var all []option
	for _, c := range []organisation.Conformity{organisation.NotConform, organisation.PartConform, organisation.Conform} {
		all = append(all, option{string(c), p.Say.Say("frame.accessibility." + string(c))})
	}
	return all
}

// colour gives what the colour field shows: a colour field has always one.
func (p AppearanceForm) colour() string {
	typed := p.Typed.or("colour", p.Organisation.Appearance.Colour)
	if c, ok := parseColour(typed); ok {
		return c.String()
	}
	return usual
}

// shades says how readable the colour is, and what is made of it: nobody needs to know what a contrast is to choose
// one.
func (p AppearanceForm) shades() []string {
	c, ok := parseColour(p.Organisation.Appearance.Colour)
	if !ok {
		c = mustColour(usual)
	}
	light, dark := c.light(), c.dark()
	measured := func(ratio float64) string {
		return strings.Replace(strconv.FormatFloat(ratio, 'f', 1, 64), ".", p.Say.Say("size.point"), 1)
	}
	said := []string{p.Say.Say("appearance.contrast", "Colour", c.String(), "Ratio", measured(contrast(c, white)))}
	if light.org != c {
		said = append(said, p.Say.Say("appearance.shade", "Colour", light.org.String(), "Ratio",
			measured(contrast(light.org, white))))
	} else {
		said = append(said, p.Say.Say("appearance.asis"))
	}
	return append(said, p.Say.Say("appearance.dark", "Colour", dark.ink.String(), "Ratio",
		measured(contrast(dark.ink, nightTop))))
}

// open gives the item that is being changed; an empty one for a new item.
func (p NewsForm) open() organisation.News {
	if p.Item < 0 || p.Item >= len(p.Organisation.News) {
		return organisation.News{}
	}
	return p.Organisation.News[p.Item]
}

func (p NewsForm) heading() string {
	if p.Item >= 0 {
		return p.Say.Say("news.edit")
	}
	return p.Say.Say("news.new")
}
