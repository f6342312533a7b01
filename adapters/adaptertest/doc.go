// Package adaptertest holds every adapter to the same behaviour: one table of scenarios, run through each platform's own
// way in, with the core's own answer as the measure.
//
//	adaptertest.Run(t, adaptertest.Adapter{Start: func(t *testing.T, settings core.Settings) adaptertest.Invoke {
//		...
//	}})
//
// The scenarios are all actions with the examples of the catalogue, each kind of error, violations, partial delivery,
// deadlines, a panic, restricted deployments, large and awkward inputs. In all of them no secret may show.
//
// It may import core/..., adapters/..., local/testlog, local/wecomsim and testify.
package adaptertest
