// jiva is a stand-in for the parts of OpenEBS Jiva: operator, CSI driver and its sidecars, controller and replica of a volume, initiator.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

// Roles by the name under which the program runs, or by the first argument.
var roles = map[string]func(context.Context, []string) error{
	"controller":                runController,
	"csi-attacher":              runAttacher,
	"csi-node-driver-registrar": runRegistrar,
	"csi-resizer":               runResizer,
	"initiator":                 runInitiator,
	"jiva-csi":                  runDriver,
	"jiva-operator":             runOperator,
	"livenessprobe":             runProbe,
	"maya-exporter":             runExporter,
	"replica":                   runReplica,
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	name, arguments := filepath.Base(os.Args[0]), os.Args[1:]
	if _, known := roles[name]; !known && len(arguments) > 0 {
		name, arguments = arguments[0], arguments[1:]
	}
	role, known := roles[name]
	if !known {
		fmt.Fprintf(os.Stderr, "jiva (stand-in): %q is not known to this stand-in\n", name)
		os.Exit(2)
	}
	log.SetPrefix("stand-in for Jiva, " + name + ": ")
	log.SetFlags(log.Ltime | log.Lmicroseconds | log.Lmsgprefix)
	log.Print("begins")
	if err := role(ctx, arguments); err != nil && ctx.Err() == nil {
		log.Fatal(err)
	}
}
