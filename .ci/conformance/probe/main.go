// Command probe serves tools whose parameters have every shape that this
// module can declare, and that answer with what they decoded. The conformance
// suite compares them with the same tools in Arcade's reference; tools of its
// own fail in every way a tool can.
//
// It prints its address and answers everybody.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math"
	"net"
	"os/signal"
	"reflect"
	"strings"
	"syscall"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/tool"
	"arcade-atlassian/worker"
)

// colour is a closed set of texts.
type colour string

// Enum lists the colours.
func (colour) Enum() []string { return []string{"red", "green", "dark blue"} }

// item is an object with members of every kind.
type item struct {
	Text   string         `json:"text" jsonschema:"maxLength=100000" doc:"A text."`
	Note   *string        `json:"note" jsonschema:"maxLength=100000" doc:"A text or null."`
	Count  int64          `json:"count,omitzero" doc:"A whole number."`
	Share  *float64       `json:"share,omitzero" doc:"A number or null."`
	Flag   *bool          `json:"flag,omitzero" doc:"Yes, no or null."`
	Colour *colour        `json:"colour,omitzero" doc:"A colour or null."`
	Tags   []string       `json:"tags,omitzero" jsonschema:"maxItems=1000,maxLength=100000" doc:"Texts."`
	Open   jsontext.Value `json:"open,omitzero" jsonschema:"maxLength=100000" doc:"Any object."`
	Inner  *inner         `json:"inner,omitzero" doc:"An object or null."`
	List   []inner        `json:"list,omitzero" jsonschema:"maxItems=1000" doc:"Objects."`
}

type inner struct {
	Number int64 `json:"number" doc:"A whole number."`
}

type required[T any] struct {
	Value T `json:"value" doc:"A value."`
}

type optional[T any] struct {
	Value *T `json:"value,omitzero" doc:"A value."`
}

// The same for what needs a maximum: texts and objects of unknown shape, lists,
// and lists of those. No input of the suite is near it.
type (
	requiredText[T any] struct {
		Value T `json:"value" jsonschema:"maxLength=100000" doc:"A value."`
	}
	optionalText[T any] struct {
		Value *T `json:"value,omitzero" jsonschema:"maxLength=100000" doc:"A value."`
	}
	requiredList[T any] struct {
		Value []T `json:"value" jsonschema:"maxItems=1000" doc:"A value."`
	}
	optionalList[T any] struct {
		Value *[]T `json:"value,omitzero" jsonschema:"maxItems=1000" doc:"A value."`
	}
	requiredTexts[T any] struct {
		Value []T `json:"value" jsonschema:"maxItems=1000,maxLength=100000" doc:"A value."`
	}
	optionalTexts[T any] struct {
		Value *[]T `json:"value,omitzero" jsonschema:"maxItems=1000,maxLength=100000" doc:"A value."`
	}
)

type (
	defaultString struct {
		Value string `json:"value,omitzero" jsonschema:"maxLength=100000,default=plat" doc:"A value."`
	}
	defaultInteger struct {
		Value int64 `json:"value,omitzero" jsonschema:"default=50" doc:"A value."`
	}
	defaultNumber struct {
		Value float64 `json:"value,omitzero" jsonschema:"default=0.5" doc:"A value."`
	}
	defaultBoolean struct {
		Value bool `json:"value,omitzero" jsonschema:"default=true" doc:"A value."`
	}
	defaultEnum struct {
		Value colour `json:"value,omitzero" jsonschema:"default=green" doc:"A value."`
	}
	limited struct {
		Text  string   `json:"text,omitzero" jsonschema:"minLength=2,maxLength=4" doc:"Two to four characters."`
		Count *int64   `json:"count,omitzero" jsonschema:"minimum=1,maximum=100" doc:"A whole number."`
		Share *float64 `json:"share,omitzero" jsonschema:"minimum=0,maximum=1" doc:"A number."`
		Tags  []string `json:"tags,omitzero" jsonschema:"minItems=1,maxItems=3,maxLength=100000" doc:"Texts."`
	}
	reserved struct {
		Context string `json:"context,omitzero" jsonschema:"maxLength=100000" doc:"A text."`
		Func    string `json:"func,omitzero" jsonschema:"maxLength=100000" doc:"A text."`
		Input   string `json:"input_model,omitzero" jsonschema:"maxLength=100000" doc:"A text."`
	}
	everything struct {
		Text   string         `json:"text" jsonschema:"maxLength=100000" doc:"A text."`
		Open   jsontext.Value `json:"open" jsonschema:"maxLength=100000" doc:"Any object."`
		Count  int64          `json:"count,omitzero" jsonschema:"default=1" doc:"A whole number."`
		Share  *float64       `json:"share,omitzero" doc:"A number."`
		Flag   *bool          `json:"flag,omitzero" doc:"Yes or no."`
		Colour *colour        `json:"colour,omitzero" doc:"A colour."`
		Tags   *[]string      `json:"tags,omitzero" jsonschema:"maxItems=1000,maxLength=100000" doc:"Texts."`
		Item   *item          `json:"item,omitzero" doc:"An object."`
		Items  *[]inner       `json:"items,omitzero" jsonschema:"maxItems=1000" doc:"Objects."`
	}
)

// echoed is what a tool decoded.
type echoed struct {
	Decoded jsontext.Value `json:"decoded" doc:"The parameters as the tool got them."`
}

