package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/wecom-functions/wecom-functions/local/bench/fakewecom"
)

func TestInitTraceCountsOurPackagesOnly(t *testing.T) {
	packages := parseInitTrace(`init runtime @0.036 ms, 0.088 ms clock, 0 bytes, 0 allocs
init net/http @1.2 ms, 0.5 ms clock, 5000 bytes, 50 allocs
init github.com/wecom-functions/wecom-functions/core/catalog @2.1 ms, 0.034 ms clock, 5678 bytes, 9 allocs
init github.com/wecom-functions/wecom-functions-elsewhere @2.2 ms, 1 ms clock, 1 bytes, 1 allocs
init main @2.3 ms, 0.001 ms clock, 22 bytes, 1 allocs
listening on 127.0.0.1:8080
`)
	if got, want := sum(packages), (initialised{35 * time.Microsecond, 5700}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestTallyBelievesTheFakeNotTheSender(t *testing.T) {
	var got tally
	got.kinds = map[string]int{}
	taken := fakewecom.Entry{Arrivals: 1, Effects: 1}
	got.add("", taken)
	got.add("", fakewecom.Entry{})                        // said delivered, never arrived
	got.add("unavailable", taken)                         // said failed, is on the phone
	got.add("unavailable", fakewecom.Entry{Arrivals: 4})  // honestly lost
	got.add(unknownOutcome, taken)                        // honestly unknown
	got.add("", fakewecom.Entry{Arrivals: 2, Effects: 2}) // delivered twice
	got.add("", fakewecom.Entry{Arrivals: 2, Effects: 1, Changed: true})
	if got.delivered != 3 || got.wrong != 2 || got.lost != 1 || got.unknown != 1 {
		t.Errorf("outcomes: %+v", got)
	}
	if got.repeated != 3 || got.twice != 1 || got.changed != 1 {
		t.Errorf("arrivals: %+v", got)
	}
}

func TestMediansOfRatiosComeFromNeighbours(t *testing.T) {
	identity := func(f float64) float64 { return f }
	// The machine became ten times slower in the last rounds: the ratio stays.
	if got := medianRatio([]float64{2, 2, 2, 20, 20}, []float64{1, 1, 1, 10, 10}, identity); got != 2 {
		t.Errorf("ratio %v, want 2", got)
	}
	if got := median([]int{5, 1, 3}); got != 3 {
		t.Errorf("median %v, want 3", got)
	}
}

func TestGradesFollowBarAndAim(t *testing.T) {
	for _, test := range []struct {
		line line
		want grade
	}{
		{atMost("", 1.25, 1.15, 1.15, ""), reached},
		{atMost("", 1.25, 1.15, 1.2, ""), held},
		{atMost("", 1.25, 1.15, 1.26, ""), missed},
		{atLeast("", 0.80, 0.88, 0.88, ""), reached},
		{atLeast("", 0.80, 0.88, 0.85, ""), held},
		{atLeast("", 0.80, 0.88, 0.79, ""), missed},
	} {
		if test.line.grade != test.want {
			t.Errorf("%+v, want grade %d", test.line, test.want)
		}
	}
}

func TestReplaceBlockLeavesTheRestAlone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "README.md")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("before\n" + blockBegin + "old\n" + blockEnd + "\nafter\n")
	if err := replaceBlock(file, "new\n"); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(file); string(got) != "before\n"+blockBegin+"new\n"+blockEnd+"\nafter\n" {
		t.Errorf("got %q", got)
	}
	write("no markers")
	if err := replaceBlock(file, "new\n"); err == nil {
		t.Error("a file without markers was accepted")
	}
}

func TestExperimentsAreChosenByName(t *testing.T) {
	chosen, err := choose("init,server", false)
	if err != nil || len(chosen) != 2 || chosen[0].name != "server" {
		t.Errorf("%v, %v", chosen, err)
	}
	if _, err := choose("sever", false); err == nil {
		t.Error("a name that does not exist was accepted")
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 24_100: "24,100", 1_002_003: "1,002,003"} {
		if got := thousands(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}

func TestArticleHasTheSizeAskedFor(t *testing.T) {
	for _, size := range []int{64, 666, articleSize} {
		if got := len(articleOf(size)); got != size {
			t.Errorf("got %d bytes, want %d", got, size)
		}
	}
}
