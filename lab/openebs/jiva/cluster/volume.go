// Package cluster is the stand-in's way to the API server, and the custom resources of Jiva as it reads and writes them.
package cluster

import (
	"encoding/json"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var (
	Volumes      = schema.GroupVersionResource{Group: "openebs.io", Version: "v1", Resource: "jivavolumes"}
	Policies     = schema.GroupVersionResource{Group: "openebs.io", Version: "v1", Resource: "jivavolumepolicies"}
	Nodes        = schema.GroupVersionResource{Version: "v1", Resource: "nodes"}
	Services     = schema.GroupVersionResource{Version: "v1", Resource: "services"}
	Claims       = schema.GroupVersionResource{Version: "v1", Resource: "persistentvolumeclaims"}
	Pods         = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	Deployments  = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	StatefulSets = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "statefulsets"}
	Budgets      = schema.GroupVersionResource{Group: "policy", Version: "v1", Resource: "poddisruptionbudgets"}
)

// Labels and annotations of the original.
const (
	NodeLabel        = "nodeID"
	VolumeLabel      = "openebs.io/persistent-volume"
	ClaimLabel       = "openebs.io/persistent-volume-claim"
	ComponentLabel   = "openebs.io/component"
	CasLabel         = "openebs.io/cas-type"
	PolicyAnnotation = "openebs.io/volume-policy"
)

// Volume is a JivaVolume; what the operator and the driver do not touch stays as it is, since they only patch.
type Volume struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              Spec           `json:"spec"`
	Status            Status         `json:"status"`
	Version           map[string]any `json:"versionDetails,omitempty"`
}

type Spec struct {
	Volume     string    `json:"pv"`
	Capacity   string    `json:"capacity"`
	AccessType string    `json:"accessType"`
	Target     Portal    `json:"iscsiSpec"`
	Mount      MountInfo `json:"mountInfo"`
	Policy     Policy    `json:"policy"`
	Factor     int       `json:"desiredReplicationFactor,omitempty"`
}

type Portal struct {
	IQN  string `json:"iqn,omitempty"`
	IP   string `json:"targetIP,omitempty"`
	Port int    `json:"targetPort,omitempty"`
}

type MountInfo struct {
	Device  string `json:"devicePath,omitempty"`
	FSType  string `json:"fsType,omitempty"`
	Staging string `json:"stagingPath,omitempty"`
	Target  string `json:"targetPath,omitempty"`
}

// Policy is the spec of a JivaVolumePolicy.
type Policy struct {
	ReplicaClass   string  `json:"replicaSC,omitempty"`
	ServiceAccount string  `json:"serviceAccountName,omitempty"`
	PriorityClass  string  `json:"priorityClassName,omitempty"`
	Target         Target  `json:"target"`
	Replica        PodPart `json:"replica"`
}

type Target struct {
	PodPart           `json:",inline"`
	ReplicationFactor int                          `json:"replicationFactor,omitempty"`
	DisableMonitor    bool                         `json:"disableMonitor,omitempty"`
	AuxResources      *corev1.ResourceRequirements `json:"auxResources,omitempty"`
}

type PodPart struct {
	Resources    *corev1.ResourceRequirements `json:"resources,omitempty"`
	Tolerations  []corev1.Toleration          `json:"tolerations,omitempty"`
	Affinity     *corev1.Affinity             `json:"affinity,omitempty"`
	NodeSelector map[string]string            `json:"nodeSelector,omitempty"`
}

type Status struct {
	Phase        string          `json:"phase,omitempty"`
	Status       string          `json:"status,omitempty"`
	ReplicaCount int             `json:"replicaCount"`
	Replicas     []ReplicaStatus `json:"replicaStatus,omitempty"`
}

type ReplicaStatus struct {
	Address string `json:"address"`
	Mode    string `json:"mode"`
}

// decode reads what the API server gave into a struct.
func decode(from map[string]any, into any) error {
	return runtime.DefaultUnstructuredConverter.FromUnstructured(from, into)
}

// Encode makes an object of a struct, for a create.
func Encode(from any) (map[string]any, error) {
	text, err := json.Marshal(from)
	if err != nil {
		return nil, err
	}
	into := map[string]any{}
	return into, json.Unmarshal(text, &into)
}
