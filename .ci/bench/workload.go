package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// load is a setting of the upstream's latency and the number of calls at a time
// that saturates the contenders at it.
type load struct {
	latency    time.Duration
	concurrent int
}

// workload is a call that contenders are compared at.
type workload struct {
	name string
	// call is what our worker is asked for, and other what the contenders are that
	// have the tool with other parameters.
	call, other string
	// prepare fills the sandbox, when the call needs more than its seed.
	prepare    func(sandbox *process) error
	contenders []int
	against    []int // those that ratios are printed to
	loads      []load
}

const context = `"context":{"authorization":{"token":"sandbox"}}`

var workloads = []workload{
	{
		name:       "one request: ListProjects",
		call:       `{"execution_id":"b","tool":{"toolkit":"Jira","name":"ListProjects"},"inputs":{"query":"plat","limit":10},` + context + `}`,
		contenders: []int{ours, reference, tuned, limit},
		against:    []int{reference, tuned},
		loads:      []load{{0, 64}, {20 * time.Millisecond, 256}, {100 * time.Millisecond, 1024}},
	},
	{
		name:       "a heavy answer: SearchIssuesWithJql, 100 whole issues with rich descriptions",
		call:       `{"execution_id":"b","tool":{"toolkit":"Jira","name":"SearchIssuesWithJql"},"inputs":{"jql":"labels = bench","limit":100,"fields":["*all"]},` + context + `}`,
		other:      `{"execution_id":"b","tool":{"toolkit":"Jira","name":"SearchIssuesWithJql"},"inputs":{"jql":"labels = bench","limit":100},` + context + `}`,
		prepare:    fillIssues,
		contenders: []int{ours, toolkits},
		against:    []int{toolkits},
		loads:      []load{{20 * time.Millisecond, 16}},
	},
	{
		name: "several requests: CreateIssue, with everything by name",
		call: `{"tool":{"toolkit":"Jira","name":"CreateIssue"},"inputs":{"title":"Measure it","project":"Platform","issue_type":"Task",` +
			`"priority":"High","assignee":"Bob Tanaka","description":"As **fast** as it goes.","labels":["bench"]},` + context + `}`,
		contenders: []int{ours, toolkits},
		against:    []int{toolkits},
		loads:      []load{{20 * time.Millisecond, 16}},
	},
}

// callOf is the call for contender i.
func (w workload) callOf(i int) string {
	if i == toolkits && w.other != "" {
		return w.other
	}
	return w.call
}

// description is an issue's as people write them.
const description = `{"type":"doc","version":1,"content":[
	{"type":"heading","attrs":{"level":2},"content":[{"type":"text","text":"What happens"}]},
	{"type":"paragraph","content":[{"type":"text","text":"The gateway answers "},{"type":"text","text":"503","marks":[{"type":"code"}]},
		{"type":"text","text":" for a minute after each "},{"type":"text","text":"deployment","marks":[{"type":"strong"}]},
		{"type":"text","text":", see "},{"type":"text","text":"the runbook","marks":[{"type":"link","attrs":{"href":"https://acme.example/runbook"}}]},{"type":"text","text":"."}]},
	{"type":"bulletList","content":[
		{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"Only in the region north."}]}]},
		{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"Never at night, when nobody deploys."}]}]}]},
	{"type":"codeBlock","attrs":{"language":"text"},"content":[{"type":"text","text":"12:00:01 deploy begins\n12:00:09 first 503\n12:01:04 last 503"}]},
	{"type":"table","content":[
		{"type":"tableRow","content":[{"type":"tableHeader","content":[{"type":"paragraph","content":[{"type":"text","text":"Version"}]}]},{"type":"tableHeader","content":[{"type":"paragraph","content":[{"type":"text","text":"Errors"}]}]}]},
		{"type":"tableRow","content":[{"type":"tableCell","content":[{"type":"paragraph","content":[{"type":"text","text":"1.0"}]}]},{"type":"tableCell","content":[{"type":"paragraph","content":[{"type":"text","text":"240"}]}]}]},
		{"type":"tableRow","content":[{"type":"tableCell","content":[{"type":"paragraph","content":[{"type":"text","text":"1.1"}]}]},{"type":"tableCell","content":[{"type":"paragraph","content":[{"type":"text","text":"251"}]}]}]}]},
	{"type":"paragraph","content":[{"type":"text","text":"What was tried: a longer drain, a second instance, and waiting for the caches before the health check turns green."}]}]}`

// fillIssues creates the issues of the heavy answer.
func fillIssues(sandbox *process) error {
	for n := range 100 {
		body, err := json.Marshal(map[string]any{"fields": map[string]any{
			"project": map[string]string{"key": "PLAT"}, "issuetype": map[string]string{"name": "Task"},
			"summary": fmt.Sprintf("Deployment %d answers 503", n+1), "labels": []string{"bench", "gateway"},
			"description": json.RawMessage(description),
		}})
		if err != nil {
			return err
		}
		if err := sandbox.post("/ex/jira/"+cloudID+"/rest/api/3/issue", body); err != nil {
			return err
		}
	}
	return nil
}

// post sends a request that has to create something.
func (p *process) post(path string, body []byte) error {
	req, err := http.NewRequest(http.MethodPost, p.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer sandbox")
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusCreated {
		said, _ := io.ReadAll(io.LimitReader(res.Body, 1000))
		return fmt.Errorf("POST %s: %s %s", path, res.Status, said)
	}
	return nil
}
