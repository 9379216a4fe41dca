package replica

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"pikube/lab/jiva/wire"
)

// Silence after which a replica takes its controller for lost and dies: 81 s after a cut in openebs-observed 3d.
const Silence = 80 * time.Second

// Run registers with the controller and serves it over that same connection. It returns when the controller is gone or refuses; the
// process then ends and the kubelet starts it again, as the original's.
func Run(ctx context.Context, store *Store, controller, name, address string) error {
	dialer := net.Dialer{Timeout: 5 * time.Second}
	conn, err := dialer.DialContext(ctx, "tcp", controller)
	if err != nil {
		return fmt.Errorf("failed to register with controller: %w", err)
	}
	defer conn.Close()
	go func() { <-ctx.Done(); conn.Close() }()
	query := url.Values{"name": {name}, "address": {address}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+controller+"/v1/register?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	request.Header.Set("Connection", "Upgrade")
	request.Header.Set("Upgrade", "jiva")
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	if err := request.Write(conn); err != nil {
		return err
	}
	reader := bufio.NewReaderSize(conn, 1<<17)
	answer, err := http.ReadResponse(reader, request)
	if err != nil {
		return fmt.Errorf("failed to register with controller: %w", err)
	}
	if answer.StatusCode != http.StatusSwitchingProtocols {
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 1<<10))
		return fmt.Errorf("failed to register with controller: %s", strings.TrimSpace(string(text)))
	}
	_ = conn.SetDeadline(time.Time{})
	log.Printf("registered %s with controller %s", address, controller)
	return fmt.Errorf("controller is gone: %w", wire.Serve(conn, reader, Silence, store.Handle))
}
