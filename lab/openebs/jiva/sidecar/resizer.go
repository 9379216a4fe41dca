// Package sidecar has what stands beside the driver: resizer, attacher, probe and exporter.
package sidecar

import (
	"context"
	"encoding/json"
	"log"
	"time"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"pikube/lab/jiva/cluster"
)

const (
	resizeEvery    = 2 * time.Second
	resizeTimeout  = 30 * time.Second
	provisionedBy  = "pv.kubernetes.io/provisioned-by"
	secondsToProbe = 10
)

var persistentVolumes = schema.GroupVersionResource{Version: "v1", Resource: "persistentvolumes"}

// Dial connects to a driver's socket, given as a path or with unix:// before it.
func Dial(endpoint string) (*grpc.ClientConn, error) {
	if endpoint[0] == '/' {
		endpoint = "unix://" + endpoint
	}
	return grpc.NewClient(endpoint, grpc.WithTransportCredentials(insecure.NewCredentials()))
}

// Resize asks the driver for more where a claim wants more than its volume has, as external-resizer does.
func Resize(ctx context.Context, cluster_ *cluster.Cluster, endpoint, driver string) error {
	connection, err := Dial(endpoint)
	if err != nil {
		return err
	}
	defer connection.Close()
	client := csi.NewControllerClient(connection)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(resizeEvery):
		}
		if err := resizeAll(ctx, cluster_, client, driver); err != nil {
			log.Print(err)
		}
	}
}

func resizeAll(ctx context.Context, cluster_ *cluster.Cluster, client csi.ControllerClient, driver string) error {
	found, err := cluster_.Resource(persistentVolumes).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	for _, item := range found.Items {
		volume := corev1.PersistentVolume{}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(item.Object, &volume); err != nil {
			return err
		}
		if volume.Annotations[provisionedBy] != driver || volume.Spec.ClaimRef == nil || volume.Status.Phase != corev1.VolumeBound {
			continue
		}
		claims := cluster_.Resource(cluster.Claims).Namespace(volume.Spec.ClaimRef.Namespace)
		object, err := claims.Get(ctx, volume.Spec.ClaimRef.Name, metav1.GetOptions{})
		if err != nil {
			continue
		}
		claim := corev1.PersistentVolumeClaim{}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &claim); err != nil {
			return err
		}
		wanted, has := claim.Spec.Resources.Requests[corev1.ResourceStorage], volume.Spec.Capacity[corev1.ResourceStorage]
		if wanted.Cmp(has) <= 0 {
			continue
		}
		if err := resizeOne(ctx, cluster_, client, volume, claim, wanted.Value()); err != nil {
			log.Printf("resize volume %s: %v", volume.Name, err)
		}
	}
	return nil
}

// resizeOne lets the volume grow; the kubelet then lets the file system grow, and writes the claim's capacity.
func resizeOne(
	ctx context.Context, cluster_ *cluster.Cluster, client csi.ControllerClient,
	volume corev1.PersistentVolume, claim corev1.PersistentVolumeClaim, size int64,
) error {
	limited, done := context.WithTimeout(ctx, resizeTimeout)
	defer done()
	answer, err := client.ControllerExpandVolume(limited, &csi.ControllerExpandVolumeRequest{
		VolumeId: volume.Spec.CSI.VolumeHandle, CapacityRange: &csi.CapacityRange{RequiredBytes: size},
	})
	if err != nil {
		return err
	}
	capacity := claim.Spec.Resources.Requests[corev1.ResourceStorage]
	log.Printf("resize volume %s to %s (%d bytes)", volume.Name, capacity.String(), answer.GetCapacityBytes())
	conditions := []any{map[string]any{
		"type": string(corev1.PersistentVolumeClaimFileSystemResizePending), "status": "True", "lastTransitionTime": metav1.Now(),
		"message": "Waiting for user to (re-)start a pod to finish file system resize of volume on node.",
	}}
	text, err := json.Marshal(map[string]any{"status": map[string]any{
		"conditions":         conditions,
		"allocatedResources": map[string]any{"storage": capacity.String()},
		"allocatedResourceStatuses": map[string]any{
			"storage": string(corev1.PersistentVolumeClaimNodeResizePending),
		},
	}})
	if err != nil {
		return err
	}
	claims := cluster_.Resource(cluster.Claims).Namespace(claim.Namespace)
	if _, err := claims.Patch(ctx, claim.Name, types.MergePatchType, text, metav1.PatchOptions{}, "status"); err != nil {
		return err
	}
	text, err = json.Marshal(map[string]any{"spec": map[string]any{"capacity": map[string]any{"storage": capacity.String()}}})
	if err != nil {
		return err
	}
	_, err = cluster_.Resource(persistentVolumes).Patch(ctx, volume.Name, types.MergePatchType, text, metav1.PatchOptions{})
	return err
}
