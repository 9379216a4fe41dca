// Package operator makes the pods of each JivaVolume and writes down how it is.
package operator

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"

	"pikube/lab/jiva/cluster"
	"pikube/lab/jiva/target"
)

const (
	pending, syncing, ready = "Pending", "Syncing", "Ready"
	// While a volume is not Ready the original comes back soon after each error.
	unfinishedEvery = time.Second
	answerTimeout   = 5 * time.Second
)

// Operator looks at all volumes every while (chart value resyncInterval), and at one as soon as something of it changes.
type Operator struct {
	cluster *cluster.Cluster
	changed chan string
}

// Run until the context ends.
func Run(ctx context.Context, cluster_ *cluster.Cluster) error {
	operator := &Operator{cluster_, make(chan string, 256)}
	go operator.watch(ctx, cluster.Volumes, "", watch.Added, watch.Modified)
	// The original was quick to see that a replica's pod went (openebs-observed 3f), and slow to see one that was lost or restarted.
	go operator.watch(ctx, cluster.Pods, cluster.ComponentLabel+"=jiva-replica", watch.Deleted)
	every := 30 * time.Second
	if seconds, err := time.ParseDuration(os.Getenv("RESYNC_INTERVAL") + "s"); err == nil {
		every = seconds
	}
	resync, soon := time.NewTicker(every), time.NewTicker(unfinishedEvery)
	for {
		select {
		case <-ctx.Done():
			return nil
		case name := <-operator.changed:
			operator.visit(ctx, func(volume *cluster.Volume) bool { return volume.Name == name })
		case <-soon.C:
			operator.visit(ctx, func(volume *cluster.Volume) bool { return volume.Status.Phase != ready })
		case <-resync.C:
			operator.visit(ctx, func(*cluster.Volume) bool { return true })
		}
	}
}

func (o *Operator) watch(ctx context.Context, kind schema.GroupVersionResource, selector string, events ...watch.EventType) {
	for ctx.Err() == nil {
		watcher, err := o.cluster.In(kind).Watch(ctx, metav1.ListOptions{LabelSelector: selector})
		if err != nil {
			log.Printf("watching %s: %v", kind.Resource, err)
			time.Sleep(time.Second)
			continue
		}
		for event := range watcher.ResultChan() {
			object, is := event.Object.(*unstructured.Unstructured)
			if is && slices.Contains(events, event.Type) && object.GetLabels()[cluster.VolumeLabel] != "" {
				o.changed <- object.GetLabels()[cluster.VolumeLabel]
			}
		}
	}
}

func (o *Operator) visit(ctx context.Context, wanted func(*cluster.Volume) bool) {
	volumes, err := o.cluster.AllVolumes(ctx)
	if err != nil {
		log.Print(err)
		return
	}
	for _, volume := range volumes {
		if volume.DeletionTimestamp == nil && wanted(volume) {
			if err := o.reconcile(ctx, volume); err != nil {
				log.Printf("volume %s: %v", volume.Name, err)
			}
		}
	}
}

func (o *Operator) reconcile(ctx context.Context, volume *cluster.Volume) error {
	if volume.Status.Phase == "" {
		return o.bootstrap(ctx, volume)
	}
	if err := o.make(ctx, volume); err != nil {
		return err
	}
	status := o.look(ctx, volume)
	if equality.Semantic.DeepEqual(status, volume.Status) {
		return o.move(ctx, volume)
	}
	log.Printf("volume %s: phase %s, status %s, replicas %v", volume.Name, status.Phase, status.Status, status.Replicas)
	replicas := status.Replicas
	if replicas == nil {
		replicas = []cluster.ReplicaStatus{}
	}
	return o.cluster.Patch(ctx, volume.Name, map[string]any{"status": map[string]any{
		"phase": status.Phase, "status": status.Status, "replicaCount": status.ReplicaCount, "replicaStatus": replicas,
	}})
}

// bootstrap fills in what the policy says, and makes the pods.
func (o *Operator) bootstrap(ctx context.Context, volume *cluster.Volume) error {
	if name := volume.Annotations[cluster.PolicyAnnotation]; name != "" {
		policy, err := o.cluster.Policy(ctx, name)
		if err != nil {
			return fmt.Errorf("failed to get policy %s: %w", name, err)
		}
		volume.Spec.Policy = policy
	}
	complete(&volume.Spec.Policy)
	volume.Spec.Factor = volume.Spec.Policy.Target.ReplicationFactor
	volume.Spec.Target = cluster.Portal{IQN: "iqn.2016-09.com.openebs.jiva:" + volume.Name, Port: 3260}
	if err := o.make(ctx, volume); err != nil {
		return err
	}
	spec, err := cluster.Encode(volume.Spec)
	if err != nil {
		return err
	}
	delete(spec, "mountInfo")
	return o.cluster.Patch(ctx, volume.Name, map[string]any{"spec": spec, "status": map[string]any{"phase": pending, "replicaCount": 0}})
}

// make creates what is not there. The Service comes first, as its address goes into the rest.
func (o *Operator) make(ctx context.Context, volume *cluster.Volume) error {
	kinds := map[string]schema.GroupVersionResource{
		"Service": cluster.Services, "Deployment": cluster.Deployments, "StatefulSet": cluster.StatefulSets,
		"PodDisruptionBudget": cluster.Budgets,
	}
	for index := 0; ; index++ {
		all, err := objects(volume)
		if err != nil {
			return err
		}
		if index == len(all) {
			return nil
		}
		object := all[index]
		there := o.cluster.In(kinds[object.GetKind()])
		found, err := there.Get(ctx, object.GetName(), metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			found, err = there.Create(ctx, object, metav1.CreateOptions{})
		}
		if err != nil {
			return err
		}
		if object.GetKind() == "Service" {
			volume.Spec.Target.IP, _, _ = unstructured.NestedString(found.Object, "spec", "clusterIP")
		}
	}
}

// look asks the controller how the volume is. One that does not answer is Unknown.
func (o *Operator) look(ctx context.Context, volume *cluster.Volume) cluster.Status {
	stats, err := ask(ctx, volume.Spec.Target.IP)
	if err != nil {
		log.Printf("failed to get volume stats of %s: %v", volume.Name, err)
		return cluster.Status{Phase: syncing, Status: "Unknown"}
	}
	status := cluster.Status{Phase: syncing, Status: stats.TargetStatus, ReplicaCount: len(stats.Replicas)}
	if status.Status == "RW" {
		status.Phase = ready
	}
	for _, row := range stats.Replicas {
		status.Replicas = append(status.Replicas, cluster.ReplicaStatus{Address: row.Address, Mode: row.Mode})
	}
	return status
}

func ask(ctx context.Context, address string) (stats target.Stats, err error) {
	ctx, done := context.WithTimeout(ctx, answerTimeout)
	defer done()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+":9501/v1/stats", nil)
	if err != nil {
		return stats, err
	}
	// A connection that is kept would lead to the controller that was there before.
	request.Close = true
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return stats, err
	}
	defer answer.Body.Close()
	return stats, json.NewDecoder(answer.Body).Decode(&stats)
}
