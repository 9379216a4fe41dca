package main

import (
	"context"
	"flag"

	"pikube/lab/jiva/cluster"
	"pikube/lab/jiva/driver"
	"pikube/lab/jiva/operator"
	"pikube/lab/jiva/sidecar"
)

func runOperator(ctx context.Context, _ []string) error {
	there, err := cluster.Connect()
	if err != nil {
		return err
	}
	return operator.Run(ctx, there)
}

func runDriver(ctx context.Context, arguments []string) error {
	flags := flag.NewFlagSet("jiva-csi", flag.ExitOnError)
	node := flags.String("nodeid", "", "name of the node")
	endpoint := flags.String("endpoint", "unix:///plugin/csi.sock", "socket")
	retries := flags.Int("retrycount", 20, "how often to look whether a volume is ready, every 5 s")
	flags.String("name", driver.Name, "name of the driver")
	flags.String("plugin", "", "node or controller; both are served")
	_ = flags.Parse(arguments)
	there, err := cluster.Connect()
	if err != nil {
		return err
	}
	return driver.New(there, *node, *retries).Serve(ctx, *endpoint)
}

func runRegistrar(ctx context.Context, arguments []string) error {
	flags := flag.NewFlagSet("csi-node-driver-registrar", flag.ExitOnError)
	socket := flags.String("kubelet-registration-path", "", "the driver's socket, as the kubelet sees it")
	folder := flags.String("plugin-registration-path", "/registration", "the kubelet's folder of plugins")
	flags.String("csi-address", "", "the driver's socket")
	_ = flags.Parse(arguments)
	return driver.Register(ctx, *folder, *socket)
}

func runResizer(ctx context.Context, arguments []string) error {
	endpoint := socketOf("csi-resizer", arguments)
	there, err := cluster.Connect()
	if err != nil {
		return err
	}
	return sidecar.Resize(ctx, there, endpoint, driver.Name)
}

func runAttacher(ctx context.Context, _ []string) error { return sidecar.Attach(ctx) }

func runProbe(ctx context.Context, arguments []string) error {
	return sidecar.Probe(ctx, socketOf("livenessprobe", arguments))
}

func runExporter(ctx context.Context, _ []string) error { return sidecar.Export(ctx, ":9500") }

func socketOf(name string, arguments []string) string {
	flags := flag.NewFlagSet(name, flag.ExitOnError)
	endpoint := flags.String("csi-address", "/csi/csi.sock", "the driver's socket")
	_ = flags.Parse(arguments)
	return *endpoint
}
