package shared_test

import (
	"bytes"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"arcade-atlassian/tools/shared"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var _ shared.Store = (*shared.Memory)(nil)

func TestMemoryKeepsValuesForTheirTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, k := shared.NewMemory(0), shared.KeyOf("k")
		if _, ok := m.Get(t.Context(), k); ok {
			t.Error("found before it was put")
		}
		m.Put(t.Context(), k, []byte("a"), time.Minute)
		m.Put(t.Context(), k, []byte("b"), time.Hour)
		<-time.After(time.Hour - 1)
		if v, ok := m.Get(t.Context(), k); !ok || string(v) != "b" {
			t.Errorf("got %q, %t", v, ok)
		}
		<-time.After(1)
		if v, ok := m.Get(t.Context(), k); ok {
			t.Errorf("%q is there although its time is over", v)
		}
		m.Put(t.Context(), k, []byte("c"), time.Hour)
		m.Delete(t.Context(), k)
		m.Delete(t.Context(), k)
		if v, ok := m.Get(t.Context(), k); ok {
			t.Errorf("%q is there although it was deleted", v)
		}
	})
}

func TestMemoryClaim(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, k := shared.NewMemory(0), shared.KeyOf("k")
		if v, ok := m.Claim(t.Context(), k, []byte("first"), time.Minute); !ok || v != nil {
			t.Errorf("the first got %q, %t", v, ok)
		}
		if v, ok := m.Claim(t.Context(), k, []byte("second"), time.Minute); ok || string(v) != "first" {
			t.Errorf("the second got %q, %t", v, ok)
		}
		<-time.After(time.Minute)
		if _, ok := m.Claim(t.Context(), k, []byte("third"), time.Minute); !ok {
			t.Error("not claimed although the first one's time is over")
		}
	})
}

func TestOnlyOneClaims(t *testing.T) {
	t.Parallel()
	m := shared.NewMemory(0)
	var claimed atomic.Int64
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			if _, ok := m.Claim(t.Context(), shared.KeyOf("k"), fmt.Append(nil, i), time.Minute); ok {
				claimed.Add(1)
			}
		})
	}
	wg.Wait()
	if n := claimed.Load(); n != 1 {
		t.Errorf("%d have claimed", n)
	}
}

func TestMemoryAcquire(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, k := shared.NewMemory(0), shared.KeyOf("k")
		take := func() (func(), bool) { return m.Acquire(t.Context(), k, 2, time.Minute) }
		first, ok1 := take()
		_, ok2 := take()
		refused, ok3 := take()
		if !ok1 || !ok2 || ok3 {
			t.Fatalf("of three for two places got %t, %t, %t", ok1, ok2, ok3)
		}
		refused()
		if _, ok := take(); ok {
			t.Error("a refused one gave a place back")
		}
		if _, ok := m.Acquire(t.Context(), shared.KeyOf("other"), 2, time.Minute); !ok {
			t.Error("another key has no place")
		}
		first()
		first()
		if _, ok := take(); !ok {
			t.Error("no place although one was given back")
		}
		if _, ok := take(); ok {
			t.Error("giving back twice made two places")
		}
		<-time.After(time.Minute)
		_, ok1 = take()
		_, ok2 = take()
		_, ok3 = take()
		if !ok1 || !ok2 || ok3 {
			t.Errorf("when the time was over, of three for two places got %t, %t, %t", ok1, ok2, ok3)
		}
		first()
		if _, ok := take(); ok {
			t.Error("giving back what was over took another's place")
		}
	})
}

// What would be forgotten soonest goes first, and what can never fit does not
// push out the others.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	const size = 1000
	m := shared.NewMemory(10 * size)
	key := func(i int) shared.Key { return shared.KeyOf("k", fmt.Sprint(i)) }
	for i := range 100 {
		m.Put(t.Context(), key(i), make([]byte, size), time.Hour+time.Duration(i)*time.Second)
	}
	m.Put(t.Context(), shared.KeyOf("huge"), make([]byte, 10*size), time.Hour)
	if _, ok := m.Get(t.Context(), shared.KeyOf("huge")); ok {
		t.Error("more than all is kept")
	}
	kept := 0
	for i := range 100 {
		if _, ok := m.Get(t.Context(), key(i)); ok {
			kept++
			if i < 90 {
				t.Errorf("number %d is kept, although later ones went", i)
			}
		}
	}
	if kept < 5 || kept > 10 {
		t.Errorf("%d of 1000 bytes are kept in 10,000", kept)
	}
	for range 1000 {
		m.Acquire(t.Context(), shared.KeyOf("place"), 2000, 2*time.Hour)
	}
	for i := range 100 {
		if _, ok := m.Get(t.Context(), key(i)); ok {
			t.Errorf("number %d is kept beside a thousand places", i)
		}
	}
}

// Nobody has to come for memory to be given back.
func TestMemoryForgetsByItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := shared.NewMemory(0)
		var freed atomic.Int64
		for i := range 3 {
			value := bytes.Repeat([]byte("x"), 100)
			runtime.AddCleanup(&value[0], func(int) { freed.Add(1) }, 0)
			m.Put(t.Context(), shared.KeyOf("k", fmt.Sprint(i)), value, time.Duration(3-i)*time.Minute)
		}
		<-time.After(4 * time.Minute)
		synctest.Wait()
		for range 100 {
			runtime.GC()
			if freed.Load() == 3 {
				break
			}
			<-time.After(time.Millisecond)
		}
		if n := freed.Load(); n != 3 {
			t.Errorf("%d of 3 values were freed", n)
		}
		runtime.KeepAlive(m)
	})
}

func BenchmarkMemory(b *testing.B) {
	m, value := shared.NewMemory(0), make([]byte, 2000)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		k := shared.KeyOf("k", fmt.Sprint(i))
		m.Claim(b.Context(), k, nil, time.Minute)
		m.Put(b.Context(), k, value, time.Minute)
	}
}
