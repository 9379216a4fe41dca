package target

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"pikube/lab/jiva/wire"
)

// door lets one client address in at a time. Who it is lies in memory, goes by address, and is forgotten at any closed connection of it.
type door struct {
	lock   sync.Mutex
	holder string
}

func (d *door) open(address string) error {
	d.lock.Lock()
	defer d.lock.Unlock()
	if d.holder != "" && d.holder != address {
		return errors.New("rejecting connection: A target already connected at " + d.holder)
	}
	d.holder = address
	return nil
}

func (d *door) close(address string) {
	d.lock.Lock()
	defer d.lock.Unlock()
	if d.holder == address {
		d.holder = ""
	}
}

// ServeInitiators answers on the portal as soon as the volume can be written; before, initiators are refused and wait for the target.
// A half-open session lives as long as Go's keep-alive lets it, as with the original's target.
func (v *Volume) ServeInitiators(portal string) error {
	<-v.opened
	listener, err := net.Listen("tcp", portal)
	if err != nil {
		return err
	}
	var door door
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		address, _, _ := net.SplitHostPort(conn.RemoteAddr().String())
		if err := door.open(address); err != nil {
			log.Print(err)
			_ = conn.Close()
			continue
		}
		log.Printf("connection from %s", conn.RemoteAddr())
		go func() {
			err := wire.Serve(conn, bufio.NewReaderSize(conn, 1<<17), 0, v.Handle)
			door.close(address)
			log.Printf("connection from %s ended: %v", conn.RemoteAddr(), err)
		}()
	}
}

// API is what the controller answers by HTTP: what it knows of its copies, and the way in for them.
func (v *Volume) API() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/register", v.register)
	mux.HandleFunc("GET /v1/replicas", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"type": "collection", "resourceType": "replica", "data": v.Rows()})
	})
	mux.HandleFunc("GET /v1/volumes", func(w http.ResponseWriter, _ *http.Request) {
		v.lock.RLock()
		defer v.lock.RUnlock()
		row := map[string]any{"name": v.name, "replicaCount": len(v.copies), "readOnly": fmt.Sprint(!v.writable()), "size": fmt.Sprint(v.size)}
		answer(w, map[string]any{"type": "collection", "resourceType": "volume", "data": []any{row}})
	})
	mux.HandleFunc("GET /v1/stats", func(w http.ResponseWriter, _ *http.Request) { answer(w, v.Stats()) })
	mux.HandleFunc("POST /v1/resize", func(w http.ResponseWriter, r *http.Request) {
		var wanted struct{ Size int64 }
		err := json.NewDecoder(r.Body).Decode(&wanted)
		if err == nil {
			err = v.resize(wanted.Size)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusConflict)
		}
	})
	return mux
}

// Row is what is said of one copy. Progress: hundredths of a rebuild; the original has no such field.
type Row struct {
	Type     string `json:"type"`
	Address  string `json:"address"`
	Mode     string `json:"mode"`
	Progress int32  `json:"progress"`
}

// Stats is what the operator and the exporter ask for.
type Stats struct {
	Name         string `json:"Name"`
	TargetStatus string `json:"TargetStatus"`
	Size         int64  `json:"Size"`
	Factor       int    `json:"ReplicationFactor"`
	Replicas     []Row  `json:"Replicas"`
}

// Rows lists the copies that take part, in the order in which they came.
func (v *Volume) Rows() []Row {
	v.lock.RLock()
	defer v.lock.RUnlock()
	rows := []Row{}
	for _, one := range v.copies {
		rows = append(rows, Row{"replica", one.address, string(one.mode), one.progress.Load()})
	}
	return rows
}

// Stats says how the volume is now.
func (v *Volume) Stats() Stats {
	rows := v.Rows()
	v.lock.RLock()
	defer v.lock.RUnlock()
	status := "RO"
	if v.writable() {
		status = "RW"
	}
	return Stats{v.name, status, v.size, v.factor, rows}
}

func (v *Volume) register(w http.ResponseWriter, r *http.Request) {
	name, address := r.FormValue("name"), r.FormValue("address")
	v.lock.RLock()
	refusal := v.refusal()
	for _, one := range v.copies {
		if one.name == name {
			refusal = ""
		}
	}
	v.lock.RUnlock()
	if refusal != "" {
		http.Error(w, refusal, http.StatusInternalServerError)
		return
	}
	conn, buffer, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_ = conn.SetDeadline(time.Time{})
	if _, err := conn.Write([]byte("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: jiva\r\n\r\n")); err != nil {
		_ = conn.Close()
		return
	}
	new := &copyOf{name: name, address: address, client: wire.NewClient(conn, buffer.Reader)}
	if err = new.readRecency(); err == nil {
		err = v.admit(new)
	}
	if err != nil {
		log.Printf("replica %s: %v", address, err)
		new.client.Close()
	}
}

func answer(w http.ResponseWriter, what any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(what)
}
