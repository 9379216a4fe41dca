package main

import (
	"errors"
	"fmt"
	"path"

	"sigs.k8s.io/yaml"
)

const configAnnotation = "cas.openebs.io/config"

type config struct {
	storageType, basePath string
	nodeAffinityLabels    []string
}

// readConfig reads the lists of a StorageClass and of a claim, whose entries win; what neither says is the provisioner's default.
func readConfig(basePath string, texts ...string) (config, error) {
	found := config{storageType: "hostpath", basePath: basePath, nodeAffinityLabels: []string{hostnameLabel}}
	for _, text := range texts {
		var entries []struct {
			Name    string   `json:"name"`
			Value   string   `json:"value"`
			Enabled string   `json:"enabled"`
			List    []string `json:"list"`
		}
		if err := yaml.Unmarshal([]byte(text), &entries); err != nil {
			return found, fmt.Errorf("unable to read annotation %s: %w", configAnnotation, err)
		}
		for _, entry := range entries {
			switch entry.Name {
			case "StorageType":
				found.storageType = entry.Value
			case "BasePath":
				found.basePath = entry.Value
			case "NodeAffinityLabels":
				if len(entry.List) != 0 {
					found.nodeAffinityLabels = entry.List
				}
			case "XFSQuota", "EXT4Quota":
				if entry.Enabled == "true" {
					return found, fmt.Errorf("%s is not known to this stand-in", entry.Name)
				}
			}
		}
	}
	if !path.IsAbs(found.basePath) || path.Clean(found.basePath) == "/" {
		return found, errors.New("BasePath has to be an absolute path other than /")
	}
	return found, nil
}
