// Copyright: (c) 2026, kubevim.nfvi contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Command schematic writes values as Go's YAML libraries do, with which Image Factories name schematics.
//
// Standard input is a JSON list; standard output is a JSON list with, for each value, what gopkg.in/yaml.v3 and
// go.yaml.in/yaml/v4 make of it.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	v4 "go.yaml.in/yaml/v4"
	v3 "gopkg.in/yaml.v3"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	decoder := json.NewDecoder(os.Stdin)
	decoder.UseNumber()

	var values []any
	if err := decoder.Decode(&values); err != nil {
		return err
	}

	written := make([][2]string, 0, len(values))

	for _, value := range values {
		value = whole(value)

		one, err := v3.Marshal(value)
		if err != nil {
			return err
		}

		other, err := v4.Marshal(value)
		if err != nil {
			return err
		}

		written = append(written, [2]string{string(one), string(other)})
	}

	return json.NewEncoder(os.Stdout).Encode(written)
}

// whole turns JSON's numbers into whole ones.
func whole(value any) any {
	switch value := value.(type) {
	case json.Number:
		number, _ := value.Int64()

		return number
	case []any:
		for index := range value {
			value[index] = whole(value[index])
		}
	case map[string]any:
		for key := range value {
			value[key] = whole(value[key])
		}
	}

	return value
}
