package comfyserver

import (
	"context"
	"encoding/json"
	"sort"
	"time"

	"github.com/coder/websocket"

	"github.com/GaboBase/arch-genops/generators/loopback"
)

// sockets are the open sockets that get events, guarded by Server.mu.
type sockets struct {
	n     int64 // opened so far
	bySID map[string]*socket
	all   map[*socket]bool
}

// socket is one connection. A socket that was replaced stays open, and gets
// nothing.
type socket struct {
	conn   *websocket.Conn
	out    chan frame
	zombie bool // stops sending once a job runs
	mute   bool
}

type frame struct {
	kind websocket.MessageType
	data []byte
}

// Sockets counts the sockets that were opened so far.
func (s *Server) Sockets() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sockets.n
}

func (s *sockets) closeAll() {
	for sock := range s.all {
		go sock.conn.CloseNow()
	}
	s.bySID, s.all = map[string]*socket{}, map[*socket]bool{}
}

// socket serves one connection until it ends.
func (s *Server) socket(c *loopback.Call) {
	conn, err := websocket.Accept(c, c.Request, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return
	}
	defer conn.CloseNow()
	sid := c.Request.URL.Query().Get("clientId")
	if sid == "" {
		sid = newUUID()
	}
	sock := &socket{conn: conn, out: make(chan frame, 4096)}
	s.mu.Lock()
	s.sockets.n++
	sock.zombie = s.opts.Zombie != nil && s.opts.Zombie(s.sockets.n)
	s.sockets.bySID[sid], s.sockets.all[sock] = sock, true
	sock.put("status", map[string]any{"status": map[string]any{"exec_info": s.execInfoLocked()}, "sid": sid})
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		// As in the real server: whoever has this ID now loses its events too.
		delete(s.sockets.bySID, sid)
		delete(s.sockets.all, sock)
	}()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go sock.write(ctx)
	for first := true; ; first = false {
		_, data, err := conn.Read(ctx)
		if err != nil {
			return
		}
		var in struct {
			Type string `json:"type"`
		}
		if first && json.Unmarshal(data, &in) == nil && in.Type == "feature_flags" {
			s.mu.Lock()
			sock.put("feature_flags", features)
			s.mu.Unlock()
		}
	}
}

func (k *socket) write(ctx context.Context) {
	for {
		select {
		case f := <-k.out:
			wctx, cancel := context.WithTimeout(ctx, 10*time.Second)
			err := k.conn.Write(wctx, f.kind, f.data)
			cancel()
			if err != nil {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

func (k *socket) put(event string, data any) {
	if k.zombie && event == "execution_start" {
		k.mute = true
	}
	b, _ := json.Marshal(map[string]any{"type": event, "data": data})
	k.push(frame{websocket.MessageText, b})
}

func (k *socket) push(f frame) {
	if k.mute {
		return
	}
	select {
	case k.out <- f:
	default: // the other side does not read
	}
}

// emit sends an event to one socket, or to all when sid is "".
func (s *Server) emit(event string, data any, sid string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.emitLocked(event, data, sid)
}

func (s *Server) emitLocked(event string, data any, sid string) {
	if sid != "" {
		if k := s.sockets.bySID[sid]; k != nil {
			k.put(event, data)
		}
		return
	}
	for _, k := range s.sockets.bySID {
		k.put(event, data)
	}
}

func (s *Server) emitBinary(data []byte, sid string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := s.sockets.bySID[sid]; k != nil {
		k.push(frame{websocket.MessageBinary, data})
	}
}

// sendStatus tells everybody the length of the queue; s.mu is held.
func (s *Server) sendStatus() {
	s.emitLocked("status", map[string]any{"status": map[string]any{"exec_info": s.execInfoLocked()}}, "")
}

func (s *Server) execInfoLocked() map[string]any {
	n := s.queue.Len()
	if s.running != nil {
		n++
	}
	return map[string]any{"queue_remaining": n}
}

func (s *Server) execInfo() map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.execInfoLocked()
}

func sortedStrings(list []string) []string {
	sort.Strings(list)
	return list
}
