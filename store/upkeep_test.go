package store_test

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"loquet/audit"
	"loquet/courier"
	"loquet/fault"
	"loquet/limit"
	"loquet/session"
	"loquet/store"
	"loquet/store/storetest"
)

const day = 24 * time.Hour

func TestPurgeTakesOnlyWhatIsOverForLong(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		counts := []limit.Count{{Key: "key", Rate: limit.Rate{Burst: 1, Every: time.Hour}}}
		_, _, err := db.Count(t.Context(), counts, start)
		must(t, err)
		secret, s := give(t, db, person, "secret", start), enter(t, db, person, session.Full, start)
		ended := enter(t, db, person, session.Full, start)
		must(t, db.EndSession(t.Context(), o.ID, ended.ID, session.SignedOut, audit.Entry{At: at(time.Hour)}))
		sent, waiting := letter(o, person.ID, courier.Link, start), letter(o, person.ID, courier.Link, start)
		must(t, db.Queue(t.Context(), sent))
		must(t, db.Queue(t.Context(), waiting))
		must(t, db.Sent(t.Context(), sent, start))
		for _, step := range []struct {
			now   time.Duration
			taken int
			what  string
		}{
			{-day, 0, "a clock that was set back"},
			{time.Hour - time.Microsecond, 0, "nothing is over"},
			{time.Hour, 1, "the rate"},
			{30 * day, 1, "the letter"},
			{30*day + time.Hour, 1, "the session that ended"},
			{30*day + 12*time.Hour, 1, "the session that ran out"},
			{90 * day, 0, "nothing"},
			{90*day + time.Hour, 1, "the secret"},
			{360 * day, 0, "nothing that is under way"},
		} {
			taken, err := db.Purge(t.Context(), at(step.now))
			must(t, err)
			if taken != step.taken {
				t.Errorf("%s: %d rows, want %d", step.what, taken, step.taken)
			}
		}
		_, _, err = db.Session(t.Context(), s.ID)
		want(t, "the session", err, fault.Missing)
		_, err = db.IssueByID(t.Context(), o.ID, secret.ID)
		want(t, "the secret", err, fault.Missing)
		if items := lease(t, db, start, at(time.Minute)); len(items) != 1 || items[0].ID != waiting.ID {
			t.Errorf("waiting are %v", items)
		}
		must(t, db.VerifyJournal(t.Context(), o.ID))
	})
}

func TestPurgeGoesInBatches(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		must(t, db.Write(t.Context(), func(exec func(string, ...any) (int64, error)) error {
			for range 1203 {
				if _, err := exec(`insert into rate (key, tat) values ($1, 1)`, store.NewID()); err != nil {
					return err
				}
			}
			return nil
		}))
		taken, err := db.Purge(t.Context(), start)
		must(t, err)
		if taken != 1203 {
			t.Errorf("%d of 1203 rows were taken away", taken)
		}
	})
}

// What a backup brings back has been used or ended since, for all that anybody knows.
func TestATK087RestoredSecretsAndSessionsAreVoid(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Active)
		s, secret := enter(t, db, person, session.Renewal, start), give(t, db, person, "secret", start)
		for wanted := range int64(3) {
			epoch, err := db.Epoch(t.Context())
			must(t, err)
			if epoch != wanted {
				t.Errorf("the epoch is %d, want %d", epoch, wanted)
			}
			must(t, db.BumpEpoch(t.Context(), at(time.Minute)))
		}
		change, _ := burning(person, secret.ID, at(2*time.Minute))
		want(t, "a restored secret", db.ApplySignIn(t.Context(), change), fault.Stale)
		if ends(t, db, s.ID) != session.Stopped {
			t.Error("a restored session goes on")
		}
	})
}

func TestBackupIsADatabase(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		db := storetest.Open(t, url)
		o := storetest.Town(t, db)
		file := filepath.Join(t.TempDir(), "it's a backup.db")
		err := db.Backup(t.Context(), file)
		if strings.HasPrefix(url, "postgres") {
			want(t, "a backup of PostgreSQL", err, store.ErrElsewhere)
			return
		}
		must(t, err)
		err = db.Backup(t.Context(), file)
		sentence(t, err)
		want(t, "a backup over another", err, fs.ErrExist)
		copied, err := open(t, "sqlite:"+file)
		must(t, err)
		must(t, copied.VerifyJournal(t.Context(), o.ID))
		storetest.Person(t, copied, o, storetest.Active)
	})
}

func TestStatsCountWritesAndCommits(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, before := storetest.Town(t, db), db.Commits()
		must(t, db.Queue(t.Context(), letter(o, "", courier.RequestPassword, start)))
		stats, err := db.Stats(t.Context())
		must(t, err)
		if stats.Commits != before+1 || stats.Writes < stats.Commits || stats.Waiting != 1 || stats.Failed != 0 {
			t.Errorf("%+v after %d commits", stats, before)
		}
	})
}
