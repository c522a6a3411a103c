// Package house joins the rooms: it opens the store, makes the flows and gives the web what it asks.
//
// It promises to be the only place where both faces are known, and that every key of an installation is derived from
// the one in its key file.
package house

import (
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"loquet/account"
	"loquet/admin"
	"loquet/config"
	"loquet/courier"
	"loquet/credential"
	"loquet/desk"
	"loquet/help"
	"loquet/oidc"
	"loquet/organisation"
	"loquet/profile"
	"loquet/recovery"
	"loquet/signin"
	"loquet/store"
	"loquet/web"
)

// House is the rooms, joined.
type House struct {
	DB       *store.DB
	Hasher   *credential.Hasher
	SignIn   *signin.Flow
	Sessions *signin.Sessions
	Recovery *recovery.Flow
	Admin    *admin.Flow
	Help     *help.Flow
	Profile  *profile.Flow
	Desk     *desk.Flow
	OIDC     *oidc.Flow
	Log      *slog.Logger
	Now      func() time.Time // the one clock of every room

	returns *courier.Returns // nil where letters come back to nobody

	texts  courier.TextSender
	budget *textBudget
	later  *later
}

// Open joins all rooms that need no mail server and no listener. What keeps it from opening leaves no file behind: the
// key is looked at before the database is touched, and made only once the database has opened.
func Open(ctx context.Context, s config.Settings, log *slog.Logger) (*House, error) {
	key, err := installationKey(s.KeyPath())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	db, err := openStore(ctx, s, log)
	if err != nil {
		return nil, err
	}
	if key == nil {
		if key, err = makeKey(s.KeyPath()); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	h, err := Join(db, s, key, log, time.Now)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return h, nil
}

// openStore opens the database, in a data folder that is made where it is needed and not there.
func openStore(ctx context.Context, s config.Settings, log *slog.Logger) (*store.DB, error) {
	_, err := os.Stat(s.Data)
	makes := s.Database == "" && errors.Is(err, fs.ErrNotExist)
	if makes {
		if err := makeFolder(s.Data); err != nil {
			return nil, err
		}
	}
	db, err := store.Open(ctx, s.DatabaseURL(), log)
	if err != nil {
		if makes {
			_ = os.Remove(s.Data) // stays when something is in it
		}
		return nil, fmt.Errorf("database: %w", err)
	}
	return db, nil
}

func makeFolder(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return fmt.Errorf("data folder: %w; give a folder that may be written with --data", err)
	}
	return nil
}

// Parameters gives the cost of a password hash.
func Parameters(s config.Settings) credential.Parameters {
	return credential.Parameters{MemoryKiB: s.HashMemory, Passes: s.HashPasses, Lanes: s.HashLanes}
}

