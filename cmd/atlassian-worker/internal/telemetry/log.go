package telemetry

import (
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/go-logr/logr"
	"github.com/rs/zerolog"
)

// quietLog takes what the SDK complains about. A collector that is away fails
// every batch, so that few lines are written; and a line never holds a header of
// OTEL_EXPORTER_OTLP_HEADERS, which are secrets.
type quietLog struct{ log zerolog.Logger }

func newQuietLog(log zerolog.Logger) quietLog {
	return quietLog{log.Sample(&zerolog.BurstSampler{Burst: 3, Period: time.Minute})}
}

// Handle implements otel.ErrorHandler.
func (q quietLog) Handle(err error) {
	if err != nil {
		q.log.Warn().Str("reason", withoutSecrets(err.Error())).Msg("telemetry is not exported")
	}
}

func (q quietLog) logger() logr.Logger { return logr.New(q) }

// Init implements logr.LogSink.
func (quietLog) Init(logr.RuntimeInfo) {}

// Enabled implements logr.LogSink: only errors are of interest.
func (quietLog) Enabled(int) bool { return false }

// Info implements logr.LogSink.
func (quietLog) Info(int, string, ...any) {}

// Error implements logr.LogSink. The values beside the message may be headers.
func (q quietLog) Error(_ error, message string, _ ...any) {
	q.log.Warn().Str("reason", message).Msg("telemetry is not set up as it was meant")
}

// WithValues implements logr.LogSink.
func (q quietLog) WithValues(...any) logr.LogSink { return q }

// WithName implements logr.LogSink.
func (q quietLog) WithName(string) logr.LogSink { return q }

// withoutSecrets is the beginning of a text without the values of the headers
// that are sent to collectors, which could send them back.
func withoutSecrets(s string) string {
	const longest = 300
	for _, name := range []string{"OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_METRICS_HEADERS"} {
		for header := range strings.SplitSeq(os.Getenv(name), ",") {
			_, value, _ := strings.Cut(header, "=")
			value = strings.TrimSpace(value)
			for _, secret := range append([]string{value, unescaped(value)}, strings.Fields(unescaped(value))...) {
				if secret != "" {
					s = strings.ReplaceAll(s, secret, "[hidden]")
				}
			}
		}
	}
	if len(s) > longest {
		s = s[:longest]
	}
	return strings.ToValidUTF8(s, "")
}

func unescaped(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}
