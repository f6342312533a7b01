package wecomsim

// Both the journal and the inbox keep the newest keptItems, and fewer when their bodies come to more than keptBytes.
const (
	keptItems = 10_000
	keptBytes = 64 << 20
)

// ring keeps the newest items.
type ring[T any] struct {
	items []T
	bytes int
	size  func(T) int
}

func (r *ring[T]) add(item T) {
	r.items = append(r.items, item)
	r.bytes += r.size(item)
	for len(r.items) > keptItems || r.bytes > keptBytes && len(r.items) > 1 {
		var none T
		r.bytes -= r.size(r.items[0])
		r.items[0] = none // let go of the body now, not when the slice next grows
		r.items = r.items[1:]
	}
}

// drop removes the items that match.
func (r *ring[T]) drop(match func(T) bool) {
	var kept []T
	r.bytes = 0
	for _, item := range r.items {
		if !match(item) {
			kept = append(kept, item)
			r.bytes += r.size(item)
		}
	}
	r.items = kept
}
