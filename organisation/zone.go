package organisation

import (
	"time"
	_ "time/tzdata" // the zones, for machines that have none installed
)

// DefaultZone is the zone of an organisation that names none.
const DefaultZone = "Europe/Paris"

// Location gives the zone that the organisation's people read hours in; DefaultZone's when the name is not known.
func (o Organisation) Location() *time.Location {
	name := o.TimeZone
	if name == "" {
		name = DefaultZone
	}
	zone, err := time.LoadLocation(name)
	if err == nil {
		return zone
	}
	if zone, err = time.LoadLocation(DefaultZone); err == nil {
		return zone
	}
	return time.UTC
}
