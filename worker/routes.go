package worker

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"
)

// The routes of the protocol.
const (
	PathHealth = "/worker/health"
	PathTools  = "/worker/tools"
	PathInvoke = "/worker/tools/invoke"
)

// PathMCP is where Options.MCP answers, which is no part of Arcade's protocol.
const PathMCP = "/mcp"

// HeaderToken carries the user's OAuth token of a request to PathMCP.
const HeaderToken = "X-Atlassian-Token" //nolint:gosec // a header's name, not a secret

// healthBody has string values only (protocol §1.1).
type healthBody struct {
	Status    string `json:"status"`
	ToolCount string `json:"tool_count"`
}

// Handler is the worker as an http.Handler, for Run and for tests.
func (s *Server) Handler() http.Handler {
	r := chi.NewRouter()
	r.Use(s.dismiss, s.recoverPanics)
	r.NotFound(func(w http.ResponseWriter, req *http.Request) { s.notFound(w, req, r) })
	r.MethodNotAllowed(func(w http.ResponseWriter, req *http.Request) { s.methodNotAllowed(w, req, r) })
	r.Get(PathHealth, s.answerHealth)
	r.With(s.authenticate, s.telemetry.route(PathTools)).Get(PathTools, s.tools)
	r.With(s.authenticate, s.telemetry.route(PathInvoke)).Post(PathInvoke, s.invoke)
	r.With(s.authenticate, s.telemetry.route(PathOpenAPI)).Get(PathOpenAPI, s.openAPI)
	if s.options.MCP != nil {
		r.With(s.authenticate, s.telemetry.route(PathMCP), s.admitted).Handle(PathMCP, s.options.MCP)
	}
	if s.options.Console != nil {
		console := s.options.Console(s.authenticate)
		r.Get("/", console.ServeHTTP)
		r.Handle("/console/*", console)
	}
	return r
}

// answerHealth says whether calls are to be sent here (protocol §1.1).
func (s *Server) answerHealth(w http.ResponseWriter, _ *http.Request) {
	status, body := s.healthAnswer()
	respond(w, status, body)
}

func (s *Server) healthAnswer() (status int, body []byte) {
	if s.stopping.Load() {
		return http.StatusServiceUnavailable, s.notReady
	}
	return http.StatusOK, s.health
}

func (s *Server) tools(w http.ResponseWriter, r *http.Request) {
	defer s.telemetry.span(r.Context(), "Catalog")()
	body, err := s.definitions()
	if err != nil {
		s.options.Log.Error().Err(err).Msg("the catalog cannot be encoded")
		respondDetail(w, http.StatusInternalServerError, "Internal Server Error")
		return
	}
	respond(w, http.StatusOK, body)
}

// recoverPanics keeps a defect of the worker itself from ending more than one
// request. Panics of tools do not get this far.
func (s *Server) recoverPanics(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if p := recover(); p != nil {
				s.options.Log.Error().Type("panic", p).Str("path", clip(r.URL.Path)).Msg("request failed")
				respondDetail(w, http.StatusInternalServerError, "Internal Server Error")
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// notFound answers unknown paths; a known one with a trailing slash is
// redirected, as the reference does (protocol §1.4).
func (s *Server) notFound(w http.ResponseWriter, r *http.Request, routes chi.Routes) {
	if path, ok := strings.CutSuffix(r.URL.Path, "/"); ok && len(methods(routes, path)) > 0 {
		w.Header().Set("Location", path)
		w.WriteHeader(http.StatusTemporaryRedirect)
		return
	}
	s.refuse(w, r, refusedPath, "Not Found")
}

func (s *Server) methodNotAllowed(w http.ResponseWriter, r *http.Request, routes chi.Routes) {
	allowed := methods(routes, r.URL.Path)
	if len(allowed) == 0 { // chi says 405 to any method it does not know
		s.notFound(w, r, routes)
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	s.refuse(w, r, refusedMethod, "Method Not Allowed")
}

func methods(routes chi.Routes, path string) []string {
	return slices.DeleteFunc([]string{http.MethodGet, http.MethodPost}, func(m string) bool {
		return !routes.Match(chi.NewRouteContext(), m, path)
	})
}

// respond writes a JSON body. A failed write means that nobody is listening
// any more, so there is nobody to tell.
func respond(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
