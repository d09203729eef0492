module chaos

go 1.26.0

require arcade-atlassian v0.0.0

require (
	github.com/go-json-experiment/json v1.27.2 // indirect
	github.com/yuin/goldmark v1.8.7 // indirect
)

replace arcade-atlassian => ../..
