package functiongraph

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

const userData = "RUNTIME_USERDATA"

// Environment sets the variables that event functions find in RUNTIME_USERDATA, a JSON object; those that are set already
// stay as they are. It must be called before the environment is read. The error says what is wrong with the object
// without showing what is in it, since that is where the secrets are.
func Environment() error {
	given := os.Getenv(userData)
	if given == "" {
		return nil
	}
	var variables map[string]json.RawMessage
	if json.Unmarshal([]byte(given), &variables) != nil {
		return fmt.Errorf("%s is not a JSON object, so that none of the function's variables is known; set them again in "+
			"the function's configuration", userData)
	}
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(variables)) { // so that the log says the same at every start
		problems = append(problems, set(name, variables[name]))
	}
	return errors.Join(problems...)
}

// set sets one variable. Terraform and others write numbers, true and false as such.
func set(name string, value json.RawMessage) error {
	if _, already := os.LookupEnv(name); already || string(value) == "null" {
		return nil
	}
	var text string
	switch value[0] {
	case '"':
		_ = json.Unmarshal(value, &text) // it is valid, as the whole is
	case '{', '[':
		return fmt.Errorf("%s: %s must be text, a number, true or false; correct it in the function's configuration", userData, shown(name))
	default:
		text = string(value)
	}
	if os.Setenv(name, text) != nil {
		return fmt.Errorf("%s: %s cannot be set; a name must not be empty or hold =, and no text may hold the character NUL", userData, shown(name))
	}
	return nil
}

// shown is the name of a variable where it is one of ours, and so no secret in the wrong place.
func shown(name string) string {
	if strings.HasPrefix(name, "WECOM_") {
		return name
	}
	return "one of its variables"
}