// Join makes the rooms around a store that is open.
func Join(db *store.DB, s config.Settings, key []byte, log *slog.Logger, now func() time.Time) (*House, error) {
	parallel := s.HashParallel
	if parallel == 0 {
		parallel = runtime.GOMAXPROCS(0)
	}
	parameters := Parameters(s)
	hasher, err := credential.NewHasher(parameters, derive(key, "pepper"), parallel, s.HashWait)
	if err != nil {
		return nil, fmt.Errorf("password hashing: %w", err)
	}
	// Hashes collect their own garbage; for all else the collector may wait longer than it would, within the limit.
	debug.SetMemoryLimit(credential.MemoryLimit(parameters, parallel))
	debug.SetGCPercent(250)
	forge, err := credential.NewForge(derive(key, "secrets"))
	if err != nil {
		return nil, fmt.Errorf("recovery secrets: %w", err)
	}
	h := &House{DB: db, Hasher: hasher, Log: log, Now: now, later: newLater()}
	limits := derive(key, "limits")
	h.SignIn = &signin.Flow{
		Store: db, Hasher: hasher, Forge: forge, Key: limits, Limits: signin.DefaultLimits(), Now: now, NewID: store.NewID,
		Later: h.later.do,
	}
	h.Sessions = &signin.Sessions{Store: db, Now: now, NewID: store.NewID, Later: h.later.do}
	h.Recovery = &recovery.Flow{
		Store: db, Hasher: hasher, Forge: forge, Key: limits, Limits: recovery.DefaultLimits(), Now: now, NewID: store.NewID,
		PortalURL: func(o organisation.Organisation) string { return s.PublicScheme + "://" + o.Host() },
		TriesOf:   h.SignIn.TypedKeys,
	}
	h.Profile = &profile.Flow{
		Store: db, Hasher: hasher, Forge: forge, Key: limits, Limits: profile.DefaultLimits(), Now: now, NewID: store.NewID,
		PortalURL: h.Recovery.PortalURL, TryCounts: h.SignIn.TryCounts, TriesOf: h.SignIn.TypedKeys,
	}
	h.Admin = &admin.Flow{
		Store: db, Access: h.Recovery, Outlook: h.Recovery, Scheme: s.PublicScheme, Now: now, NewID: store.NewID,
	}
	h.Help = &help.Flow{Store: db, Now: now}
	h.Desk = &desk.Flow{
		Store: db, Flows: vouched{h.Recovery, h.Profile, h.Admin}, Forge: forge, Key: limits, Limits: desk.DefaultLimits(),
		Now: now, NewID: store.NewID, PortalURL: h.Recovery.PortalURL, Host: bound(s.PlatformHosts()),
	}
	if h.OIDC, err = h.provider(db, s, key); err != nil {
		return nil, err
	}
	h.Profile.Entered = h.entered
	return h, h.takeReturns(s, key)
}

// entered tells a person's own data what oidc knows of them.
func (h *House) entered(ctx context.Context, o organisation.Organisation, person account.Account) ([]profile.Entered, error) {
	entries, err := h.OIDC.Entries(ctx, o, person)
	entered := make([]profile.Entered, len(entries))
	for i, e := range entries {
		entered[i] = profile.Entered{
			Name: e.Application.Name, Since: e.Since, Used: e.Used, Agreed: e.Agreed, Knows: e.Knows,
		}
	}
	return entered, err //nolint:wrapcheck // the flow says what it was doing
}

// provider makes the flow of the applications behind the door.
func (h *House) provider(db *store.DB, s config.Settings, key []byte) (*oidc.Flow, error) {
	sealer, err := oidc.NewSealer(derive(key, "signing keys"))
	if err != nil {
		return nil, err //nolint:wrapcheck // one clear sentence already
	}
	networks, err := s.Applications()
	if err != nil {
		return nil, err //nolint:wrapcheck // one clear sentence already
	}
	return &oidc.Flow{
		Store: db, Sealer: sealer, Pairwise: derive(key, "pairwise"), Issuer: h.Recovery.PortalURL, Now: h.Now,
		NewID: store.NewID, Later: h.later.do, Log: h.Log, Outward: oidc.Outward(networks),
	}, nil
}

// Worker delivers the outbox through a sender.
func (h *House) Worker(sender courier.Sender) *courier.Worker {
	w := courier.NewWorker(h.DB, courier.Handlers{
		courier.RequestPassword:   h.Recovery.Decide,
		courier.RequestIdentifier: h.Recovery.DecideIdentifier,
		courier.LogoutNotice:      h.OIDC.Announce,
	}, h.prepare, sender, h.Log, h.Now)
	if h.returns != nil {
		w.ReturnTo(h.returns.Address.For)
	}
	if h.texts != nil {
		w.Texts(h.texts)
	}
	if h.budget != nil {
		w.Budget(h.budget)
	}
	return w
}

// prepare has each letter made by the flow that promised it.
func (h *House) prepare(ctx context.Context, item courier.Item) (courier.Letter, error) {
	if slices.Contains(profile.Letters, item.Kind) {
		return h.Profile.Prepare(ctx, item) //nolint:wrapcheck // the flow says what it was doing
	}
	if slices.Contains(courier.KindsOfDesk, item.Kind) {
		return h.Desk.Prepare(ctx, item) //nolint:wrapcheck // the flow says what it was doing
	}
	return h.Recovery.Prepare(ctx, item) //nolint:wrapcheck // the flow says what it was doing
}

