package driver

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"pikube/lab/jiva/cluster"
)

const gib = 1 << 30

func (d *Driver) ControllerGetCapabilities(
	context.Context, *csi.ControllerGetCapabilitiesRequest,
) (*csi.ControllerGetCapabilitiesResponse, error) {
	var capabilities []*csi.ControllerServiceCapability
	for _, kind := range []csi.ControllerServiceCapability_RPC_Type{
		csi.ControllerServiceCapability_RPC_CREATE_DELETE_VOLUME, csi.ControllerServiceCapability_RPC_EXPAND_VOLUME,
	} {
		capabilities = append(capabilities, &csi.ControllerServiceCapability{
			Type: &csi.ControllerServiceCapability_Rpc{Rpc: &csi.ControllerServiceCapability_RPC{Type: kind}},
		})
	}
	return &csi.ControllerGetCapabilitiesResponse{Capabilities: capabilities}, nil
}

// writers of one node at a time: all that a volume of Jiva can be for.
func supported(capabilities []*csi.VolumeCapability) bool {
	for _, capability := range capabilities {
		switch capability.GetAccessMode().GetMode() {
		case csi.VolumeCapability_AccessMode_SINGLE_NODE_WRITER, csi.VolumeCapability_AccessMode_SINGLE_NODE_SINGLE_WRITER,
			csi.VolumeCapability_AccessMode_SINGLE_NODE_MULTI_WRITER:
		default:
			return false
		}
	}
	return len(capabilities) > 0
}

// CreateVolume makes the JivaVolume and returns: that its claim is bound says nothing of the volume.
func (d *Driver) CreateVolume(ctx context.Context, request *csi.CreateVolumeRequest) (*csi.CreateVolumeResponse, error) {
	name := strings.ToLower(request.GetName())
	if name == "" || !supported(request.GetVolumeCapabilities()) {
		return nil, status.Error(codes.InvalidArgument, "failed to create volume: it needs a name and the access mode ReadWriteOnce")
	}
	if request.GetVolumeContentSource() != nil {
		return nil, status.Error(codes.InvalidArgument, "failed to create volume: clones and snapshots are not supported")
	}
	parameters := request.GetParameters()
	size := (max(request.GetCapacityRange().GetRequiredBytes(), 1) + gib - 1) / gib * gib
	volume := cluster.Volume{
		TypeMeta: metav1.TypeMeta{APIVersion: "openebs.io/v1", Kind: "JivaVolume"},
		ObjectMeta: metav1.ObjectMeta{
			Name: name, Namespace: d.cluster.Namespace,
			Annotations: map[string]string{cluster.PolicyAnnotation: parameters["policy"]},
			Labels: map[string]string{
				cluster.ComponentLabel: "jiva-volume", cluster.VolumeLabel: name, cluster.ClaimLabel: parameters["csi.storage.k8s.io/pvc/name"],
			},
		},
		Spec: cluster.Spec{Volume: name, Capacity: fmt.Sprintf("%dGi", size/gib), AccessType: "mount"},
		Version: map[string]any{
			"desired": version, "status": map[string]any{"current": version, "dependentsUpgraded": true, "lastUpdateTime": nil},
		},
	}
	object, err := cluster.Encode(volume)
	if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	delete(object, "status")
	_, err = d.cluster.In(cluster.Volumes).Create(ctx, &unstructured.Unstructured{Object: object}, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return nil, status.Error(codes.Internal, err.Error())
	}
	return &csi.CreateVolumeResponse{Volume: &csi.Volume{VolumeId: name, CapacityBytes: size}}, nil
}

// DeleteVolume deletes the JivaVolume, and with it everything that it owns.
func (d *Driver) DeleteVolume(ctx context.Context, request *csi.DeleteVolumeRequest) (*csi.DeleteVolumeResponse, error) {
	err := d.cluster.In(cluster.Volumes).Delete(ctx, strings.ToLower(request.GetVolumeId()), metav1.DeleteOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return nil, status.Error(codes.Internal, err.Error())
	}
	return &csi.DeleteVolumeResponse{}, nil
}

func (d *Driver) ValidateVolumeCapabilities(
	ctx context.Context, request *csi.ValidateVolumeCapabilitiesRequest,
) (*csi.ValidateVolumeCapabilitiesResponse, error) {
	if _, err := d.volume(ctx, request.GetVolumeId()); err != nil {
		return nil, err
	}
	if !supported(request.GetVolumeCapabilities()) {
		return &csi.ValidateVolumeCapabilitiesResponse{Message: "only ReadWriteOnce is supported"}, nil
	}
	return &csi.ValidateVolumeCapabilitiesResponse{Confirmed: &csi.ValidateVolumeCapabilitiesResponse_Confirmed{
		VolumeCapabilities: request.GetVolumeCapabilities(),
	}}, nil
}

// ControllerExpandVolume lets the target and all copies grow, which the node then sees.
func (d *Driver) ControllerExpandVolume(
	ctx context.Context, request *csi.ControllerExpandVolumeRequest,
) (*csi.ControllerExpandVolumeResponse, error) {
	volume, err := d.volume(ctx, request.GetVolumeId())
	if err != nil {
		return nil, err
	}
	size := (request.GetCapacityRange().GetRequiredBytes() + gib - 1) / gib * gib
	body := strings.NewReader(fmt.Sprintf(`{"size": %d}`, size))
	call, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+volume.Spec.Target.IP+":9501/v1/resize", body)
	if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	call.Close = true
	answer, err := http.DefaultClient.Do(call)
	if err != nil {
		return nil, status.Errorf(codes.Internal, "failed to resize volume %s: %v", volume.Name, err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 1<<10))
		return nil, status.Errorf(codes.Internal, "failed to resize volume %s: %s", volume.Name, bytes.TrimSpace(text))
	}
	change := map[string]any{"spec": map[string]any{"capacity": fmt.Sprintf("%dGi", size/gib)}}
	if err := d.cluster.Patch(ctx, volume.Name, change); err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	return &csi.ControllerExpandVolumeResponse{CapacityBytes: size, NodeExpansionRequired: true}, nil
}

func (d *Driver) volume(ctx context.Context, name string) (*cluster.Volume, error) {
	volume, err := d.cluster.Volume(ctx, strings.ToLower(name))
	switch {
	case apierrors.IsNotFound(err):
		return nil, status.Errorf(codes.NotFound, "volume {%s} not found", name)
	case err != nil:
		return nil, status.Error(codes.Internal, err.Error())
	}
	return volume, nil
}
