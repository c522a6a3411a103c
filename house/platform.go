package house

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"loquet/audit"
	"loquet/fault"
	"loquet/organisation"
	"loquet/store"
)

// settlingTries is how often the platform is settled against other nodes that do so too: more than there are nodes.
const settlingTries = 100

// SettlePlatform gives the operators' organisation (ADR-0021): made where there is none, answering on these hosts and
// under the rules of this version. Without hosts none is made, and fault.Missing is given. Several nodes may settle it
// at once.
func (h *House) SettlePlatform(ctx context.Context, hosts []string) (organisation.Organisation, error) {
	wanted := organisation.NewPlatform(hosts)
	for range settlingTries {
		known, err := h.DB.Platform(ctx)
		switch {
		case errors.Is(err, fault.Missing) && len(hosts) > 0:
			note := audit.Entry{Organisation: wanted.ID, At: h.Now(), Act: audit.OrganisationCreated, Actor: audit.System}
			err = h.DB.CreateOrganisation(ctx, wanted, nil, note)
		case err != nil:
			return known, fmt.Errorf("looking for the platform: %w", err)
		case known.ID != wanted.ID:
			return known, fmt.Errorf("an organisation has the short name %q, which is the platform's own from this version on: "+
				"give it another one (column slug of table organisation)", known.Slug)
		case slices.Equal(known.Hosts, hosts) && reflect.DeepEqual(known.Policy, wanted.Policy):
			return known, nil
		default:
			known.Hosts, known.Policy = hosts, wanted.Policy
			note := audit.Entry{
				Organisation: known.ID, At: h.Now(), Act: audit.OrganisationChanged, Actor: audit.System, Detail: "hosts",
			}
			err = h.DB.UpdateOrganisation(ctx, known, note)
		}
		var other store.ErrTaken
		switch {
		case errors.As(err, &other) && other.What == "host":
			return known, fmt.Errorf("host %q is an organisation's, and cannot be the platform's as well: "+
				"give the platform another one with platform_host", other.Name)
		case err != nil && !errors.As(err, &other) && !errors.Is(err, fault.Stale): // else another node was faster
			return known, fmt.Errorf("settling the platform: %w", err)
		}
	}
	return wanted, fmt.Errorf("settling the platform: %w", fault.Stale)
}
