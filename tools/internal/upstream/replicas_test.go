package upstream_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"arcade-atlassian/tools/internal/upstream"
	"arcade-atlassian/tools/shared"
)

// together is a store that policies take for one of several processes.
type together struct{ *shared.Memory }

func twoReplicas(o upstream.Options) (one, other *upstream.Policy) {
	o.Shared = together{shared.NewMemory(0)}
	return upstream.New(o), upstream.New(o)
}

// What one replica is refused the others do not ask for.
func TestReplicasShareCoolDowns(t *testing.T) {
	t.Parallel()
	for _, reason := range []upstream.Reason{upstream.Burst, upstream.BurstOfAll, upstream.ObjectBurst, upstream.SiteQuota, upstream.AppQuota} {
		t.Run(reason.String(), func(t *testing.T) {
			simulated(t, func(t *testing.T) {
				one, other := twoReplicas(upstream.Options{})
				r := base
				r.Object = "ABC-1"
				perform(t, one, r, limited(reason, 20*time.Second))
				if reason == upstream.AppQuota {
					r.Site = "globex" // it is for all of them
				}
				waited, err := keptBack(t, other, r)
				refusal, _ := errors.AsType[*upstream.Refusal](err)
				switch {
				case reason.Quota() && (refusal == nil || refusal.Reason != reason || refusal.After != 20*time.Second):
					t.Errorf("%+v, %v", refusal, err)
				case !reason.Quota() && (err != nil || waited < 20*time.Second || waited > 21*time.Second):
					t.Errorf("%v after %s", err, waited)
				}
			})
		})
	}
}

// What a replica has learned ends at its time, although replicas tell moments. It is
// tried in real time, because simulated time has no monotonic reading.
func TestCoolDownsOfReplicasKeepTime(t *testing.T) {
	t.Parallel()
	one, other := twoReplicas(upstream.Options{})
	permit, err := one.Admit(t.Context(), base)
	if err != nil {
		t.Fatal(err)
	}
	permit.Done(limited(upstream.Burst, 20*time.Minute))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := other.Admit(ctx, base); err == nil {
		t.Fatal("it was not told")
	}
	if !other.KeepsTime(base.Site) {
		t.Error("a clock that is put back makes it longer")
	}
}

// Replicas have the places of a site together. One that gets none keeps none of
// its own.
func TestReplicasShareThePlacesOfASite(t *testing.T) {
	simulated(t, func(t *testing.T) {
		one, other := twoReplicas(upstream.Options{PerSite: 1})
		permit := admit(t, one, base)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		before := time.Now()
		refusal, _ := errors.AsType[*upstream.Refusal](second(other.Admit(ctx, base)))
		if refusal == nil || refusal.Reason != upstream.SiteBusy || refusal.Limit != 1 || time.Since(before) > time.Second {
			t.Errorf("%+v after %s", refusal, time.Since(before))
		}
		if n := other.UnderWay(); n != 0 {
			t.Errorf("%d places are kept", n)
		}
		admitted := make(chan upstream.Permit, 1)
		go func() {
			defer close(admitted)
			if p, err := other.Admit(t.Context(), base); err != nil {
				t.Error(err)
			} else {
				admitted <- p
			}
		}()
		synctest.Wait()
		after(time.Second)
		permit.Done(healthy)
		last, ok := <-admitted
		if !ok {
			return
		}
		if took := time.Since(before); took > 3*time.Second {
			t.Errorf("admitted after %s", took)
		}
		last.Done(healthy)
		perform(t, one, base, healthy)
	})
}
