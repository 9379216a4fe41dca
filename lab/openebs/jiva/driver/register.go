package driver

import (
	"context"
	"log"

	"google.golang.org/grpc"
	registration "k8s.io/kubelet/pkg/apis/pluginregistration/v1"
)

// registrar tells the kubelet of the driver, as csi-node-driver-registrar does.
type registrar struct {
	registration.UnimplementedRegistrationServer
	socket string
}

// Register answers the kubelet, which finds the socket in its folder of plugins, until the context ends. socket: the driver's on the host.
func Register(ctx context.Context, folder, socket string) error {
	listener, err := Listen(folder + "/" + Name + "-reg.sock")
	if err != nil {
		return err
	}
	server := grpc.NewServer()
	registration.RegisterRegistrationServer(server, &registrar{socket: socket})
	go func() { <-ctx.Done(); server.Stop() }()
	return server.Serve(listener)
}

func (r *registrar) GetInfo(context.Context, *registration.InfoRequest) (*registration.PluginInfo, error) {
	return &registration.PluginInfo{Type: registration.CSIPlugin, Name: Name, Endpoint: r.socket, SupportedVersions: []string{"1.0.0"}}, nil
}

func (r *registrar) NotifyRegistrationStatus(
	_ context.Context, status *registration.RegistrationStatus,
) (*registration.RegistrationStatusResponse, error) {
	if !status.PluginRegistered {
		log.Fatalf("the kubelet refused the driver: %s", status.Error)
	}
	log.Print("the kubelet has registered the driver")
	return &registration.RegistrationStatusResponse{}, nil
}
