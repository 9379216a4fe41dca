package operator

import (
	"context"
	"log"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"pikube/lab/jiva/cluster"
)

var persistentVolumes = schema.GroupVersionResource{Version: "v1", Resource: "persistentvolumes"}

// move gives a copy up whose node was deleted for good, so that the StatefulSet makes an empty one on a node that has none yet. As in the
// original only of three or more copies, while the volume serves writes, and only when the pod cannot be scheduled.
func (o *Operator) move(ctx context.Context, volume *cluster.Volume) error {
	if volume.Spec.Factor < 3 || volume.Status.Status != "RW" {
		return nil
	}
	selected := metav1.ListOptions{LabelSelector: metav1.FormatLabelSelector(&metav1.LabelSelector{MatchLabels: selector(volume, "jiva-replica")})}
	pods, err := list[corev1.Pod](ctx, o.cluster, cluster.Pods, o.cluster.Namespace, selected)
	if err != nil {
		return err
	}
	for _, pod := range pods {
		if pod.Status.Phase != corev1.PodPending || pod.Spec.NodeName != "" {
			continue
		}
		claim := "openebs-" + pod.Name
		home, gone, err := o.home(ctx, claim)
		if err != nil || !gone {
			return err
		}
		log.Printf("volume %s: the node of replica %s was deleted, the replica moves", volume.Name, pod.Name)
		for _, remove := range []func() error{
			func() error { return o.cluster.In(cluster.Claims).Delete(ctx, claim, metav1.DeleteOptions{}) },
			func() error { return o.cluster.Resource(persistentVolumes).Delete(ctx, home, metav1.DeleteOptions{}) },
			func() error { return o.cluster.In(cluster.Pods).Delete(ctx, pod.Name, metav1.DeleteOptions{}) },
		} {
			if err := remove(); err != nil && !apierrors.IsNotFound(err) {
				return err
			}
		}
	}
	return nil
}

// home is the volume of a claim, and whether no node has the name any more that it is bound to.
func (o *Operator) home(ctx context.Context, claim string) (string, bool, error) {
	claims, err := list[corev1.PersistentVolumeClaim](ctx, o.cluster, cluster.Claims, o.cluster.Namespace, named(claim))
	if err != nil || len(claims) == 0 || claims[0].Spec.VolumeName == "" {
		return "", false, err
	}
	name := claims[0].Spec.VolumeName
	volumes, err := list[corev1.PersistentVolume](ctx, o.cluster, persistentVolumes, "", named(name))
	if err != nil || len(volumes) == 0 || volumes[0].Spec.NodeAffinity == nil {
		return name, false, err
	}
	nodes, err := list[corev1.Node](ctx, o.cluster, cluster.Nodes, "", metav1.ListOptions{})
	if err != nil {
		return name, false, err
	}
	there := map[string]bool{}
	for _, node := range nodes {
		there[node.Labels[corev1.LabelHostname]] = true
	}
	for _, term := range volumes[0].Spec.NodeAffinity.Required.NodeSelectorTerms {
		for _, expression := range term.MatchExpressions {
			if expression.Key == corev1.LabelHostname && len(expression.Values) == 1 && !there[expression.Values[0]] {
				return name, true, nil
			}
		}
	}
	return name, false, nil
}

func named(name string) metav1.ListOptions {
	return metav1.ListOptions{FieldSelector: "metadata.name=" + name}
}

func list[Kind any](
	ctx context.Context, there *cluster.Cluster, kind schema.GroupVersionResource, namespace string, options metav1.ListOptions,
) ([]Kind, error) {
	found, err := there.Resource(kind).Namespace(namespace).List(ctx, options)
	if err != nil {
		return nil, err
	}
	all := make([]Kind, len(found.Items))
	for index, item := range found.Items {
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(item.Object, &all[index]); err != nil {
			return nil, err
		}
	}
	return all, nil
}
