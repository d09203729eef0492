package worker

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/rs/zerolog"
)

// refusal is why a request never became a call, as the log names it.
type refusal string

const (
	refusedToken       refusal = "token"
	refusedPath        refusal = "path"
	refusedMethod      refusal = "method"
	refusedTool        refusal = "tool"
	refusedMalformed   refusal = "malformed"
	refusedTooLarge    refusal = "too_large"
	refusedCalls       refusal = "calls"       // too many are under way
	refusedMemory      refusal = "memory"      // too many bytes are held
	refusedUser        refusal = "user"        // too many of the user's calls are under way
	refusedConnections refusal = "connections" // too many are open
)

// refusalStatus has every refusal there is, with the status that it is answered
// with.
var refusalStatus = map[refusal]int{
	refusedToken:       http.StatusUnauthorized,
	refusedPath:        http.StatusNotFound,
	refusedMethod:      http.StatusMethodNotAllowed,
	refusedTool:        http.StatusNotFound,
	refusedMalformed:   http.StatusBadRequest,
	refusedTooLarge:    http.StatusRequestEntityTooLarge,
	refusedCalls:       http.StatusServiceUnavailable,
	refusedMemory:      http.StatusServiceUnavailable,
	refusedUser:        http.StatusServiceUnavailable,
	refusedConnections: http.StatusServiceUnavailable,
}

// unreadBody is how long the body of a refused request is waited for.
const unreadBody = time.Second

// refuse answers and logs a request that never becomes a call. The peer is
// whoever holds the connection: what a header such as X-Forwarded-For says,
// anybody can say.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, why refusal, detail string) {
	s.telemetry.refused(r.Context(), why)
	s.logRefusal(why, r.RemoteAddr, r.URL.Path, detail)
	if r.ContentLength == 0 {
		respondDetail(w, refusalStatus[why], detail)
		return
	}
	// The server reads what is left of a small body, to use the connection again.
	// While a large one is still being sent, closing would make the system reset the
	// connection, and take back an answer that the caller has not read yet.
	connection := http.NewResponseController(w)
	_ = connection.SetReadDeadline(time.Now().Add(unreadBody)) // a test's ResponseWriter has none
	awaited := r.Header.Get("Expect") != ""                    // and must not be asked for
	if r.ContentLength >= 0 && r.ContentLength <= bodyStep || awaited || connection.EnableFullDuplex() != nil {
		respondDetail(w, refusalStatus[why], detail)
		return
	}
	respondDetail(w, refusalStatus[why], detail)
	if connection.Flush() == nil {
		_, _ = io.Copy(io.Discard, r.Body) // whatever comes
	}
}

// logRefusal writes the line of a refusal, unless there are too many.
func (s *Server) logRefusal(why refusal, peer, path, detail string) {
	log := s.refusals[why]
	log.Warn().Str("reason", string(why)).Int("status", refusalStatus[why]).Str("peer", peer).
		Str("path", clip(path)).Str("detail", detail).Msg("refused")
}

// Strangers decide how many requests are refused, so they must not decide how
// fast a disk fills: of each reason this many lines are written in each period.
const (
	refusalBurst  = 10
	refusalPeriod = time.Second
)

// newRefusals makes the loggers of all refusals.
func newRefusals(log zerolog.Logger) map[refusal]zerolog.Logger {
	loggers := make(map[refusal]zerolog.Logger, len(refusalStatus))
	for why := range refusalStatus {
		loggers[why] = sampled(log, string(why))
	}
	return loggers
}

// sampled is a logger that writes refusalBurst lines in each refusalPeriod, and
// then how many it left out.
func sampled(log zerolog.Logger, reason string) zerolog.Logger {
	return log.Sample(&zerolog.BurstSampler{
		Burst: refusalBurst, Period: refusalPeriod,
		NextSampler: &leftOut{log: log, reason: reason},
	})
}

// leftOut counts the lines that are left out. It tells their number a period
// after the first, so that it is told also when no more follow.
type leftOut struct {
	log    zerolog.Logger
	reason string
	count  atomic.Int64
}

// Sample implements zerolog.Sampler: what comes here is left out.
func (l *leftOut) Sample(zerolog.Level) bool {
	if l.count.Add(1) == 1 {
		time.AfterFunc(refusalPeriod, func() {
			l.log.Warn().Str("reason", l.reason).Int64("left_out", l.count.Swap(0)).Msg("lines were left out")
		})
	}
	return false
}

// respondDetail answers with an error's body (protocol §1.6).
func respondDetail(w http.ResponseWriter, status int, detail string) {
	respond(w, status, detailBody(detail))
}

func detailBody(detail string) []byte {
	body, err := json.Marshal(struct {
		Detail string `json:"detail"`
	}{strings.ToValidUTF8(detail, "\uFFFD")})
	if err != nil { // a struct of one valid string always encodes
		return []byte(`{"detail":""}`)
	}
	return body
}
