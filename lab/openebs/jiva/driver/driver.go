// Package driver is the CSI driver jiva.csi.openebs.io.
package driver

import (
	"context"
	"log"
	"net"
	"os"
	"strings"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"pikube/lab/jiva/cluster"
)

// Name of the driver, and Topology, the label that the kubelet gives its node.
const (
	Name     = "jiva.csi.openebs.io"
	Topology = "topology.jiva.openebs.io/nodeName"
	version  = "3.6.0"
)

// Driver is identity, controller and node service in one.
type Driver struct {
	csi.UnimplementedIdentityServer
	csi.UnimplementedControllerServer
	csi.UnimplementedNodeServer
	cluster *cluster.Cluster
	node    string
	retries int
}

// New is the driver of a node; retries: how often the node service looks whether a volume is ready, every 5 s.
func New(cluster_ *cluster.Cluster, node string, retries int) *Driver {
	return &Driver{cluster: cluster_, node: node, retries: retries}
}

// Serve answers on a unix socket until the context ends.
func (d *Driver) Serve(ctx context.Context, endpoint string) error {
	listener, err := Listen(endpoint)
	if err != nil {
		return err
	}
	server := grpc.NewServer(grpc.UnaryInterceptor(logged))
	csi.RegisterIdentityServer(server, d)
	csi.RegisterControllerServer(server, d)
	csi.RegisterNodeServer(server, d)
	go func() { <-ctx.Done(); server.GracefulStop() }()
	return server.Serve(listener)
}

// Listen on a unix socket that is given as a path or with unix:// before it; what an earlier process left goes.
func Listen(endpoint string) (net.Listener, error) {
	path := strings.TrimPrefix(endpoint, "unix://")
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	return net.Listen("unix", path)
}

func logged(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	answer, err := handler(ctx, request)
	quiet := strings.HasSuffix(info.FullMethod, "/Probe") || strings.HasSuffix(info.FullMethod, "Capabilities")
	if err != nil || !quiet && !strings.HasSuffix(info.FullMethod, "Stats") {
		log.Printf("%s %v: %v", info.FullMethod, request, err)
	}
	return answer, err
}

func (d *Driver) GetPluginInfo(context.Context, *csi.GetPluginInfoRequest) (*csi.GetPluginInfoResponse, error) {
	return &csi.GetPluginInfoResponse{Name: Name, VendorVersion: version}, nil
}

func (d *Driver) Probe(context.Context, *csi.ProbeRequest) (*csi.ProbeResponse, error) {
	return &csi.ProbeResponse{Ready: wrapperspb.Bool(true)}, nil
}

func (d *Driver) GetPluginCapabilities(context.Context, *csi.GetPluginCapabilitiesRequest) (*csi.GetPluginCapabilitiesResponse, error) {
	return &csi.GetPluginCapabilitiesResponse{Capabilities: []*csi.PluginCapability{
		{Type: &csi.PluginCapability_Service_{Service: &csi.PluginCapability_Service{Type: csi.PluginCapability_Service_CONTROLLER_SERVICE}}},
		{Type: &csi.PluginCapability_VolumeExpansion_{VolumeExpansion: &csi.PluginCapability_VolumeExpansion{
			Type: csi.PluginCapability_VolumeExpansion_ONLINE,
		}}},
	}}, nil
}
