package sidecar

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/container-storage-interface/spec/lib/go/csi"

	"pikube/lab/jiva/target"
)

// Attach has nothing to do, since the driver says attachRequired: false.
func Attach(ctx context.Context) error {
	log.Print("runs and does nothing: volumes of this driver are not attached")
	<-ctx.Done()
	return nil
}

// Probe asks the driver every while whether it lives, and ends when it does not.
func Probe(ctx context.Context, endpoint string) error {
	connection, err := Dial(endpoint)
	if err != nil {
		return err
	}
	defer connection.Close()
	client := csi.NewIdentityClient(connection)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(secondsToProbe * time.Second):
		}
		if _, err := client.Probe(ctx, &csi.ProbeRequest{}); err != nil && ctx.Err() == nil {
			log.Printf("health check failed: %v", err)
		}
	}
}

// Export serves what the controller in the same pod says as metrics, with the names of m-exporter.
func Export(ctx context.Context, address string) error {
	server := &http.Server{Addr: address, ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(metrics)}
	go func() { <-ctx.Done(); _ = server.Close() }()
	return server.ListenAndServe()
}

func metrics(w http.ResponseWriter, r *http.Request) {
	const offline, degraded, healthy = 1, 2, 3
	var stats target.Stats
	state, inStep := offline, 0
	if answer, err := http.Get("http://127.0.0.1:9501/v1/stats"); err == nil {
		defer answer.Body.Close()
		if json.NewDecoder(answer.Body).Decode(&stats) == nil && stats.TargetStatus == "RW" {
			state = degraded
		}
	}
	for _, row := range stats.Replicas {
		if row.Mode == "RW" {
			inStep++
		}
	}
	if state == degraded && inStep == stats.Factor {
		state = healthy
	}
	for name, value := range map[string]int64{
		"openebs_volume_status": int64(state), "openebs_healthy_replica_count": int64(inStep),
		"openebs_degraded_replica_count": int64(len(stats.Replicas) - inStep), "openebs_total_replica_count": int64(len(stats.Replicas)),
		"openebs_size_of_volume": stats.Size >> 30,
	} {
		fmt.Fprintf(w, "# TYPE %s gauge\n%s %d\n", name, name, value)
	}
}
