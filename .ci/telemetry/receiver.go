package main

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"

	logspb "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	metricspb "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	tracespb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// receiver takes what OTLP over HTTP with protobuf brings, as a collector does.
type receiver struct {
	server *httptest.Server

	mu       sync.Mutex
	spans    []span
	points   []point
	resource map[string]string // of what came last
	wrong    []string          // what no collector would take
}

// span is one that was received, with its identifiers as texts of their bytes.
type span struct {
	name, id, parent, trace string
	kind                    tracepb.Span_SpanKind
	attributes              map[string]string
}

// point is the last known value of a series of a counter.
type point struct {
	metric, unit string
	attributes   map[string]string
	value        int64
}

func newReceiver() *receiver {
	r := &receiver{}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/traces", func(w http.ResponseWriter, q *http.Request) {
		var body tracespb.ExportTraceServiceRequest
		r.take(w, q, &body, &tracespb.ExportTraceServiceResponse{}, func() { r.takeSpans(&body) })
	})
	mux.HandleFunc("POST /v1/metrics", func(w http.ResponseWriter, q *http.Request) {
		var body metricspb.ExportMetricsServiceRequest
		r.take(w, q, &body, &metricspb.ExportMetricsServiceResponse{}, func() { r.takeMetrics(&body) })
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, q *http.Request) {
		var body logspb.ExportLogsServiceRequest
		r.take(w, q, &body, &logspb.ExportLogsServiceResponse{}, func() { r.wrong = append(r.wrong, q.Method+" "+q.URL.Path) })
	})
	r.server = httptest.NewServer(mux)
	return r
}

// take decodes a request into body and acknowledges it.
func (r *receiver) take(w http.ResponseWriter, q *http.Request, body, answer proto.Message, keep func()) {
	reader := io.Reader(q.Body)
	if q.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(q.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		reader = unzipped
	}
	content, err := io.ReadAll(reader)
	if err == nil {
		err = proto.Unmarshal(content, body)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil || q.Header.Get("Content-Type") != "application/x-protobuf" {
		r.wrong = append(r.wrong, fmt.Sprintf("%s: %v", q.Header.Get("Content-Type"), err))
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	keep()
	encoded, err := proto.Marshal(answer)
	if err != nil {
		r.wrong = append(r.wrong, err.Error())
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
	_, _ = w.Write(encoded)
}

func (r *receiver) takeSpans(body *tracespb.ExportTraceServiceRequest) {
	for _, of := range body.ResourceSpans {
		r.resource = values(of.Resource.Attributes)
		for _, scope := range of.ScopeSpans {
			for _, s := range scope.Spans {
				r.spans = append(r.spans, span{
					name: s.Name, id: fmt.Sprintf("%x", s.SpanId), parent: fmt.Sprintf("%x", s.ParentSpanId), trace: fmt.Sprintf("%x", s.TraceId),
					kind: s.Kind, attributes: values(s.Attributes),
				})
			}
		}
	}
}

func (r *receiver) takeMetrics(body *metricspb.ExportMetricsServiceRequest) {
	r.points = nil // counters tell their sum each time
	for _, of := range body.ResourceMetrics {
		r.resource = values(of.Resource.Attributes)
		for _, scope := range of.ScopeMetrics {
			for _, m := range scope.Metrics {
				for _, p := range m.GetSum().GetDataPoints() {
					r.points = append(r.points, point{m.Name, m.Unit, values(p.Attributes), p.GetAsInt()})
				}
			}
		}
	}
}

func values(attributes []*commonpb.KeyValue) map[string]string {
	all := map[string]string{}
	for _, a := range attributes {
		switch v := a.Value.GetValue().(type) {
		case *commonpb.AnyValue_StringValue:
			all[a.Key] = v.StringValue
		case *commonpb.AnyValue_IntValue:
			all[a.Key] = fmt.Sprint(v.IntValue)
		default:
			all[a.Key] = a.Value.String()
		}
	}
	return all
}

// snapshot is what came so far.
func (r *receiver) snapshot() received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return received{slices.Clone(r.spans), slices.Clone(r.points), r.resource, slices.Clone(r.wrong)}
}

// received is what a receiver got.
type received struct {
	spans    []span
	points   []point
	resource map[string]string
	wrong    []string
}

// lines are the names of a trace's spans, each with those above it. What a span
// of another process began begins with its identifier.
func (g received) lines(trace string) []string {
	var lines []string
	for _, s := range g.spans {
		if s.trace != trace {
			continue
		}
		line := s.name
		for range g.spans { // at most so deep
			i := slices.IndexFunc(g.spans, func(above span) bool { return above.id == s.parent })
			if i < 0 {
				if s.parent != "" {
					line = s.parent + " > " + line
				}
				break
			}
			s = g.spans[i]
			line = s.name + " > " + line
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}

// named are the spans of a trace with a name.
func (g received) named(trace, name string) (found []span) {
	for _, s := range g.spans {
		if s.trace == trace && s.name == name {
			found = append(found, s)
		}
	}
	return found
}

// about are chosen attributes in one text; every missing one is told.
func about(attributes map[string]string, keys ...string) string {
	var all []string
	for _, key := range keys {
		value, ok := attributes[key]
		if !ok {
			value = "(none)"
		}
		all = append(all, key+"="+value)
	}
	return strings.Join(all, " ")
}
