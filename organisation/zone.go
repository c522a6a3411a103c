package organisation

import (
	"sync"
	"time"
	_ "time/tzdata" // the zones, for machines that have none installed
)

// DefaultZone is the zone of an organisation that names none.
const DefaultZone = "Europe/Paris"

// zones keeps what was read, as a zone is read from its file each time: name → *time.Location.
var zones sync.Map

// Location gives the zone that the organisation's people read hours in; DefaultZone's when the name is not known.
func (o Organisation) Location() *time.Location {
	if known, ok := zones.Load(o.TimeZone); ok {
		return known.(*time.Location)
	}
	name := o.TimeZone
	if name == "" {
		name = DefaultZone
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		zone, err = time.LoadLocation(DefaultZone)
	}
	if err != nil {
		return time.UTC
	}
	zones.Store(o.TimeZone, zone)
	return zone
}
