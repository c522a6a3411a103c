package pages

// coded says whether there is anything to type.
func (p Second) coded() bool { return p.App || p.Printed }

// code gives the one field for codes of both kinds: those on paper have letters.
func (p Second) code() input {
	i := input{
		name: "code", label: p.Say.Say("second.code.app"), kind: "text", mode: "numeric", code: true,
		hint: p.Say.Say("second.code.app.hint"), autocomplete: "one-time-code", problems: p.spoken(),
		form: p.State == SecondWait,
	}
	if p.Printed {
		i.mode = ""
		i.label, i.hint = p.Say.Say("second.code.any"), p.Say.Say("second.code.any.hint")
		if !p.App {
			i.label, i.hint = p.Say.Say("second.code.printed"), p.Say.Say("second.code.printed.hint")
		}
	}
	return i
}

// spoken gives the problems, each where it can be mended.
func (p Second) spoken() []Problem {
	key, field := "", ""
	switch p.State {
	case SecondRefused:
		key, field = "second.refused", "code"
		if !p.App {
			key = "second.refused.printed"
		}
	case SecondPasskey:
		key = "second.passkey.refused"
	case SecondWait:
		key = "second.wait"
	}
	problems := p.Problems
	if len(problems) == 0 && key != "" {
		problems = []Problem{{Field: field, Key: key}}
	}
	if !p.coded() {
		problems = placed(problems)
	}
	return waiting(p.Say, problems, p.Wait, "")
}
