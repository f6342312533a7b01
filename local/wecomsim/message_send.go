package wecomsim

import (
	"strconv"
	"strings"
	"time"
)

const (
	msgIDLength           = 90 // observed
	defaultDuplicateCheck = 1800 * time.Second
	longestDuplicateCheck = 14400 * time.Second
)

// messageSend is document 90236. WeCom's order of checks is unknown; ours is: message type, agent, recipients, content.
func (c *call) messageSend() (success, error) {
	d := draft{call: c, channel: FromApp, msgType: c.body.str("msgtype")}
	if err := d.checkType(); err != nil {
		return success{}, err
	}
	if err := c.checkAgentID(); err != nil {
		return success{}, err
	}
	to, err := c.resolve()
	if err != nil {
		return success{}, err
	}
	if err := d.checkContent(); err != nil {
		return success{}, err
	}
	window, err := c.duplicateWindow()
	if err != nil {
		return success{}, err
	}
	if first, repeated := c.sim.recent.answer(c.agent.AgentID, c.payload, c.now); window > 0 && repeated {
		c.idle, c.entry.Suppressed = true, true
		return first, nil
	}
	done := c.sendToMembers(d, to)
	if window > 0 {
		c.sim.recent.remember(c.agent.AgentID, c.payload, c.now.Add(window), done)
	}
	return done, nil
}

// sendToMembers delivers a message that passed all checks.
func (c *call) sendToMembers(d draft, to recipients) success {
	m := d.message()
	m.ID = randomID(msgIDLength)
	m.AgentID = c.agent.AgentID
	m.ToParty, m.ToTag = c.body.str("toparty"), c.body.str("totag")
	m.EnableIDTrans = c.body.flag("enable_id_trans")
	limits := c.corp.Limits
	m.ToUser = c.underQuota(to.reached,
		rule{"app messages by the minute", limits.MemberAppPerMinute, time.Minute},
		rule{"app messages by the hour", limits.MemberAppPerHour, time.Hour})
	if len(m.ToUser) > 0 {
		c.sim.deliver(m)
	}
	c.idle = len(m.ToUser) == 0
	c.sim.sent.add(m.ID, receipt{agentID: c.agent.AgentID, sent: c.now})
	return success{fields: append(to.invalid, field{"msgid", m.ID})}
}

// underQuota keeps the receivers who may still get a message from this app; the others are dropped without a word.
func (c *call) underQuota(userIDs []string, rules ...rule) []string {
	kept := make([]string, 0, len(userIDs))
	app := strconv.Itoa(c.agent.AgentID)
	for _, id := range userIDs {
		allowed := true
		for _, r := range rules {
			allowed = allowed && c.sim.windows.within(c.now, r, app+"/"+strings.ToLower(id))
		}
		if allowed {
			kept = append(kept, id)
		} else {
			c.entry.Dropped = append(c.entry.Dropped, id)
		}
	}
	return kept
}

// checkAgentID: a stray blank makes it another agent's (observed), other letters make it none at all.
func (c *call) checkAgentID() error {
	if _, given := c.body.raw("agentid"); !given {
		return refuse(codeAgentIDMissing)
	}
	agentID := c.body.integer("agentid")
	text := c.body.str("agentid")
	switch {
	case strings.TrimSpace(text) != text:
		return refuse(codeAgentForeign)
	case !agentID.valid || c.corp.agent(agentID.value) == nil:
		return refuse(codeAgentID)
	case agentID.value != c.agent.AgentID:
		return refuse(codeAgentForeign)
	}
	return nil
}

// duplicateWindow is how long the same request counts as a repetition; 0 means that the check is off. More than four
// hours is refused: our choice.
func (c *call) duplicateWindow() (time.Duration, error) {
	interval := c.body.integer("duplicate_check_interval")
	window := seconds(interval.value)
	switch {
	case c.body.flag("enable_duplicate_check") != 1:
		return 0, nil
	case !interval.given:
		return defaultDuplicateCheck, nil
	case !interval.valid || window <= 0 || window > longestDuplicateCheck:
		return 0, refuseInvalid("duplicate_check_interval")
	}
	return window, nil
}