// SendTexts names what delivers text messages; without it new mobiles are not asked to confirm. Call it before Worker.
func (h *House) SendTexts(sender courier.TextSender) {
	h.texts, h.Profile.Texts, h.Desk.Texts, h.Recovery.Texts = sender, true, true, true
}

// Web answers browsers.
func (h *House) Web(s config.Settings) (*web.Web, error) {
	proxies, err := s.Proxies()
	if err != nil {
		return nil, err //nolint:wrapcheck // one clear sentence already
	}
	return &web.Web{
		Config: web.Config{
			Scheme: s.PublicScheme, PlatformHosts: s.PlatformHosts(), TrustedProxies: proxies, SecurityMail: s.SecurityMail,
		},
		Organisations: h.DB, SignIn: h.SignIn, Recovery: h.Recovery, Sessions: h.Sessions, Admin: h.Admin,
		Help: h.Help, Profile: h.Profile, Desk: h.Desk, OIDC: h.OIDC, Entries: h.OIDC, SignOut: h.OIDC, Forward: h.OIDC,
		RetryAfter: h.Hasher.RetryAfter, Now: h.Now, Log: h.Log,
	}, nil
}

// Settle waits for what was left for later.
func (h *House) Settle() { h.later.wait() }

// Close waits for what was left for later, and closes the database.
func (h *House) Close() error {
	h.Settle()
	return h.DB.Close() //nolint:wrapcheck // the last act of the program
}

// installationKey reads the installation's key, without which passwords and the secrets of recovery cannot be checked.
// It gives fs.ErrNotExist before the first start.
func installationKey(path string) ([]byte, error) {
	data, err := os.ReadFile(path) //nolint:gosec // the administrator names the file
	switch {
	case errors.Is(err, syscall.ENOTDIR):
		return nil, fmt.Errorf("%s is a file and no folder; give a folder that may be written with --data", filepath.Dir(path))
	case err != nil:
		return nil, fmt.Errorf("installation key: %w; give it to the user that runs Loquet", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(data)))
	if err != nil || len(key) != 32 {
		return nil, fmt.Errorf("installation key %s: it must hold 64 hexadecimal digits; restore it from its copy", path)
	}
	return key, nil
}

// makeKey writes a new key whole or not at all: a file that is there already is somebody's key and wins.
func makeKey(path string) ([]byte, error) {
	folder := filepath.Dir(path)
	if err := makeFolder(folder); err != nil {
		return nil, err
	}
	var key [32]byte
	_, _ = rand.Read(key[:]) // crypto/rand.Read never fails (Go 1.24)
	f, err := os.CreateTemp(folder, ".key-*")
	if err != nil {
		return nil, fmt.Errorf("data folder: %w; give a folder that may be written with --data", err)
	}
	defer os.Remove(f.Name()) //nolint:errcheck // gone already when all went well
	_, err = f.WriteString(hex.EncodeToString(key[:]) + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("installation key: %w", err)
	}
	if err := os.Link(f.Name(), path); errors.Is(err, fs.ErrExist) {
		return installationKey(path)
	} else if err != nil {
		return nil, fmt.Errorf("installation key: %w", err)
	}
	if names, err := os.Open(folder); err == nil { //nolint:gosec // the administrator names the folder
		_ = errors.Join(names.Sync(), names.Close()) // some file systems cannot; those keep the order by themselves
	}
	return key[:], nil
}

// derive gives a key of its own to each use.
func derive(key []byte, use string) []byte {
	derived, err := hkdf.Key(sha256.New, key, nil, "loquet "+use+" 1", 32)
	if err != nil {
		panic(err) // only for lengths that SHA-256 cannot give
	}
	return derived
}

// later runs work that nobody waits for, and lets it finish before the program ends.
type later struct {
	work sync.WaitGroup
	free chan struct{} // bounds how much runs at once
}

func newLater() *later { return &later{free: make(chan struct{}, 64)} }

func (l *later) do(f func(context.Context)) {
	select {
	case l.free <- struct{}{}:
	default:
		return // a time of last use not kept, a hash not renewed: the next request tries again
	}
	l.work.Go(func() {
		defer func() { <-l.free }()
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		f(ctx)
	})
}

func (l *later) wait() { l.work.Wait() }
