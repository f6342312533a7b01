package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// inTurns runs both sides of a round, the first one first in even rounds: whoever runs second finds warmer caches.
func inTurns[T any](round int, first, second func() (T, error)) (a, b T, err error) {
	if round%2 == 0 {
		if a, err = first(); err == nil {
			b, err = second()
		}
		return a, b, err
	}
	if b, err = second(); err == nil {
		a, err = first()
	}
	return a, b, err
}

func each[T, V any](items []T, value func(T) V) []V {
	values := make([]V, len(items))
	for i, item := range items {
		values[i] = value(item)
	}
	return values
}

// median of the values; of an even number of them, the upper of the two in the middle.
func median[T cmp.Ordered](values []T) T {
	return slices.Sorted(slices.Values(values))[len(values)/2]
}

// medianRatio is the median of the ratios of neighbours, which ran under the same conditions as far as anything did.
func medianRatio[T any](a, b []T, value func(T) float64) float64 {
	ratios := make([]float64, len(a))
	for i := range a {
		ratios[i] = value(a[i]) / value(b[i])
	}
	return median(ratios)
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// thousands writes 24100 as 24,100.
func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}

// times writes factors as "x 1.1, x 4.0".
func times(factors []float64) string {
	return strings.Join(each(factors, func(f float64) string { return fmt.Sprintf("x %.1f", f) }), ", ")
}
