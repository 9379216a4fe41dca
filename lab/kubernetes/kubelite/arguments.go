package main

import (
	"fmt"
	"os"
	"strings"
)

// readArguments reads an arguments file of MicroK8s: one argument a line, `--name=value` or `--name value`, with variables of the environment.
func readArguments(path string) ([]string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var arguments []string
	for number, line := range strings.Split(string(content), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if !strings.HasPrefix(line, "-") {
			return nil, fmt.Errorf("%s:%d: %q is not an argument", path, number+1, line)
		}
		name, value := line, ""
		if at := strings.IndexAny(line, "= \t"); at >= 0 {
			name, value = line[:at], strings.TrimSpace(line[at+1:])
			value = "=" + os.ExpandEnv(unquote(value))
		}
		arguments = append(arguments, name+value)
	}
	return arguments, nil
}

func unquote(value string) string {
	for _, quote := range []string{`"`, `'`} {
		if len(value) >= 2 && strings.HasPrefix(value, quote) && strings.HasSuffix(value, quote) {
			return value[1 : len(value)-1]
		}
	}
	return value
}
