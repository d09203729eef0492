package worker_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/tool"
	"arcade-atlassian/worker"
)

// The service behind the toolkit: a weather station with an API key and without
// OAuth.
type weatherStation struct {
	url    string
	client *http.Client
}

// The toolkit. A Provider is missing, so its tools need no user's token.
var weather = tool.NewKit[*weatherStation](tool.Toolkit{
	Name:        "Weather",
	Description: "What the weather is like.",
	Domain:      "geospatial",
	Version:     "0.3.0",
})

// An operation of the service, which the behavior of its tools follows from.
var getReading = tool.NewOperation("GET /readings/{place}", tool.Read)

// The parameters of a tool. Every text has a maximum.
type getTemperatureIn struct {
	Place string `json:"place" jsonschema:"minLength=1,maxLength=40" doc:"The name of a town."`
}

// The tool. The Engine hands over the secret with every call; a call without it
// does not get as far as the handler.
var _ = tool.Add(weather, tool.Spec{
	Name:    "GetTemperature",
	Doc:     "Tell how warm it is in a town.",
	Returns: "The temperature in degrees Celsius.",
	Uses:    []tool.Operation{getReading},
	Secrets: []string{"WEATHER_API_KEY"},
}, func(ctx context.Context, s *weatherStation, inv *tool.Invocation, in getTemperatureIn) (float64, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/readings/"+url.PathEscape(in.Place), http.NoBody)
	if err != nil {
		return 0, err
	}
	key, _ := inv.Secret("WEATHER_API_KEY")
	r.Header.Set("X-Api-Key", key.Reveal())
	inv.Upstream.Called(getReading.Name(), false)
	res, err := s.client.Do(r)
	if err != nil {
		return 0, err // told as what it is: a time-out, a refused connection, …
	}
	defer func() { _ = res.Body.Close() }()
	switch {
	case res.StatusCode == http.StatusNotFound:
		return 0, tool.BadInput("place", "There is no station.", "A town with a station, such as Graz.")
	case res.StatusCode != http.StatusOK:
		return 0, &tool.Error{Kind: tool.KindUpstreamServer, Message: "The station is out of order.", Status: res.StatusCode, CanRetry: true}
	}
	var reading struct {
		Celsius float64 `json:"celsius"`
	}
	err = json.UnmarshalRead(io.LimitReader(res.Body, 1<<10), &reading)
	return reading.Celsius, err
})

// A toolkit of a service with an API key, served to an Engine: from its
// declaration to the answers over HTTP.
func Example() {
	station := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readings/Graz" || r.Header.Get("X-Api-Key") != "key-of-the-operator" {
			http.NotFound(w, r)
			return
		}
		_, _ = io.WriteString(w, `{"celsius":21.5}`)
	}))
	defer station.Close()

	// Kits of other modules would stand beside this one.
	catalog, err := tool.Build(tool.Options{}, weather.Bind(&weatherStation{station.URL, station.Client()}))
	if err != nil {
		fmt.Println(err) // every mistake in every declaration
		return
	}
	const secret = "a secret of at least 32 bytes, shared with the Engine"
	server, err := worker.New(catalog, worker.Options{Secret: secret})
	if err != nil {
		fmt.Println(err)
		return
	}
	// A program would call server.Run with a listener.
	endpoint := httptest.NewServer(server.Handler())
	defer endpoint.Close()

	// What the Engine does.
	token, err := worker.NewToken(secret, time.Now(), time.Minute)
	if err != nil {
		fmt.Println(err)
		return
	}
	ask := func(method, path, body string) []byte {
		r, err := http.NewRequestWithContext(context.Background(), method, endpoint.URL+path, strings.NewReader(body))
		if err != nil {
			return nil
		}
		r.Header.Set("Authorization", "Bearer "+token)
		res, err := endpoint.Client().Do(r)
		if err != nil {
			return nil
		}
		defer func() { _ = res.Body.Close() }()
		answer, _ := io.ReadAll(res.Body)
		return answer
	}
	var definitions []struct {
		Name         string         `json:"fully_qualified_name"`
		Requirements jsontext.Value `json:"requirements"`
	}
	_ = json.Unmarshal(ask(http.MethodGet, worker.PathTools, ""), &definitions)
	fmt.Println(definitions[0].Name, string(definitions[0].Requirements))

	const withKey = `{"secrets":[{"key":"WEATHER_API_KEY","value":"key-of-the-operator"}]}`
	for _, call := range []struct{ inputs, context string }{
		{`{"place":"Graz"}`, withKey},
		{`{"place":"Atlantis"}`, withKey},
		{`{"town":"Graz"}`, withKey},
		{`{"place":"Graz"}`, `{}`},
	} {
		body := `{"tool":{"toolkit":"Weather","name":"GetTemperature"},"inputs":` + call.inputs + `,"context":` + call.context + `}`
		var answer struct {
			Output struct {
				Value jsontext.Value `json:"value"`
				Error *struct {
					Message string `json:"message"`
				} `json:"error"`
			} `json:"output"`
		}
		_ = json.Unmarshal(ask(http.MethodPost, worker.PathInvoke, body), &answer)
		if answer.Output.Error != nil {
			_, message, _ := strings.Cut(answer.Output.Error.Message, "': ")
			fmt.Println(message)
			continue
		}
		fmt.Println(string(answer.Output.Value))
	}
	// Output:
	// Weather.GetTemperature {"authorization":null,"secrets":[{"key":"WEATHER_API_KEY"}],"metadata":null}
	// 21.5
	// Invalid input: place: There is no station.
	// Invalid input: place: Field required; town: Extra inputs are not permitted
	// Secret 'WEATHER_API_KEY' not found in context.
}
