package cluster

import (
	"context"
	"encoding/json"
	"os"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"
)

// Cluster asks the API server. Namespace is where all objects of Jiva are.
type Cluster struct {
	dynamic.Interface
	Namespace string
}

// Connect as a pod, or as OPENEBS_IO_KUBE_CONFIG says.
func Connect() (*Cluster, error) {
	configuration, err := clientcmd.BuildConfigFromFlags("", os.Getenv("OPENEBS_IO_KUBE_CONFIG"))
	if err != nil {
		return nil, err
	}
	configuration.QPS, configuration.Burst = 50, 100
	client, err := dynamic.NewForConfig(configuration)
	if err != nil {
		return nil, err
	}
	namespace := os.Getenv("OPENEBS_NAMESPACE")
	if namespace == "" {
		namespace = "openebs"
	}
	return &Cluster{client, namespace}, nil
}

// In is the door to one kind of namespaced object.
func (c *Cluster) In(kind schema.GroupVersionResource) dynamic.ResourceInterface {
	return c.Resource(kind).Namespace(c.Namespace)
}

// Volume returns a JivaVolume.
func (c *Cluster) Volume(ctx context.Context, name string) (*Volume, error) {
	found, err := c.In(Volumes).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	volume := &Volume{}
	return volume, decode(found.Object, volume)
}

// AllVolumes returns every JivaVolume.
func (c *Cluster) AllVolumes(ctx context.Context) ([]*Volume, error) {
	found, err := c.In(Volumes).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	volumes := make([]*Volume, len(found.Items))
	for index, item := range found.Items {
		volumes[index] = &Volume{}
		if err := decode(item.Object, volumes[index]); err != nil {
			return nil, err
		}
	}
	return volumes, nil
}

// Patch merges into a JivaVolume.
func (c *Cluster) Patch(ctx context.Context, name string, change map[string]any) error {
	text, err := json.Marshal(change)
	if err != nil {
		return err
	}
	_, err = c.In(Volumes).Patch(ctx, name, types.MergePatchType, text, metav1.PatchOptions{})
	return err
}

// Policy returns the spec of a JivaVolumePolicy.
func (c *Cluster) Policy(ctx context.Context, name string) (policy Policy, err error) {
	found, err := c.In(Policies).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return policy, err
	}
	spec, _, err := unstructured.NestedMap(found.Object, "spec")
	if err != nil {
		return policy, err
	}
	return policy, decode(spec, &policy)
}

// NodeReady says whether a node exists and is Ready.
func (c *Cluster) NodeReady(ctx context.Context, name string) (bool, error) {
	found, err := c.Resource(Nodes).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	node := corev1.Node{}
	if err := decode(found.Object, &node); err != nil {
		return false, err
	}
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady {
			return condition.Status == corev1.ConditionTrue, nil
		}
	}
	return false, nil
}
