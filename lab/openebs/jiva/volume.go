package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"net/http"
	"os"
	"syscall"

	"pikube/lab/jiva/initiator"
	"pikube/lab/jiva/replica"
	"pikube/lab/jiva/target"
)

// runController serves one volume: initiators on 3260, everything else on 9501.
func runController(ctx context.Context, arguments []string) error {
	flags := flag.NewFlagSet("controller", flag.ExitOnError)
	factor := flags.Int("factor", 3, "number of replicas")
	size := flags.Int64("size", 0, "bytes")
	portal := flags.String("portal", ":3260", "where initiators are served")
	api := flags.String("api", ":9501", "where replicas and the operator are served")
	_ = flags.Parse(arguments)
	volume := target.New(flags.Arg(0), *factor, *size)
	failed := make(chan error, 2)
	go func() { failed <- volume.ServeInitiators(*portal) }()
	go func() { failed <- http.ListenAndServe(*api, volume.API()) }()
	log.Printf("volume %s, %d replicas, Mode: ReadOnly", flags.Arg(0), *factor)
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return nil
	}
}

func runReplica(ctx context.Context, arguments []string) error {
	flags := flag.NewFlagSet("replica", flag.ExitOnError)
	frontend := flags.String("frontend", "", "address of the controller's API")
	address := flags.String("address", "", "how this replica is called in lists")
	name, _ := os.Hostname()
	flags.StringVar(&name, "name", name, "what it is called whatever its address")
	size := flags.Int64("size", 0, "bytes")
	_ = flags.Parse(arguments)
	store, err := replica.Open(flags.Arg(0), *size)
	if err != nil {
		return err
	}
	return replica.Run(ctx, store, *frontend, name, *address)
}

// runInitiator: PORTAL FOLDER DEVICE-NAME.
func runInitiator(_ context.Context, arguments []string) error {
	if len(arguments) != 3 {
		return errors.New("usage: initiator PORTAL FOLDER NAME")
	}
	// At shutdown systemd spares what has this sign before its name until file systems are unmounted (ROOT_STORAGE_DAEMONS of systemd).
	if spared := "@initiator"; os.Args[0] != spared {
		return syscall.Exec("/proc/self/exe", append([]string{spared, "initiator"}, arguments...), os.Environ())
	}
	return initiator.Run(arguments[0], arguments[1], arguments[2])
}
