package operator

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"text/template"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"pikube/lab/jiva/cluster"
)

//go:embed objects.yaml
var text string

var objectsTemplate = template.Must(template.New("objects").Funcs(template.FuncMap{
	"json": inline,
	"labels": func(volume *cluster.Volume, component string) (string, error) {
		labels := selector(volume, component)
		labels[cluster.ClaimLabel] = volume.Labels[cluster.ClaimLabel]
		labels["openebs.io/version"] = version()
		return inline(labels)
	},
	"selector": func(volume *cluster.Volume, component string) (string, error) {
		return inline(selector(volume, component))
	},
	"bytes": func(capacity string) (int64, error) {
		quantity, err := resource.ParseQuantity(capacity)
		return quantity.Value(), err
	},
	"image":  func(what string) string { return os.Getenv("OPENEBS_IO_JIVA_" + what + "_IMAGE") },
	"apart":  apart,
	"owner":  func(volume *cluster.Volume) (string, error) { return inline(owner(volume)) },
	"quorum": func(volume *cluster.Volume) int { return volume.Spec.Factor/2 + 1 },
}).Parse(text))

func inline(what any) (string, error) {
	text, err := json.Marshal(what)
	return string(text), err
}

func version() string {
	if version := os.Getenv("OPENEBS_VERSION"); version != "" {
		return version
	}
	return "3.6.0"
}

func selector(volume *cluster.Volume, component string) map[string]string {
	return map[string]string{cluster.CasLabel: "jiva", cluster.ComponentLabel: component, cluster.VolumeLabel: volume.Name}
}

func owner(volume *cluster.Volume) metav1.OwnerReference {
	yes := true
	return metav1.OwnerReference{
		APIVersion: "openebs.io/v1", Kind: "JivaVolume", Name: volume.Name, UID: volume.UID, Controller: &yes, BlockOwnerDeletion: &yes,
	}
}

// apart is the policy's affinity with what keeps two copies from sharing a node.
func apart(volume *cluster.Volume) (string, error) {
	affinity := &corev1.Affinity{}
	if wanted := volume.Spec.Policy.Replica.Affinity; wanted != nil {
		affinity = wanted.DeepCopy()
	}
	if affinity.PodAntiAffinity == nil {
		affinity.PodAntiAffinity = &corev1.PodAntiAffinity{}
	}
	required := &affinity.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution
	*required = append(*required, corev1.PodAffinityTerm{
		LabelSelector: &metav1.LabelSelector{MatchLabels: selector(volume, "jiva-replica")}, TopologyKey: corev1.LabelHostname,
	})
	return inline(affinity)
}

// objects are what a JivaVolume is made of, all owned by it.
func objects(volume *cluster.Volume) ([]*unstructured.Unstructured, error) {
	var rendered bytes.Buffer
	if err := objectsTemplate.Execute(&rendered, volume); err != nil {
		return nil, err
	}
	var found []*unstructured.Unstructured
	for _, document := range bytes.Split(rendered.Bytes(), []byte("\n---\n")) {
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(document, &object.Object); err != nil {
			return nil, fmt.Errorf("%w in %s", err, document)
		}
		object.SetOwnerReferences([]metav1.OwnerReference{owner(volume)})
		found = append(found, object)
	}
	return found, nil
}
