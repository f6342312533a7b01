package catalog

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

const (
	maxUint32 = 1<<32 - 1
	// maxList bounds the answers that list a whole enterprise, in bytes.
	maxList = 16 << 20
	// departmentForbidden are the characters that a department's name must not have (documents 90205, 90206). The
	// full-width bar that WeCom's page prints among them is passed on.
	departmentForbidden = `\:*?"<>|`
)

func idQuery(id int64) url.Values {
	return url.Values{"id": {strconv.FormatInt(id, 10)}}
}

// refuseOwnParent: a department must not stand below itself (errcode 60010).
func refuseOwnParent(r *action.Report, id, parent int64) {
	if r.Fit("id") && r.Fit("parentid") && id == parent {
		r.Violate("parentid", fault.RuleFormat, "another department", strconv.FormatInt(parent, 10),
			"parentid must not be the department itself.")
	}
}

// remove makes a removal. When our own repeat of it meets "does not exist", the first try has done it.
func remove(ctx context.Context, app *wecom.App, call wecom.Call, what string) (*wecom.Empty, error) {
	call.Effect = wecom.Set
	done, err := wecom.Do[*wecom.Empty](ctx, app, call)
	if wecom.MetOwnWork(err) {
		reconciled(ctx, what+" is not there; that this very call removed it is likely, not certain")
		return &wecom.Empty{}, nil
	}
	return done, err
}

// reconciled says in the result that an answer was lost and what was found instead.
func reconciled(ctx context.Context, found string) {
	wecom.TraceOf(ctx).Warn("", fault.RuleReconciled,
		"an answer was lost, and the call sent again: %s", found)
}

// readDetails reads contacts with the contact-sync secret, which sees everything, and where WeCom does not let that
// read details from a new address (errcode 48009), with the app's own, which sees its visible range.
func readDetails[T any](read func(contacts bool) (T, error)) (T, error) {
	found, err := read(true)
	if err == nil {
		return found, nil
	}
	if refusal := fault.From(err).WeCom; refusal != nil && refusal.Errcode == 48009 {
		return read(false)
	}
	return found, err
}

// unverified is the error when an answer was lost, the repeat met what may be the first try's work, and that could not
// be read to compare.
func unverified(cause error) error {
	e := fault.New(fault.OutcomeUnknown,
		"The answer to the first try was lost, and what its repeat met may be its work or another's: it could not be read to tell.").
		Because("upstream_protocol").WithHint("Compare what exists in WeCom with what this call was to do, before you send it again.")
	e.WeCom = fault.From(cause).WeCom
	return e
}

// withoutID is the error when WeCom says that it created something and does not name it.
func withoutID(call, hint string) error {
	return fault.New(fault.OutcomeUnknown, "WeCom answered %s with errcode 0 but without an id.", call).
		Because("upstream_protocol").WithHint(hint)
}

// memberSet is a set of userids, in lower case: WeCom's userids do not differ by case.
type memberSet map[string]bool

func membersOf(ids []string) memberSet {
	set := make(memberSet, len(ids))
	for _, id := range ids {
		set[strings.ToLower(id)] = true
	}
	return set
}

func (s memberSet) has(id string) bool { return s[strings.ToLower(id)] }

func (s memberSet) hasAll(ids []string) bool {
	return !slices.ContainsFunc(ids, func(id string) bool { return !s.has(id) })
}

func (s memberSet) hasAny(ids []string) bool { return slices.ContainsFunc(ids, s.has) }

// sameMembers compares two lists of userids as sets.
func sameMembers(a, b []string) bool { return maps.Equal(membersOf(a), membersOf(b)) }

// missingInAnswer says in the result that WeCom's answer lacks what it is documented to have.
func missingInAnswer(ctx context.Context, name string) {
	wecom.TraceOf(ctx).Warn("", fault.RuleWeComWarning, "WeCom's answer says success but has no %s", name)
}
