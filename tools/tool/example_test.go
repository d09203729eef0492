package tool_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/tool"
)

// shelf is the backend of the examples: books and who has them.
type shelf map[string]string

// lendIn are the parameters of a tool.
type lendIn struct {
	Book   string `json:"book" jsonschema:"minLength=1,maxLength=100" doc:"The title of a book."`
	Reader string `json:"reader" jsonschema:"maxLength=100" doc:"Who gets it."`
}

// Check is called before the handler.
func (in lendIn) Check() error {
	if in.Book == in.Reader {
		return errors.Join(
			tool.BadInput("book", "is also the reader", "A title."),
			tool.BadInput("reader", "is also the book", "A name."),
		)
	}
	return nil
}

// A kit is declared once and bound to its backend when the program starts.
func ExampleAdd() {
	kit := tool.NewKit[shelf](tool.Toolkit{Name: "Library", Description: "A shelf of books.", Domain: "documents", Version: "1.0.0"})
	tool.Add(kit, tool.Spec{
		Name:    "LendBook",
		Doc:     "Lend a book to a reader.",
		Returns: "Who has the book now.",
		Uses:    []tool.Operation{tool.NewOperation("PUT /books/{title}", tool.Update)},
	}, func(_ context.Context, s shelf, _ *tool.Invocation, in lendIn) (string, error) {
		if has := s[in.Book]; has != "" {
			return "", tool.NeedContext("The book is lent.", "Ask whether to wait until "+has+" brings it back.")
		}
		s[in.Book] = in.Reader
		return in.Reader, nil
	})

	catalog, err := tool.Build(tool.Options{}, kit.Bind(shelf{"Emma": "Bob"}))
	if err != nil {
		fmt.Println(err)
		return
	}
	lend := catalog.Find("Library", "LendBook", "1.0.0")
	for _, inputs := range []string{
		`{"book":"Ulysses","reader":"Ada"}`,
		`{"book":"Emma","reader":"Ada"}`,
		`{"book":"Emma","reader":"Emma"}`,
		`{"book":5}`,
	} {
		out, err := lend.Run(context.Background(), &tool.Invocation{Inputs: jsontext.Value(inputs)})
		if err != nil {
			e := tool.Explain(err)
			fmt.Println(e.Kind, e.Message)
			continue
		}
		fmt.Println(string(out))
	}
	// Output:
	// "Ada"
	// TOOL_RUNTIME_CONTEXT_REQUIRED The book is lent.
	// TOOL_RUNTIME_BAD_INPUT_VALUE Invalid input: book: is also the reader; reader: is also the book
	// TOOL_RUNTIME_BAD_INPUT_VALUE Invalid input: book: Input should be a valid string; reader: Field required
}

// A failure after a change says what was changed and forbids to repeat the
// call.
func ExampleInvocation_Changed() {
	kit := tool.NewKit[shelf](tool.Toolkit{Name: "Library", Description: "A shelf of books.", Domain: "documents", Version: "1.0.0"})
	tool.Add(kit, tool.Spec{
		Name:    "AddBook",
		Doc:     "Put a book on the shelf.",
		Returns: "The number of books.",
		Uses:    []tool.Operation{tool.NewOperation("POST /books", tool.Create)},
	}, func(_ context.Context, s shelf, inv *tool.Invocation, _ struct{}) (int, error) {
		s["Emma"] = ""
		inv.Changed(`book "Emma" was put on the shelf`)
		return 0, &tool.Error{Kind: tool.KindUpstreamRateLimit, Message: "Too many requests.", CanRetry: true}
	})
	catalog, err := tool.Build(tool.Options{}, kit.Bind(shelf{}))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = catalog.ByName("Library.AddBook").Run(context.Background(), &tool.Invocation{})
	e := tool.Explain(err)
	fmt.Println(e.Kind, e.CanRetry)
	fmt.Println(e.Message)
	fmt.Println(e.Prompt)
	// Output:
	// UPSTREAM_RUNTIME_RATE_LIMIT false
	// Too many requests. Before that, the call made these changes, which remain: book "Emma" was put on the shelf.
	// Do not repeat this call: what it did would be done twice (book "Emma" was put on the shelf). Read what is there now, and go on with tools that update it.
}
