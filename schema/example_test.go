package schema_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/schema"
)

// Urgency is a closed set of values.
type Urgency string

// Enum lists the values in the order in which they are published.
func (Urgency) Enum() []string { return []string{"low", "high"} }

type remindInput struct {
	Text    string   `json:"text" jsonschema:"minLength=1,maxLength=200" doc:"What to be reminded of."`
	Urgency Urgency  `json:"urgency,omitzero" jsonschema:"default=low" doc:"How urgent it is."`
	Days    int      `json:"days,omitzero" jsonschema:"minimum=1,maximum=30,default=1" doc:"Days from now."`
	Labels  []string `json:"labels,omitzero" jsonschema:"maxItems=5,maxLength=20" doc:"Words to find it by."`
}

func ExampleCompile() {
	object, err := schema.Compile(reflect.TypeFor[remindInput]())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range object.Parameters() {
		fmt.Println(p.Name, p.ValueSchema.Type, p.Required, p.Description)
	}
	// Output:
	// text string true What to be reminded of.
	// urgency string false How urgent it is. Default low.
	// days integer false Days from now. 1 to 30, default 1.
	// labels array false Words to find it by. At most 5 items.
}

func ExampleCompile_mistakes() {
	type input struct {
		Text string `json:"text" doc:"What to be reminded of."`
		Days int    `json:"days" jsonschema:"maximum=x"`
	}
	_, err := schema.Compile(reflect.TypeFor[input]())
	fmt.Println(err)
	// Output:
	// schema_test.input.Text: has no maximum: add jsonschema:"maxLength=…"
	// schema_test.input.Days: has no doc tag saying what it is
	// schema_test.input.Days: jsonschema rule "maximum=x" needs a number
}

func ExampleObject_Decode() {
	object, err := schema.Compile(reflect.TypeFor[remindInput]())
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	var in remindInput
	fmt.Println(object.Decode(ctx, jsontext.Value(`{"text":"Water the plants","days":"7","labels":"home"}`), &in))
	fmt.Printf("%+v\n", in)

	err = object.Decode(ctx, jsontext.Value(`{"txt":"Water the plants","days":99}`), &in)
	if bad, ok := errors.AsType[*schema.InputError](err); ok {
		for _, p := range bad.Problems {
			fmt.Printf("%s: %s (%s)\n", p.Path, p.Message, p.Code)
		}
	}
	// Output:
	// <nil>
	// {Text:Water the plants Urgency:low Days:7 Labels:[home]}
	// text: Field required (missing)
	// days: Input should be less than or equal to 30 (less_than_equal)
	// txt: Extra inputs are not permitted (extra_forbidden)
}

func ExampleCompileResult() {
	for _, t := range []reflect.Type{reflect.TypeFor[[]string](), reflect.TypeFor[Urgency](), reflect.TypeFor[struct{}]()} {
		result, err := schema.CompileResult(t)
		if err != nil {
			fmt.Println(err)
			return
		}
		if v := result.Value(); v != nil {
			fmt.Println(v.Type, v.Enum, result.Modes())
		} else {
			fmt.Println("nothing", result.Modes())
		}
	}
	// Output:
	// array [] [value error]
	// string [low high] [value error]
	// nothing [null]
}