var kit = tool.NewKit[struct{}](tool.Toolkit{
	Name: "Probe", Description: "Tools that say what they were given.", Domain: "documents", Provider: "atlassian",
})

func add[In, Out any](name, deprecated string, run func(In) (Out, error)) tool.Declared {
	spec := tool.Spec{Name: name, Doc: "Say what was given.", Returns: "What was given.", Deprecated: deprecated}
	return tool.Add(kit, spec, func(_ context.Context, _ struct{}, _ *tool.Invocation, in In) (Out, error) { return run(in) })
}

// echo declares a tool that gives back its parameters: null for an absent one.
func echo[In any](name string) tool.Declared {
	return add(name, "", func(in In) (out echoed, err error) {
		out.Decoded, err = parameters(in)
		return out, err
	})
}

func parameters(in any) (jsontext.Value, error) {
	v := reflect.ValueOf(in)
	members := map[string]jsontext.Value{}
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		raw := jsontext.Value("null")
		if f := v.Field(i); f.Kind() != reflect.Pointer && f.Type() != reflect.TypeFor[jsontext.Value]() || !f.IsNil() {
			var err error
			if raw, err = json.Marshal(f.Interface()); err != nil {
				return nil, err
			}
		}
		members[name] = raw
	}
	return json.Marshal(members, json.Deterministic(true))
}

var _ = []tool.Declared{
	echo[requiredText[string]]("RequiredString"),
	echo[required[int64]]("RequiredInteger"),
	echo[required[float64]]("RequiredNumber"),
	echo[required[bool]]("RequiredBoolean"),
	echo[required[colour]]("RequiredEnum"),
	echo[requiredTexts[string]]("RequiredStrings"),
	echo[requiredList[int64]]("RequiredIntegers"),
	echo[requiredList[float64]]("RequiredNumbers"),
	echo[requiredList[bool]]("RequiredBooleans"),
	echo[requiredList[colour]]("RequiredEnums"),
	echo[requiredText[jsontext.Value]]("RequiredOpen"),
	echo[requiredTexts[jsontext.Value]]("RequiredOpens"),
	echo[requiredText[map[string]int64]]("RequiredMap"),
	echo[required[item]]("RequiredItem"),
	echo[requiredList[item]]("RequiredItems"),

	echo[optionalText[string]]("OptionalString"),
	echo[optional[int64]]("OptionalInteger"),
	echo[optional[float64]]("OptionalNumber"),
	echo[optional[bool]]("OptionalBoolean"),
	echo[optional[colour]]("OptionalEnum"),
	echo[optionalTexts[string]]("OptionalStrings"),
	echo[optionalText[jsontext.Value]]("OptionalOpen"),
	echo[optional[item]]("OptionalItem"),
	echo[optionalList[item]]("OptionalItems"),

	echo[defaultString]("DefaultString"),
	echo[defaultInteger]("DefaultInteger"),
	echo[defaultNumber]("DefaultNumber"),
	echo[defaultBoolean]("DefaultBoolean"),
	echo[defaultEnum]("DefaultEnum"),

	echo[limited]("Limited"),
	echo[reserved]("Reserved"),
	echo[everything]("Everything"),
	echo[struct{}]("Nothing"),

	add("Void", "", func(struct{}) (struct{}, error) { return struct{}{}, nil }),
	add("Old", "Use Probe.Void instead", func(struct{}) (struct{}, error) { return struct{}{}, nil }),
	add("OldFailing", "Use Probe.Void instead", func(struct{}) (struct{}, error) { return struct{}{}, errors.New("no") }),
	add("Fail", "", fail),
}

// how is the way a tool is to fail.
type how struct {
	Way string `json:"way" jsonschema:"maxLength=100" doc:"How to fail."`
}

type unencodable struct {
	Share float64 `json:"share" doc:"Not a number."`
}

func fail(in how) (out unencodable, err error) {
	switch in.Way {
	case "input":
		return out, tool.BadInput("way", "is “odd” & <long>", "Another way.")
	case "context":
		return out, tool.NeedContext("Two sites match.", "Ask which: acme, acme-eu.")
	case "retry":
		return out, tool.Retry("No such thing.", "Valid are A and B.")
	case "plain":
		return out, errors.New("text that is withheld")
	case "panic":
		panic("text that is withheld")
	case "deadline":
		return out, context.DeadlineExceeded
	case "everything":
		return out, &tool.Error{
			Kind: tool.KindUpstreamRateLimit, Message: "é\u2028\U0001F600", Developer: "d", Prompt: "p", CanRetry: true,
			After: new(1500 * time.Millisecond), Status: 429, Extra: map[string]string{"b": "1", "a": "2"}, Stack: "s",
		}
	case "blank":
		return out, &tool.Error{Kind: tool.KindFatal}
	}
	return unencodable{math.NaN()}, nil
}

func main() {
	if err := serve(); err != nil {
		log.Fatal(err)
	}
}

func serve() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	catalog, err := tool.Build(tool.Options{Version: "1.2.3"}, kit.Bind(struct{}{}))
	if err != nil {
		return err
	}
	server, err := worker.New(catalog, worker.Options{NoAuth: true})
	if err != nil {
		return err
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("http://%s\n", ln.Addr())
	return server.Run(ctx, ln)
}
