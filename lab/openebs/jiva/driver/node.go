package driver

import (
	"context"
	"log"
	"time"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"pikube/lab/jiva/cluster"
)

const readyPause = 5 * time.Second

func (d *Driver) NodeGetInfo(context.Context, *csi.NodeGetInfoRequest) (*csi.NodeGetInfoResponse, error) {
	return &csi.NodeGetInfoResponse{
		NodeId: d.node, AccessibleTopology: &csi.Topology{Segments: map[string]string{Topology: d.node}},
	}, nil
}

func (d *Driver) NodeGetCapabilities(context.Context, *csi.NodeGetCapabilitiesRequest) (*csi.NodeGetCapabilitiesResponse, error) {
	var capabilities []*csi.NodeServiceCapability
	for _, kind := range []csi.NodeServiceCapability_RPC_Type{
		csi.NodeServiceCapability_RPC_STAGE_UNSTAGE_VOLUME, csi.NodeServiceCapability_RPC_EXPAND_VOLUME,
		csi.NodeServiceCapability_RPC_GET_VOLUME_STATS,
	} {
		capabilities = append(capabilities, &csi.NodeServiceCapability{
			Type: &csi.NodeServiceCapability_Rpc{Rpc: &csi.NodeServiceCapability_RPC{Type: kind}},
		})
	}
	return &csi.NodeGetCapabilitiesResponse{Capabilities: capabilities}, nil
}

// NodeStageVolume: the volume serves writes, no other Ready node has it, nothing of it is mounted here; then login, file system, mount.
func (d *Driver) NodeStageVolume(ctx context.Context, request *csi.NodeStageVolumeRequest) (*csi.NodeStageVolumeResponse, error) {
	name, staging := request.GetVolumeId(), request.GetStagingTargetPath()
	if request.GetVolumeCapability().GetBlock() != nil {
		return nil, status.Error(codes.InvalidArgument, "volumes of mode Block are not known to this stand-in")
	}
	if mounted(staging) {
		return &csi.NodeStageVolumeResponse{}, nil
	}
	volume, err := d.ready(ctx, name)
	if err != nil {
		return nil, err
	}
	// The kubelet of a returned node clears the label of a volume that is another's by now, so an empty one proves nothing.
	if holder := volume.Labels[cluster.NodeLabel]; holder != "" && holder != d.node {
		ready, err := d.cluster.NodeReady(ctx, holder)
		if err != nil {
			return nil, status.Error(codes.Internal, err.Error())
		}
		if ready {
			return nil, twice(name, holder)
		}
		log.Printf("volume %s was on node %s, which is not Ready", name, holder)
	}
	if places := mountsOf(name); len(places) != 0 {
		return nil, twice(name, places)
	}
	fsType := request.GetVolumeCapability().GetMount().GetFsType()
	if fsType == "" {
		fsType = "ext4"
	}
	device := deviceName(volume)
	change := map[string]any{
		"metadata": map[string]any{"labels": map[string]any{cluster.NodeLabel: d.node}},
		"spec":     map[string]any{"mountInfo": map[string]any{"devicePath": device, "fsType": fsType, "stagingPath": staging}},
	}
	if err := d.cluster.Patch(ctx, name, change); err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	if err := login(ctx, volume); err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	if err := formatAndMount(ctx, device, staging, fsType, request.GetVolumeCapability().GetMount().GetMountFlags()); err != nil {
		logout(ctx, volume)
		return nil, status.Error(codes.Internal, err.Error())
	}
	return &csi.NodeStageVolumeResponse{}, nil
}

func twice(name string, where any) error {
	return status.Errorf(codes.FailedPrecondition, "volume {%s} is already mounted at more than one place: {%v}", name, where)
}

// ready waits until the operator has written that the volume serves writes.
func (d *Driver) ready(ctx context.Context, name string) (*cluster.Volume, error) {
	for try := 0; ; try++ {
		volume, err := d.volume(ctx, name)
		if err != nil {
			return nil, err
		}
		if volume.Status.Phase == "Ready" && volume.Status.Status == "RW" {
			return volume, nil
		}
		log.Printf("Volume is not ready: phase %q, status %q, replicas %v", volume.Status.Phase, volume.Status.Status, volume.Status.Replicas)
		if try >= d.retries {
			return nil, status.Errorf(codes.FailedPrecondition, "Max retry count exceeded, volume: {%s} is not ready", name)
		}
		select {
		case <-ctx.Done():
			return nil, status.FromContextError(ctx.Err()).Err()
		case <-time.After(readyPause):
		}
	}
}

