package pages

import (
	"github.com/a-h/templ"

	"loquet/account"
	"loquet/organisation"
)

// operatorFrame is the platform with one of its operators inside.
func operatorFrame(f Frame) Frame {
	f.Organisation = organisation.NewPlatform([]string{"plateforme.example"})
	f.Person, f.Role = "Camille Perrin", account.Operator
	return f
}

func operatorSamples() []Sample {
	return []Sample{
		{Name: "home-operator", Status: 200, bare: true, page: func(f Frame) templ.Component {
			f = operatorFrame(f)
			return HomePage(Home{Frame: f, Tiles: []organisation.Tile{DeskTile(f)}, Standing: organisation.Both})
		}},
	}
}
