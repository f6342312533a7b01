package wecomsim

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// validate refuses a state that no enterprise can be in; the control API asks it.
func (s State) validate() error {
	checks := []func() error{s.checkCredentials, s.checkTree, s.checkMembers, s.checkChats}
	for _, check := range checks {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (s State) checkCredentials() error {
	if s.Corp.CorpID == "" || s.ContactSync.Secret == "" {
		return errors.New("corp.corpid and contact_sync.secret must not be empty")
	}
	ids, secrets := map[int]bool{}, map[string]bool{s.ContactSync.Secret: true}
	for _, a := range s.Agents {
		switch {
		case a.AgentID <= 0 || ids[a.AgentID]:
			return fmt.Errorf("agents: agentid %d must be positive and unique", a.AgentID)
		case a.Secret == "" || secrets[a.Secret]:
			return fmt.Errorf("agents: the secret of %d must be unique and not empty", a.AgentID)
		}
		ids[a.AgentID], secrets[a.Secret] = true, true
	}
	return nil
}

// checkTree wants one root and no loops.
func (s State) checkTree() error {
	e := newEnterprise(State{Departments: s.Departments}, time.Time{})
	if e.department(rootID) == nil || e.department(rootID).ParentID != 0 {
		return errors.New("departments: there must be a root with id 1 and parentid 0")
	}
	if len(e.departmentAt) != len(s.Departments) {
		return errors.New("departments: an id is there twice")
	}
	if len(e.subtree(rootID)) != len(s.Departments) {
		return errors.New("departments: every department must hang below the root")
	}
	return nil
}

func (s State) checkMembers() error {
	departments := map[int]bool{}
	for _, d := range s.Departments {
		departments[d.ID] = true
	}
	seen := map[string]bool{}
	for _, m := range s.Members {
		id := strings.ToLower(m.UserID)
		if id == "" || seen[id] {
			return fmt.Errorf("members: userid %q must be unique and not empty", m.UserID)
		}
		seen[id] = true
		for _, d := range m.Department {
			if !departments[d] {
				return fmt.Errorf("members: %s is in department %d, which does not exist", m.UserID, d)
			}
		}
		if len(m.Order) > len(m.Department) || len(m.IsLeaderInDept) > len(m.Department) {
			return fmt.Errorf("members: order and is_leader_in_dept of %s must be as long as department", m.UserID)
		}
	}
	return nil
}

func (s State) checkChats() error {
	seen := map[string]bool{}
	for _, c := range s.Chats {
		if c.ChatID == "" || seen[c.ChatID] {
			return fmt.Errorf("chats: chatid %q must be unique and not empty", c.ChatID)
		}
		seen[c.ChatID] = true
	}
	for _, b := range s.Chatbots {
		if b.Key == "" || seen[b.Key] {
			return fmt.Errorf("chatbots: key %q must be unique and not empty", b.Key)
		}
		seen[b.Key] = true
	}
	return nil
}
