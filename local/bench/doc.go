// Command bench measures what the connector costs and what it loses, and says whether that is within its goals.
//
//	go run ./local/bench                 everything, about ten minutes; prints a table; fails if a bar is missed
//	go run ./local/bench -only server    one experiment (-list names them)
//	go run ./local/bench -quick          fewer and shorter rounds: for a look
//	go run ./local/bench -readme FILE         also writes the table between the file's bench markers
//
// Times on a shared machine wander by tens of per cent, so no time is judged by itself: each is a ratio to a floor
// (package floor) that runs in turns with it against the same fake WeCom (package fakewecom), and the median of those
// ratios counts. What is measured runs in a process of its own on the first CPU; this process, with the fake and the
// load driver, has the second. Counts (allocations, connections, lost messages) need no such care.
//
// -self measures the floor against itself: all ratios must come out near 1.00, or the harness is wrong.
//
// It may import everything; nothing may import it.
package main
