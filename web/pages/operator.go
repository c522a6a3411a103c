package pages

import "loquet/organisation"

// DeskTile is what operators find on their home page: the way to the desk.
func DeskTile(f Frame) organisation.Tile {
	return organisation.Tile{Name: f.Say.Say("home.desk"), About: f.Say.Say("home.desk.about"), URL: "/desk"}
}