// NodeUnstageVolume clears the label and the staging path, without looking whose they are now: so does the original.
func (d *Driver) NodeUnstageVolume(ctx context.Context, request *csi.NodeUnstageVolumeRequest) (*csi.NodeUnstageVolumeResponse, error) {
	volume, err := d.volume(ctx, request.GetVolumeId())
	if err != nil && status.Code(err) != codes.NotFound {
		return nil, err
	}
	if err := unmount(request.GetStagingTargetPath()); err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	if volume == nil {
		return &csi.NodeUnstageVolumeResponse{}, nil
	}
	logout(ctx, volume)
	change := map[string]any{
		"metadata": map[string]any{"labels": map[string]any{cluster.NodeLabel: ""}},
		"spec":     map[string]any{"mountInfo": map[string]any{"stagingPath": nil}},
	}
	if err := d.cluster.Patch(ctx, volume.Name, change); err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	return &csi.NodeUnstageVolumeResponse{}, nil
}

func (d *Driver) NodePublishVolume(ctx context.Context, request *csi.NodePublishVolumeRequest) (*csi.NodePublishVolumeResponse, error) {
	name, where := request.GetVolumeId(), request.GetTargetPath()
	if mounted(where) {
		return &csi.NodePublishVolumeResponse{}, nil
	}
	change := map[string]any{"spec": map[string]any{"mountInfo": map[string]any{"targetPath": where}}}
	if err := d.cluster.Patch(ctx, name, change); err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	if err := bind(request.GetStagingTargetPath(), where, request.GetReadonly()); err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	return &csi.NodePublishVolumeResponse{}, nil
}

func (d *Driver) NodeUnpublishVolume(
	ctx context.Context, request *csi.NodeUnpublishVolumeRequest,
) (*csi.NodeUnpublishVolumeResponse, error) {
	if err := unmount(request.GetTargetPath()); err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	volume, err := d.volume(ctx, request.GetVolumeId())
	if status.Code(err) == codes.NotFound {
		return &csi.NodeUnpublishVolumeResponse{}, nil
	}
	if err != nil {
		return nil, err
	}
	change := map[string]any{"spec": map[string]any{"mountInfo": map[string]any{"targetPath": nil}}}
	if err := d.cluster.Patch(ctx, volume.Name, change); err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	return &csi.NodeUnpublishVolumeResponse{}, nil
}

func (d *Driver) NodeExpandVolume(ctx context.Context, request *csi.NodeExpandVolumeRequest) (*csi.NodeExpandVolumeResponse, error) {
	volume, err := d.volume(ctx, request.GetVolumeId())
	if err != nil {
		return nil, err
	}
	if err := grow(ctx, volume, request.GetVolumePath()); err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	return &csi.NodeExpandVolumeResponse{CapacityBytes: request.GetCapacityRange().GetRequiredBytes()}, nil
}

func (d *Driver) NodeGetVolumeStats(_ context.Context, request *csi.NodeGetVolumeStatsRequest) (*csi.NodeGetVolumeStatsResponse, error) {
	var found unix.Statfs_t
	if !mounted(request.GetVolumePath()) {
		return nil, status.Errorf(codes.NotFound, "%s is not a mount point", request.GetVolumePath())
	}
	if err := unix.Statfs(request.GetVolumePath(), &found); err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	block := int64(found.Bsize)
	return &csi.NodeGetVolumeStatsResponse{Usage: []*csi.VolumeUsage{
		{
			Unit: csi.VolumeUsage_BYTES, Total: int64(found.Blocks) * block, Available: int64(found.Bavail) * block,
			Used: int64(found.Blocks-found.Bfree) * block,
		},
		{Unit: csi.VolumeUsage_INODES, Total: int64(found.Files), Available: int64(found.Ffree), Used: int64(found.Files - found.Ffree)},
	}}, nil
}
